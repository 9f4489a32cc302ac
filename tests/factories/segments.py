"""Segments for tests: trees in few words, and Marat who saves them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backend.segments import service
from backend.segments.queries import SegmentListed
from backend.staff.queries import StaffIdentity

MARAT = StaffIdentity(id=None, name="Marat", role="marketer", store_id=None, who="test:marat")
Rule = Mapping[str, Any]


def tree(rule: Rule) -> dict[str, Any]:
    """The document of a tree."""
    return {"version": 1, "rule": rule}


def leaf(attribute: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    """One question."""
    asked = {"attribute": attribute, "is": operator} | more
    return asked if value is None else asked | {"value": value}


def all_of(*rules: Rule) -> dict[str, Any]:
    """A group all of whose rules hold."""
    return {"all": list(rules)}


def a_segment(session: Session, code: str, rule: Rule) -> SegmentListed:
    """A segment of Marat's, saved; the worker has not computed it yet."""
    return service.save(session, code=code, name=code.title(), tree=tree(rule), by=MARAT)
