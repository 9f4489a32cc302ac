"""Giving points to another member, where a programme allows it.

A transfer must not tell who is a member. So everything about the sender is judged before anything is said of the
recipient: whoever looks for people pays for each one found, and is stopped after a few who were not.
"""

import hashlib
import hmac
import json
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy.orm import Session

from backend.cabinet.errors import (
    KeyUsedForAnotherTransfer,
    PointsOwed,
    TooManyUnknownRecipients,
    TransferLimitReached,
    TransfersNotAllowed,
    TransferToOneself,
    TransferTooSmall,
    UnknownRecipient,
)
from backend.ledger import service as ledger
from backend.ledger import transfers as ledger_transfers
from backend.ledger.book import Book
from backend.ledger.transfers import Order, Transfer
from backend.members import service as members
from backend.notifications.service import NewMessage, tell
from backend.programmes import queries as programmes
from backend.programmes.programme import Programme, Transfers
from backend.programmes.screening import screening_settings
from backend.screening import queries as screening
from backend.screening.account_pause import check_pause
from backend.screening.rules import Ruling
from backend.screening.service import NewRuling, record_rulings
from backend.shared import formatting
from backend.shared.clock import business_now, system_now
from backend.shared.errors import DomainError, Invalid
from backend.shared.i18n import current_locale
from backend.shared.ids import new_id
from backend.shops.queries import the_shop

UNKNOWN_RECIPIENTS_MAXIMUM = 5
UNKNOWN_RECIPIENTS_WINDOW = timedelta(days=1)
UNKNOWN_RECIPIENT_RULE = "unknown_recipient"
REFUSAL_WORDING = "transfer_refused_unknown_recipient"


def transfer(
    session: Session, *, sender_id: UUID, to: str, points: int, key: str, programme: str | None = None
) -> tuple[Transfer, bool] | DomainError:
    """Gives points to whoever has the card number or phone `to`; the transfer, and whether it was made before.

    `programme` None means the oldest one that allows transfers. The same `key` with the same content is answered as
    before. An unknown recipient is returned, not raised: that one was looked for must be committed.

    Raises:
        TransfersNotAllowed: no programme allows them, or not the one that was named.
        TransferToOneself, TransferTooSmall, TransferLimitReached: it breaks the terms.
        PointsOwed, SpendingFrozen, NotEnoughPoints: the sender has no such points to give.
        SpendingPaused: the sender's account was changed a short while ago.
        TooManyUnknownRecipients: the sender looked for too many who are not here.
        KeyUsedForAnotherTransfer: the key came before with another content.
    """
    zone, now = the_shop(session).zone, business_now()
    recipient_id = _recipient(session, to)
    if recipient_id == sender_id:
        raise TransferToOneself(errors={"to": [TransferToOneself.title]})
    content = _content(to, points, programme, zone=zone)
    books = ledger.open_books(session, {sender_id, recipient_id or sender_id}, with_lots=True)
    found = ledger_transfers.earlier(session, sender_id=sender_id, key=key)
    if found is not None:
        if found[1] != content:
            raise KeyUsedForAnotherTransfer
        return found[0], True
    terms_of, terms = _terms(session, programme, at=now)
    order = Order(
        key=key,
        content=content,
        sender_id=sender_id,
        recipient_id=recipient_id if recipient_id in books else None,
        points=points,
        programme=terms_of.programme,
        programme_version=terms_of.version,
        at=now,
    )
    check_pause(session, sender_id, screening_settings(terms_of), zone=zone)
    _check(session, books[sender_id], order, terms, zone=zone)
    made = ledger_transfers.enter(books, order)
    if order.recipient_id is None:
        # The books are left as they were: what was entered is not stored.
        return _nobody_found(session, sender_id)
    ledger.write(session, books.values())
    _tell_both(session, made, order, order.recipient_id)
    return made, False


def _recipient(session: Session, to: str) -> UUID | None:
    """Whose card number or phone it is. A code that turns is for tills alone."""
    (resolution,) = members.resolve_codes(session, [to])
    return resolution.member_id if resolution is not None and resolution.kind != "code" else None


def _content(to: str, points: int, programme: str | None, *, zone: str) -> str:
    """A mark of what is ordered. Keyed, for a plain hash of a phone number gives the number away."""
    try:
        meant = members.parse_phone(to, region=members.home_region(zone)).value
    except Invalid:
        meant = "".join(sign for sign in to if sign.isalnum())
    ordered = json.dumps([meant, points, programme]).encode()
    return hmac.new(current_app.config["MOLVA"].derived_key("transfers"), ordered, hashlib.sha256).hexdigest()[:32]


def _terms(session: Session, name: str | None, *, at: datetime) -> tuple[Programme, Transfers]:
    for programme in programmes.in_force(session, at=at):
        if programme.transfers is not None and name in {None, programme.programme}:
            return programme, programme.transfers
    raise TransfersNotAllowed


def _check(session: Session, sender: Book, order: Order, terms: Transfers, *, zone: str) -> None:
    """What the terms and the sender's own book say, under the book's lock."""
    _check_unknown_recipients(session, order.sender_id)
    if order.points < terms.minimum_points:
        raise TransferTooSmall(minimum=_in_words(terms.minimum_points))
    if sender.debt:
        raise PointsOwed(points=_in_words(-sender.debt))
    if terms.maximum_points_per_day is None:
        return
    day_began_at = order.at.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    given = ledger_transfers.points_given_since(
        session, sender_id=order.sender_id, programme=order.programme, since=day_began_at
    )
    if given + order.points > terms.maximum_points_per_day:
        left = max(0, terms.maximum_points_per_day - given)
        raise TransferLimitReached(maximum=_in_words(terms.maximum_points_per_day), left=left)


def _in_words(points: int) -> str:
    """So many points in the sender's language, in the right form."""
    return formatting.points(points, locale=current_locale())


def _check_unknown_recipients(session: Session, sender_id: UUID) -> None:
    """In real time: whoever guesses does not wait for the business's clock."""
    now = system_now()
    in_vain = screening.rulings_since(
        session, member_id=sender_id, rule=UNKNOWN_RECIPIENT_RULE, since=now - UNKNOWN_RECIPIENTS_WINDOW
    )
    if len(in_vain) >= UNKNOWN_RECIPIENTS_MAXIMUM:
        free_at = in_vain[-UNKNOWN_RECIPIENTS_MAXIMUM] + UNKNOWN_RECIPIENTS_WINDOW
        raise TooManyUnknownRecipients(retry_after_seconds=max(1, int((free_at - now).total_seconds())))


def _nobody_found(session: Session, sender_id: UUID) -> UnknownRecipient:
    ruling = Ruling(
        rule=UNKNOWN_RECIPIENT_RULE, version=1, mode="active", outcome="reject", reason_kind=REFUSAL_WORDING
    )
    new = NewRuling(ruling=ruling, subject_kind="transfer", subject_id=new_id(), member_id=sender_id, at=system_now())
    record_rulings(session, [new])
    return UnknownRecipient(errors={"to": [UnknownRecipient.title]})


def _tell_both(session: Session, made: Transfer, order: Order, recipient_id: UUID) -> None:
    tell(
        session,
        [
            NewMessage(
                member_id=order.sender_id,
                kind="transfer_given",
                facts={"recipient": str(recipient_id), "points": -made.points},
                natural_key=f"transfer:{made.id}:given",
            ),
            NewMessage(
                member_id=recipient_id,
                kind="transfer_received",
                facts={"sender": str(order.sender_id), "points": made.points},
                natural_key=f"transfer:{made.id}:received",
            ),
        ],
    )
