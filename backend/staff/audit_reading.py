"""Reading the audit log for people: names instead of ids, what changed, and how the acts are called."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from backend.shared.i18n import _, _l, current_locale
from backend.shops import queries as shops
from backend.staff.models import AuditEntry, AuditSeal, StaffMember
from backend.staff.roles import ROLE_NAMES, Role

ACTION_NAMES: Mapping[str, Any] = {
    "activate_programme": _l("Programme activated"),
    "add_passkey": _l("Passkey added"),
    "adjust_points": _l("Points adjusted"),
    "approve_adjustment": _l("Adjustment approved"),
    "answer_dispute": _l("Dispute answered"),
    "archived": _l("Segment archived"),
    "ask_to_adjust_points": _l("Adjustment asked for"),
    "budget_nearly_spent": _l("Budget nearly spent"),
    "budget_spent": _l("Budget spent"),
    "cancel_reward": _l("Reward cancelled"),
    "change_password": _l("Password changed"),
    "change_role": _l("Role changed"),
    "claim_receipt": _l("Receipt claimed"),
    "create": _l("Created"),
    "created": _l("Campaign written"),
    "decide_dispute": _l("Dispute decided"),
    "disable": _l("Account disabled"),
    "escalate_dispute": _l("Dispute beyond its deadline"),
    "expire_adjustment": _l("Adjustment expired"),
    "export_referrals": _l("Referrals exported"),
    "issue_reward": _l("Reward handed out"),
    "issue_sign_in_link": _l("Link issued"),
    "limit_referral_code": _l("Invitation code limited"),
    "load_reward_codes": _l("Codes of a reward loaded"),
    "name_referral_link": _l("Link named"),
    "pause_reward": _l("Reward paused"),
    "paused": _l("Campaign paused"),
    "rate": _l("Campaign's rate changed"),
    "rate_free": _l("Campaign's rate set free"),
    "refuse_adjustment": _l("Adjustment refused"),
    "refuse_case": _l("Refused after review"),
    "release_case": _l("Released after review"),
    "remainder": _l("Campaign sent to the remainder"),
    "remind_of_dispute": _l("Reminded of a dispute"),
    "remove_passkey": _l("Passkey removed"),
    "replace_recovery_codes": _l("New recovery codes"),
    "replace_totp": _l("Authenticator app replaced"),
    "reset_factors": _l("Password and second factor reset"),
    "resume_reward": _l("Reward offered again"),
    "resumed": _l("Campaign resumed"),
    "revoke": _l("Revoked"),
    "rewritten": _l("Campaign rewritten"),
    "rotate": _l("Rotated"),
    "saved": _l("Segment saved"),
    "scheduled": _l("Campaign scheduled"),
    "see_contacts": _l("Contacts looked at"),
    "set_dispute_promise": _l("Deadline of disputes changed"),
    "set_up": _l("Account set up"),
    "sign_in": _l("Signed in"),
    "sign_out": _l("Signed out"),
    "started": _l("Campaign started"),
    "stopped": _l("Campaign stopped"),
    "unfreeze": _l("Spending allowed again"),
    "use_recovery_code": _l("Recovery code used"),
    "withdraw_programme": _l("Programme withdrawn"),
    "write_programme": _l("Programme written"),
}
KIND_NAMES: Mapping[str, Any] = {
    "campaign": _l("Campaign"),
    "command": _l("Command"),
    "dispute": _l("Dispute"),
    "member": _l("Member"),
    "receipt": _l("Receipt"),
    "referral": _l("Invitation"),
    "referral_code": _l("Invitation code"),
    "referrals": _l("Report on referrals"),
    "staff_member": _l("Staff member"),
    "staff_token": _l("Staff token"),
    "till_key": _l("Till key"),
    "worker": _l("Worker"),
}
FIELD_NAMES: Mapping[str, Any] = {
    "ends_at": _l("ends"),
    "expires_at": _l("until"),
    "factor": _l("second factor"),
    "label": _l("label"),
    "login": _l("login"),
    "name": _l("name"),
    "note": _l("note"),
    "passkeys": _l("passkeys"),
    "points": _l("number of points"),
    "reason": _l("reason"),
    "recovery_codes_left": _l("recovery codes left"),
    "replaces": _l("instead of"),
    "role": _l("role"),
    "starts_at": _l("begins"),
    "status": _l("state"),
    "store_id": _l("store"),
    "totp": _l("app"),
    "uses_maximum": _l("uses at most"),
}


@dataclass(frozen=True, kw_only=True)
class Party:
    """Somebody or something that an entry names: `name` where it is known, otherwise what stands in the log."""

    kind: str
    name: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry, ready to be shown. `changes` are name, before and after; `number` is its seal's place in the chain."""

    id: UUID
    at: datetime
    who: Party
    action: str
    subject: Party
    changes: list[tuple[str, Any, Any]]
    reason: str | None
    number: int | None

    @property
    def action_words(self) -> str:
        """How the act is called in the reader's language; an act of another feature by its own name."""
        return str(ACTION_NAMES.get(self.action, self.action.replace("_", " ")))


