"""A shop that offers something for points."""

from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from backend.programmes.engine.facts import NOBODY_ASKED, MemberFacts
from backend.rewards import queries
from backend.rewards.order import Order
from backend.rewards.service import order
from backend.shared.clock import business_now
from backend.shared.ids import new_id
from tests.factories.till import DEMO_PROGRAMME, OpenTill, open_till

TIERS = """
kind: combined
tiers:
  measure: spend
  window: life
  levels:
    - {tier: silver, title: {en: Silver, ru: Серебро}, from_minor: 500000}
    - {tier: gold, title: {en: Gold, ru: Золото}, from_minor: 1000000}
discount:
  window: life
  levels: [{from_minor: 500000, rate_basis_points: 300}]
"""
REWARDS = """
rewards:
  - reward: cappuccino
    title: {en: Any cappuccino, ru: Любой капучино}
    kind: goods
    price_points: 300
    group: {en: Drinks, ru: Напитки}
    icon: cup
    valid_days: 30
  - reward: five_hundred_off
    title: {en: ₽500 off, ru: Скидка 500 ₽}
    kind: money_off
    price_points: 500
    amount_minor: 50000
    minimum_receipt_minor: 150000
    valid_days: 30
  - reward: last_mug
    title: {en: Grain mug, ru: Кружка «Зерно»}
    kind: goods
    price_points: 100
    limits: {in_all: 1}
  - reward: bun
    title: {en: A bun, ru: Булочка}
    kind: goods
    price_points: 10
    limits: {per_day: 2, per_member: 3}
  - reward: class
    title: {en: Latte art class, ru: Урок латте-арта}
    kind: event_place
    price_points: 200
    issue: by_staff
    valid_until: 2026-12-04
  - reward: gold_cup
    title: {en: A cup of gold, ru: Золотая чашка}
    kind: goods
    price_points: 100
    when: member.tier == "gold"
  - reward: cinema
    title: {en: A cinema ticket, ru: Билет в кино}
    kind: partner_coupon
    partner: {en: Cinema Rodina, ru: Кинотеатр «Родина»}
    price_points: 50
    codes: loaded
"""

AT_ONCE = DEMO_PROGRAMME.replace("pending_days: 14", "pending_days: 0")
PROGRAMME = AT_ONCE + TIERS + REWARDS


def shop_with_rewards(session: Session, client: FlaskClient) -> OpenTill:
    """The demo's terms, points at once, tiers, and these rewards."""
    return open_till(session, client, programme=PROGRAMME)


def ordered(
    session: Session, member_id: UUID, reward: str, *, key: str | None = None, facts: MemberFacts = NOBODY_ASKED
) -> Order:
    """An order of this member."""
    offered = queries.find(session, reward, at=business_now())
    made, _repeated = order(session, member_id=member_id, offered=offered, facts=facts, key=key or str(new_id()))
    return made
