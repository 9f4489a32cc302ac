"""From a typed receipt to the facts that the engine judges."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.programmes import queries
from backend.programmes.document import read_programme
from backend.programmes.engine.facts import History, MemberFacts, ReceiptFacts, StoreFacts
from backend.programmes.preview import Preview, preview
from backend.programmes.programme import Programme
from backend.receipts.sale import SaleLine
from backend.shared.wording import Reader
from backend.shops.queries import find_shop, store_by_code


def previewed(session: Session, typed: Mapping[str, Any], *, at: datetime, locale: str) -> Preview:
    """What a typed receipt would earn by a document or by a stored version; nothing is kept.

    Raises:
        BadProgramme: the document has mistakes.
        UnknownVersion: there is no version with this id.
        UnknownStore: there is no store of this code.
    """
    programme = _programme(session, typed, at)
    receipt = _receipt(session, typed["receipt"], at)
    return preview(programme, receipt, _member(typed["member"], receipt), reader=Reader(locale, receipt.store.zone))


def _programme(session: Session, typed: Mapping[str, Any], at: datetime) -> Programme:
    if "version_id" in typed:
        return queries.version(session, typed["version_id"], at=at).read()
    return read_programme(typed["document"])


def _receipt(session: Session, typed: Mapping[str, Any], at: datetime) -> ReceiptFacts:
    shop = find_shop(session)
    zone = shop.zone if shop else "UTC"
    lines = tuple(
        SaleLine(sku=line["sku"], quantity=line["quantity"], amount_minor=line["amount"], category=line["category"])
        for line in typed["lines"]
    )
    return ReceiptFacts(
        occurred_at=typed["occurred_at"] or at,
        total_minor=sum(line.amount_minor for line in lines),
        store=_store(session, typed["store"], zone),
        shop_zone=zone,
        lines=lines,
        payments=typed["payments"],
        paid_with_points_minor=typed["paid_with_points"],
    )


def _store(session: Session, code: str | None, zone: str) -> StoreFacts:
    if code is None:
        return StoreFacts(zone=zone, name={"en": "–", "ru": "–"})
    store = store_by_code(session, code)
    return StoreFacts(
        code=store.code, name=store.name, region=store.region or "", country=store.country or "", zone=store.zone
    )


def _member(typed: Mapping[str, Any], receipt: ReceiptFacts) -> MemberFacts:
    month, _, day = (typed["birthday"] or "").partition("-")
    return MemberFacts(
        joined_at=typed["joined_at"] or receipt.occurred_at,
        birthday=(int(month), int(day)) if day else None,
        language=typed["language"],
        tier=typed["tier"],
        segments=frozenset(typed["segments"]),
        referrals=typed["referrals"],
        history=History(purchases=typed["purchases"], spent_minor=typed["spent"]),
    )
