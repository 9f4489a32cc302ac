"""No spending for a day after an account was used on a further device or moved to another phone.

Whoever took an account over would spend its points at once. The one whose account it is has been told where they were
known before, and has the day to say so; earning goes on. The programme sets the rule's mode and how long it lasts.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from backend.members import account_changes
from backend.screening.known_rules import NEW_DEVICE_PAUSE
from backend.screening.rules import RuleSetting, Ruling, setting_of
from backend.screening.service import NewRuling, record_rulings
from backend.shared import formatting
from backend.shared.clock import business_now, system_now
from backend.shared.db import Promise
from backend.shared.errors import Forbidden
from backend.shared.i18n import _, _l, current_locale

REASONS = {
    "device": _l("The card was opened on a further device."),
    "browser": _l("The card was opened in a further browser."),
    "phone": _l("The card was moved to another phone number."),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """Until when (system time) nothing is spent from an account, and which kind of change is the reason."""

    until: datetime
    kind: str

    @property
    def reason(self) -> str:
        """In the caller's language."""
        return str(REASONS[self.kind])


class Moment:
    """A moment that is written out when it is read, in the reader's language."""

    def __init__(self, moment: datetime, *, zone: str) -> None:
        self._moment, self._zone = moment, zone

    def __str__(self) -> str:
        today = formatting.day_in(system_now(), self._zone)
        return formatting.date_and_time(self._moment, locale=current_locale(), zone=self._zone, today=today)


class SpendingPaused(Forbidden):
    """Nothing is spent from this account for a while, because it was changed as a thief would change it."""

    slug = "spending-paused"
    title = _l("Points of this card can be spent from %(until)s")
    advice = _l(
        "%(reason)s Points are earned all the same. If the guest cannot wait, a manager may let them spend at once."
    )

    def __init__(self, pause: Pause, *, zone: str) -> None:
        left = (pause.until - system_now()).total_seconds()
        super().__init__(
            until=Moment(pause.until, zone=zone),
            reason=REASONS[pause.kind],
            retry_after_seconds=max(1, int(-(-left // 1))),
        )


def why_paused(pause: Pause, *, zone: str) -> str:
    """What a cashier tells the guest, in the caller's language."""
    until = Moment(pause.until, zone=zone)
    words = _("Points can be spent from %(until)s.", until=until)
    return f"{pause.reason} {words}"


def ask_pauses(
    session: Session, member_ids: Collection[UUID], settings: Mapping[str, RuleSetting]
) -> Promise[dict[UUID, Pause]]:
    """Which of these accounts may not spend now, for `sent_together`; nothing is asked where the rule does not act."""
    setting = setting_of(NEW_DEVICE_PAUSE, settings)
    if setting.mode != "active" or not member_ids:
        return dict
    lasts, now = timedelta(hours=setting.limits["hours"]), system_now()
    asked = account_changes.ask_changes(session, member_ids, since=now - lasts)

    def answer() -> dict[UUID, Pause]:
        return {member_id: Pause(until=change.at + lasts, kind=change.kind) for member_id, change in asked().items()}

    return answer


def pause_of(session: Session, member_id: UUID, settings: Mapping[str, RuleSetting]) -> Pause | None:
    """Whether nothing may be spent from this account now."""
    return ask_pauses(session, [member_id], settings)().get(member_id)


def check_pause(session: Session, member_id: UUID, settings: Mapping[str, RuleSetting], *, zone: str) -> None:
    """Refuses to spend from an account that is paused.

    Raises:
        SpendingPaused: it is; the error says until when and why.
    """
    pause = pause_of(session, member_id, settings)
    if pause is not None:
        raise SpendingPaused(pause, zone=zone)


def record_change(session: Session, member_id: UUID, kind: str, settings: Mapping[str, RuleSetting]) -> Pause | None:
    """Keeps what the rule says of an account that was changed just now (in shadow, what it would have said); the pause
    that follows, if it acts.
    """
    setting = setting_of(NEW_DEVICE_PAUSE, settings)
    ruling = Ruling(
        rule=NEW_DEVICE_PAUSE.name,
        version=NEW_DEVICE_PAUSE.version,
        mode=setting.mode,
        outcome="hold",
        reason_kind=f"spending_paused_{kind}",
        reason_facts=dict(setting.limits),
        inputs={"change": kind, **setting.limits},
    )
    new = NewRuling(ruling=ruling, subject_kind="member", subject_id=member_id, member_id=member_id, at=business_now())
    record_rulings(session, [new])
    if setting.mode != "active":
        return None
    return Pause(until=system_now() + timedelta(hours=setting.limits["hours"]), kind=kind)
