"""What may be asked of members in this application, gathered from the features that know it."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, current_app

from backend.shared.attributes import Attribute, SegmentFacts, Touches

REACH = {"push": "reachable_push", "email": "reachable_email", "sms": "reachable_sms"}
"""The attributes by which every count says whom an offer reaches in which channel."""
HAS_APP = "has_app"
"""The attribute by which service messages reach somebody."""


@dataclass(frozen=True)
class Catalogue:
    """Every attribute by its name, and the rows that touch members."""

    attributes: Mapping[str, Attribute]
    touches: tuple[Touches, ...] = ()


def gathered(*facts: SegmentFacts) -> Catalogue:
    """The features' facts as one catalogue; a name is used once."""
    attributes: dict[str, Attribute] = {}
    for fact in facts:
        for attribute in fact.attributes:
            if attribute.name in attributes:
                raise ValueError(f"The attribute {attribute.name} is told twice.")
            attributes[attribute.name] = attribute
    return Catalogue(attributes, tuple(touches for fact in facts for touches in fact.touches))


def init_attributes(app: Flask, *facts: SegmentFacts) -> None:
    """Tells the application what its features know of members."""
    app.extensions["molva_segment_attributes"] = gathered(*facts)


def catalogue() -> Catalogue:
    """The current application's catalogue."""
    known: Catalogue = current_app.extensions["molva_segment_attributes"]
    return known
