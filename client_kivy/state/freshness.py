"""How fresh what is shown is, in words: the bar over a screen and what stands on an empty one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from client_kivy.api.errors import Problem
from client_kivy.state import formatting
from client_kivy.state.language import gettext as _
from client_kivy.state.store import Resource


@dataclass(frozen=True)
class Standstill:
    """Why there is nothing to show, and what to do."""

    icon: str
    title: str
    text: str


def bar_text(resources: Sequence[Resource], *, now: datetime, code_works: bool) -> str:
    """What the bar says; empty while everything is fresh. `now` is in the member's zone."""
    failed = [resource for resource in resources if resource.failure is not None]
    shown = [resource.fetched_at for resource in failed if resource.fetched_at is not None]
    if not failed or not (shown or code_works):
        return ""
    offline = failed[0].offline
    sentences = [_("No connection.") if offline else _("It could not be brought up to date.")]
    if shown:
        sentences.append(_as_of(min(shown).astimezone(now.tzinfo), now))
    if code_works and offline:
        sentences.append(_("Your code still works."))
    return " ".join(sentences)


def _as_of(moment: datetime, now: datetime) -> str:
    if moment.date() == now.date():
        return _("This is as of {time}.").format(time=formatting.time(moment))
    day = formatting.day(moment.date(), today=now.date())
    return _("This is as of {day}, {time}.").format(day=day, time=formatting.time(moment))


def standstill(resource: Resource) -> Standstill | None:
    """Why a screen has nothing to show, once an attempt has failed; None while it is still coming or is there."""
    if resource.known or resource.loading or resource.failure is None:
        return None
    if resource.offline:
        return Standstill("wifi-off", _("No connection"), _("As soon as there is one, everything will be here."))
    detail = resource.failure.title if isinstance(resource.failure, Problem) else ""
    return Standstill("alert-circle", _("It did not go through"), detail or _("Nothing was changed. Try again."))
