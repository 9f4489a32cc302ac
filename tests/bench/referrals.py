"""`referral_join_1m_vs_1k`: what a friend's joining costs among a million members and 300,000 referrals.

A join is binding the friend to the advocate, gathering the facts of the first purchase (marks, ring, chain, cap,
crowd), judging it by every rule and keeping what was decided. The friend becomes a member, with a device, before the
clock runs; at the end all of it is rolled back, so that the thousandth join finds what the first one found. Five kinds
of friend take turns: of an ordinary advocate; of one who brought a hundredth of all; at the end of a chain of 10,000
(of 10 in the small shop) who shares a device with somebody above; of a ring, on its device; and on a tablet that lies
on a counter, in 200 hands. The shops take turns too.
"""

import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import psycopg
from rich.console import Console
from sqlalchemy.orm import Session

from backend.members import service as members
from backend.programmes import queries as programmes
from backend.referrals import queries, service
from backend.referrals.qualification import Candidate, decide
from backend.referrals.terms import ReferralTerms, terms_of
from backend.shared.clock import business_now
from backend.shared.db import db, driver_connection
from backend.shared.ids import new_id
from tests.bench import referral_graph
from tests.bench.growth import LARGE, SMALL, applications
from tests.bench.installation import Installation, installation
from tests.bench.measurement import Measurement
from tests.bench.referral_graph import Graph

ROUNDS, JOINS_A_ROUND = 7, 40
KINDS = ("ordinary", "crowd", "chain", "ring", "counter")
AMOUNT_MINOR = 70_000
_DEVICE = """
INSERT INTO device_links (member_id, install_hmac, first_linked_at, last_linked_at)
VALUES (%s, decode(md5(%s), 'hex'), %s, %s) ON CONFLICT DO NOTHING
"""


@dataclass
class Joins:
    """Seconds of each join in one shop, by kind."""

    graph: Graph
    seconds: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    made: int = 0

    def median_ms(self, kind: str) -> float:
        """The median of one kind."""
        return statistics.median(self.seconds[kind]) * 1000

    @property
    def rate(self) -> float:
        """Joins a second where all kinds come alike."""
        return 1000 / statistics.fmean(self.median_ms(kind) for kind in KINDS)


def referral_join_1m_vs_1k(var: Path, console: Console) -> Measurement:
    """The benchmark."""
    shops = {SMALL: Joins(Graph(SMALL)), LARGE: Joins(Graph(LARGE))}
    with (
        installation(var / "few-friends", members=SMALL) as small,
        installation(var / "many-friends", members=LARGE) as large,
        applications(small, large) as apps,
    ):
        for installed in (small, large):
            _fill(installed, shops[installed.members].graph)
        for number in range(ROUNDS + 1):
            for installed, app in zip((small, large), apps, strict=True):
                joins = shops[installed.members]
                with app.app_context():
                    for _ in range(JOINS_A_ROUND):
                        for kind in KINDS:
                            _join(joins, kind)
                    db.session.remove()
                if not number:  # the first round warms both
                    joins.seconds = {kind: [] for kind in KINDS}
            if number:
                console.print(f"round {number}: {shops[SMALL].rate:,.0f} and {shops[LARGE].rate:,.0f} joins/s")
    return Measurement(
        name="referral_join_1m_vs_1k",
        value=shops[LARGE].rate,
        reference=shops[SMALL].rate,
        unit="joins/s",
        notes=tuple(
            f"{kind}: {shops[LARGE].median_ms(kind):.2f} ms among {LARGE:,} members, "
            f"{shops[SMALL].median_ms(kind):.2f} ms among {SMALL:,}"
            for kind in KINDS
        ),
    )


def _fill(installed: Installation, graph: Graph) -> None:
    with psycopg.connect(installed.postgres.url) as connection:
        referral_graph.fill(connection, graph)
    installed.refresh_statistics()


def _join(joins: Joins, kind: str) -> None:
    """One friend joins and buys; the seconds of what follows from both are kept, and nothing else."""
    session = db.session()
    joins.made += 1
    programme = programmes.main_programme(session, at=business_now())
    terms = terms_of(programme) if programme else None
    if terms is None:
        raise AssertionError("The programme rewards nobody for friends.")
    friend_id, code = _newcomer(session, joins, kind), referral_graph.code_of(_advocate(joins, kind))
    begun = time.perf_counter()
    _bind_and_judge(session, friend_id, code, terms)
    joins.seconds[kind].append(time.perf_counter() - begun)
    session.rollback()


def _bind_and_judge(session: Session, friend_id: UUID, code: str, terms: ReferralTerms) -> None:
    now = business_now()
    if service.bind(session, friend_id=friend_id, code=code, channel="qr", at=now, terms=terms) is None:
        raise AssertionError("The friend was not bound.")
    opened = queries.open_for_friends(session, [friend_id])
    facts = service.gather(session, opened.values(), at=now, terms=terms)
    candidates = [
        Candidate(referral=referral, receipt_id=new_id(), receipt_amount_minor=AMOUNT_MINOR, at=now)
        for referral in opened.values()
    ]
    if not service.record_decisions(session, decide(candidates, facts, terms=terms), at=now, terms=terms):
        raise AssertionError("Nothing was decided.")


def _newcomer(session: Session, joins: Joins, kind: str) -> UUID:
    phone = members.parse_phone(f"+7916{joins.made:07d}", region="RU")
    enrolment = members.enrol_by_address(
        session, address=phone, locale="ru", zone="Europe/Moscow", source="web", verified=True, name=None
    )
    now = business_now()
    devices = {"ring": f"ring{_ring(joins)}", "counter": "counter", "chain": f"device{joins.graph.end_of_chain - 1}"}
    for device in (f"own{joins.made}", devices.get(kind)):
        if device is not None:
            driver_connection(session).execute(_DEVICE, (enrolment.member_id, device, now, now))
    return enrolment.member_id


def _advocate(joins: Joins, kind: str) -> int:
    """The number of whoever brings this friend."""
    graph = joins.graph
    numbers = {"crowd": 1, "chain": graph.end_of_chain, "ring": graph.rings[_ring(joins)][0]}
    return numbers.get(kind) or graph.members - (joins.made * 7919) % (graph.friends // 2)


def _ring(joins: Joins) -> int:
    return joins.made % len(joins.graph.rings)
