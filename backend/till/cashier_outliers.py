"""Cashiers whose guests' cards come again far more often than those of their colleagues.

A cashier who shows one card for many guests has more receipts per card than anybody else. How far out they are is said
by the modified z-score of Iglewicz and Hoaglin, "How to Detect and Handle Outliers" (ASQC Quality Press, 1993):
0.6745 · (x - median) / MAD, beyond 3.5 an outlier. Median and MAD (the median of the distances from the median) are not
moved by the outlier itself, as mean and standard deviation would be. Where more than half are alike and MAD is 0, the
mean of the distances takes its place: (x - median) / (1.253314 · mean), as in the same book.

Nobody is accused: an alert is a case for a person, who knows that the kiosk at the factory gate has the same guests
every morning.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from statistics import fmean, median
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.programmes import queries as programmes
from backend.programmes.screening import screening_settings
from backend.receipts import queries as receipts
from backend.receipts.queries import CashierCards
from backend.screening import queries as cases
from backend.screening.known_rules import CASHIER_OUTLIER
from backend.screening.rules import RuleSetting, Ruling, setting_of
from backend.screening.service import NewRuling, open_cases, record_rulings
from backend.shared.clock import business_now
from backend.shared.jobs import Job
from backend.shops import queries as shops
from backend.staff import queries as staff
from backend.till.models import CashierReview

NIGHTLY = time(3)
MAD_OF_NORMAL = 0.6745
MEAN_DISTANCE_OF_NORMAL = 1.253314


def robust_z(values: Sequence[float]) -> list[float]:
    """How far each value lies from the rest; 0 for all where all are alike."""
    centre = median(values)
    distances = [abs(value - centre) for value in values]
    if spread := median(distances):
        return [MAD_OF_NORMAL * (value - centre) / spread for value in values]
    spread = fmean(distances)
    return [(value - centre) / (MEAN_DISTANCE_OF_NORMAL * spread) if spread else 0.0 for value in values]


def outliers(cashiers: Sequence[CashierCards], limits: Mapping[str, int]) -> list[tuple[CashierCards, float]]:
    """Those who stand out by receipts per card, with their scores."""
    judged = [one for one in cashiers if one.receipts >= limits["receipts"]]
    if len(judged) < limits["cashiers"]:
        return []
    per_card = [one.receipts / one.cards for one in judged]
    least = median(per_card) * limits["median_percent"] / 100
    return [
        (one, z)
        for one, value, z in zip(judged, per_card, robust_z(per_card), strict=True)
        if value >= least and z * 100 > limits["robust_z_hundredths"]
    ]


def next_review(session: Session) -> datetime | None:
    """The next night; at once where there was none yet; never where no programme names the rule."""
    if not _settings(session):
        return None
    last = session.scalar(select(func.max(CashierReview.day)))
    zone = ZoneInfo(shops.ask_zone(session)())
    return business_now() if last is None else datetime.combine(last + timedelta(days=1), NIGHTLY, zone)


def review(session: Session, _now: datetime) -> int:
    """Looks at all cashiers once; how many nights that was. After many nights away one look is enough."""
    now, zone = business_now(), ZoneInfo(shops.ask_zone(session)())
    day = now.astimezone(zone).date()
    if now.astimezone(zone).time() < NIGHTLY:
        day -= timedelta(days=1)
    if session.get(CashierReview, day) is None:
        _review(session, day, _settings(session), now)
    return 1


def _review(session: Session, day: date, settings: Mapping[str, RuleSetting], now: datetime) -> None:
    setting = setting_of(CASHIER_OUTLIER, settings)
    window = timedelta(days=setting.limits["window_days"])
    cashiers = receipts.cards_by_cashier(session, since=now - window, until=now)
    session.add(CashierReview(day=day, reviewed_at=now, cashiers=len(cashiers)))
    session.flush()
    said = [_ruling(session, one, z, setting, at=now) for one, z in outliers(cashiers, setting.limits)]
    record_rulings(session, said)
    if setting.mode == "active":
        decided = cases.cases_of(session, subject_kind="staff", subject_ids=[one.subject_id for one in said])
        open_cases(session, [one for one in said if not _was_decided(decided.get(one.subject_id), now - window)])


def _was_decided(case: cases.Case | None, since: datetime) -> bool:
    """Whether a person has looked at the same receipts already."""
    return case is not None and case.decided_at is not None and case.decided_at > since


def _ruling(session: Session, one: CashierCards, z: float, setting: RuleSetting, *, at: datetime) -> NewRuling:
    figures = {"receipts_counted": one.receipts, "cards": one.cards}
    scored = {"receipts_per_card": round(one.receipts / one.cards, 1), "score": round(z, 1)}
    ruling = Ruling(
        rule=CASHIER_OUTLIER.name,
        version=CASHIER_OUTLIER.version,
        mode=setting.mode,
        outcome="hold",
        reason_kind="cashier_outlier",
        reason_facts={"cashier": one.cashier, **figures},
        inputs={"cashier": one.cashier, **figures, **scored, **setting.limits},
    )
    subject_id = _who(session, one)
    return NewRuling(ruling=ruling, subject_kind="staff", subject_id=subject_id, member_id=None, at=at)


def _who(session: Session, one: CashierCards) -> UUID:
    """The account of this name; where other software names its own cashiers, an id made of store and name."""
    person = staff.staff_member_named(session, one.cashier)
    return person.id if person is not None else uuid5(NAMESPACE_OID, f"cashier {one.store_id} {one.cashier}")


def _settings(session: Session) -> Mapping[str, RuleSetting]:
    settings = screening_settings(programmes.main_programme(session, at=business_now()))
    return settings if CASHIER_OUTLIER.name in settings else {}


CASHIER_REVIEW = Job(
    name="till.cashier_review", clock="business", next_due=next_review, run=review, maximum_lateness_seconds=24 * 3600
)
