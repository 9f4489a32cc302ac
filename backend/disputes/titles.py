"""What a dispute is about, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from backend.disputes.models import Dispute
from backend.ledger import journal
from backend.ledger.errors import UnknownEntry
from backend.members import queries as members
from backend.referrals.queries import referrals_by_ids
from backend.shared import formatting
from backend.shared.clock import business_now
from backend.shared.wording import Reader
from backend.shops.errors import UnknownStore
from backend.shops.queries import store_by_code


@dataclass(frozen=True, kw_only=True)
class SubjectShown:
    """The entry, the invitation or the receipt that a dispute is about; points are signed."""

    kind: str
    id: UUID | None
    title: str
    occurred_at: datetime | None
    points: int | None
    receipt: dict[str, Any] | None


def subjects_shown(session: Session, disputes: Sequence[Dispute], *, reader: Reader) -> dict[UUID, SubjectShown]:
    """What these disputes are about, by dispute, in the reader's language."""
    invited = [one.subject_id for one in disputes if one.subject_kind == "referral" and one.subject_id]
    known = referrals_by_ids(session, invited) if invited else {}
    labels = members.labels(session, {referral.friend_id for referral in known.values()}) if known else {}
    found = {}
    for dispute in disputes:
        if dispute.subject_kind == "entry":
            found[dispute.id] = _entry(session, dispute, reader)
        elif dispute.subject_kind == "referral" and dispute.subject_id is not None:
            found[dispute.id] = _referral(known[dispute.subject_id], dispute, labels, reader)
        else:
            found[dispute.id] = _receipt(session, dispute, reader)
    return found


def _entry(session: Session, dispute: Dispute, reader: Reader) -> SubjectShown:
    try:
        (entry,) = journal.transactions(session, dispute.member_id, beginning_with=dispute.subject_id, limit=1)
    except UnknownEntry:
        return SubjectShown(kind="entry", id=dispute.subject_id, title="–", occurred_at=None, points=None, receipt=None)
    return SubjectShown(
        kind="entry",
        id=entry.id,
        title=entry.title(reader),
        occurred_at=entry.effective_at,
        points=entry.points,
        receipt=None,
    )


def _referral(referral: Any, dispute: Dispute, labels: dict[UUID, members.MemberLabel], reader: Reader) -> SubjectShown:
    is_advocate = dispute.member_id == referral.advocate_id
    label = labels.get(referral.friend_id)
    with force_locale(reader.locale):
        named = label.label if label and label.first_name else _("a friend")
        title = _("For a friend: %(label)s", label=named) if is_advocate else _("Your invitation")
    points = referral.advocate_points if is_advocate else referral.friend_points
    return SubjectShown(
        kind="referral",
        id=referral.id,
        title=title,
        occurred_at=referral.joined_at,
        points=points,
        receipt=None,
    )


def _receipt(session: Session, dispute: Dispute, reader: Reader) -> SubjectShown:
    told = dict(dispute.receipt or {})
    day = date.fromisoformat(told["on"])
    with force_locale(reader.locale):
        today = formatting.day_in(business_now(), reader.zone)
        written = formatting.date(day, locale=reader.locale, today=today)
        title = _("Receipt of %(day)s", day=written)
    told["store_name"] = _store_name(session, told["store"], reader)
    return SubjectShown(
        kind="receipt",
        # Whether a receipt that is not theirs exists is nobody's business.
        id=dispute.subject_id if dispute.state in {"settled", "upheld"} else None,
        title=title,
        occurred_at=None,
        points=None,
        receipt=told,
    )


def _store_name(session: Session, code: str | None, reader: Reader) -> str | None:
    if code is None:
        return None
    try:
        store = store_by_code(session, code)
    except UnknownStore:
        return code
    return str(store.name.get(reader.locale) or code)
