"""Why a row's number is what it is, as the bubble under it says it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from client_kivy.api.errors import NoConnection
from client_kivy.state import formatting
from client_kivy.state.language import gettext as _
from client_kivy.state.store import Resource


@dataclass(frozen=True)
class Why:
    """The bubble: a question, the steps with their figures, their sum, what it means in words, and by which rule."""

    question: str
    steps: tuple[tuple[str, str], ...] = ()
    sum_label: str = ""
    sum_figure: str = ""
    note: str = ""
    note_icon: str = ""
    note_tone: str = "text"
    rule: str = ""
    coming: bool = False
    action: str = ""
    """What can be done about it."""


def why_of(item: Mapping[str, Any], explanation: Resource, *, asked: bool = False) -> Why:
    """The bubble of one row of `/me/entries`, from what is known of its explanation so far.

    `asked` says that there is an open question about it.
    """
    action = _("Your question about it") if asked else _("Something is wrong here")
    return replace(_explained(item, explanation), action=action)


def _explained(item: Mapping[str, Any], explanation: Resource) -> Why:
    points = item["points"]
    # Points that went before they came count for nothing.
    comes_to = 0 if item["status"] == "cancelled" else points
    earns = comes_to > 0 and item["kind"] == "accrual"
    question = _("Why {points}?").format(points=formatting.points(points))
    if explanation.data is None:
        return _not_yet(question, explanation)
    data = explanation.data
    steps = tuple((step["text"], step["figure"]) for step in data.get("steps") or ())
    pending = item["status"] == "pending"
    review = item.get("review") or {}
    return Why(
        question=question,
        steps=steps,
        sum_label=(_("You earn") if earns else _("In all")) if steps else "",
        sum_figure=formatting.points(comes_to) if steps else "",
        note=review.get("text") or data.get("text") or "",
        note_icon="hourglass" if review.get("state") == "open" else "clock-hour-4" if pending else "",
        note_tone="pending" if pending else "text",
        rule=_rule(data),
    )


def _not_yet(question: str, explanation: Resource) -> Why:
    if explanation.loading or explanation.failure is None:
        return Why(question, coming=True)
    if isinstance(explanation.failure, NoConnection):
        return Why(question, note=_("The reason will be here when the connection is back."), note_icon="wifi-off")
    return Why(question, note=_("The reason could not be read. Open it again."), note_icon="alert-circle")


def _rule(data: Mapping[str, Any]) -> str:
    if not data.get("rule"):
        return ""
    if data.get("rule_version") is None:
        return _("Rule “{rule}”").format(rule=data["rule"])
    return _("Rule “{rule}”, version {version}").format(rule=data["rule"], version=data["rule_version"])