def entries(
    session: Session,
    *,
    about: str | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[Entry]:
    """Entries, newest first: one more than `limit` where there is a next page.

    `about` is a name of somebody of the staff, or (the beginning of) what stands in the log as who or subject.
    """
    names = {f"staff_member:{one.id}": one.name for one in session.scalars(select(StaffMember))}
    stores = {str(store.id): store.name.get(current_locale()) or store.code for store in shops.stores(session)}
    chosen = (
        select(AuditEntry, AuditSeal.number)
        .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
        .order_by(AuditEntry.id.desc())
        .limit(limit + 1)
    )
    chosen = _about(chosen, about.strip(), names) if about and about.strip() else chosen
    for condition in (
        AuditEntry.action == action if action else None,
        AuditEntry.at >= since if since else None,
        AuditEntry.at < until if until else None,
        AuditEntry.id < before if before else None,
    ):
        chosen = chosen.where(condition) if condition is not None else chosen
    return [
        Entry(
            id=entry.id,
            at=entry.at,
            who=_party(entry.who, names),
            action=entry.action,
            subject=_party(entry.subject, names),
            changes=_changes(entry.before or {}, entry.after or {}, stores),
            reason=entry.reason,
            number=number,
        )
        for entry, number in session.execute(chosen)
    ]


def actions(session: Session) -> list[tuple[str, str]]:
    """Every act that the log knows, with its words, in the order of the words."""
    known = session.scalars(select(AuditEntry.action).distinct())
    named = [(action, str(ACTION_NAMES.get(action, action.replace("_", " ")))) for action in known]
    return sorted(named, key=lambda pair: pair[1].casefold())


def _about(chosen: Select[AuditEntry, int], about: str, names: Mapping[str, str]) -> Select[AuditEntry, int]:
    references = [reference for reference, name in names.items() if about.casefold() in name.casefold()]
    return chosen.where(
        or_(
            AuditEntry.who.in_(references),
            AuditEntry.subject.in_(references),
            AuditEntry.who.startswith(about, autoescape=True),
            AuditEntry.subject.startswith(about, autoescape=True),
            AuditEntry.subject.endswith(f":{about}", autoescape=True),
        )
    )


def _party(reference: str, names: Mapping[str, str]) -> Party:
    kind, _colon, name = reference.partition(":")
    words = str(KIND_NAMES.get(kind, kind.replace("_", " ")))
    return Party(kind=words if name else "", name=names.get(reference, name or words), reference=reference)


def _changes(
    before: Mapping[str, Any], after: Mapping[str, Any], stores: Mapping[str, str]
) -> list[tuple[str, Any, Any]]:
    """Name, before and after of what has changed, in words where there are any."""

    def words(name: str, value: Any) -> Any:
        if name == "store_id":
            return stores.get(value, value)
        if name == "role" and value in list(Role):
            return ROLE_NAMES[Role(value)]
        if name.endswith("_at") and isinstance(value, str):
            return datetime.fromisoformat(value)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return value

    named = [*before, *(name for name in after if name not in before)]
    return [
        (
            str(FIELD_NAMES.get(name, name.replace("_", " "))),
            words(name, before.get(name)),
            words(name, after.get(name)),
        )
        for name in named
        if before.get(name) != after.get(name)
    ]
