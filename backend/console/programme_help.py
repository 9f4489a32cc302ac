"""What may stand in a programme's document, by subject, each with an example that can be put in."""

from dataclasses import dataclass
from typing import Any

from backend.shared.i18n import _l


@dataclass(frozen=True)
class Example:
    """A part of a document that is correct as it stands; it begins with the name of its section."""

    words: Any
    text: str


@dataclass(frozen=True)
class HelpGroup:
    """Examples of one subject."""

    name: str
    title: Any
    words: Any
    examples: tuple[Example, ...]


HELP = (
    HelpGroup(
        "earning",
        _l("What brings points"),
        _l("a share, so many a purchase, a piece or an amount"),
        (
            Example(
                _l("5% of every purchase"),
                """\
earning:
  - rule: base
    rate_basis_points: 500
""",
            ),
            Example(
                _l("More for one category of goods"),
                """\
earning:
  - rule: beans
    title: {en: Beans, ru: Зерно}
    lines: line.category == "beans"
    rate_basis_points: 300
""",
            ),
            Example(
                _l("So many points for each piece"),
                """\
earning:
  - rule: cup_back
    title: {en: Own cup, ru: Своя кружка}
    lines: line.sku == "OWN-CUP"
    points_per_item: 10
""",
            ),
            Example(
                _l("A point for each full ₽100, at most 50"),
                """\
earning:
  - rule: hundred
    title: {en: A point for each 100, ru: Балл за каждые 100}
    points_per_amount: {points: 1, amount_minor: 10000}
    maximum_points: 50
""",
            ),
        ),
    ),
    HelpGroup(
        "when",
        _l("When a rule applies"),
        _l("conditions on the receipt, the member, the store and the time"),
        (
            Example(
                _l("At weekends, from ₽500 on, twice the points"),
                """\
earning:
  - rule: weekend
    title: {en: Double points at weekends, ru: Двойные баллы в выходные}
    when: at.weekday in ["sat", "sun"] && receipt.total >= money(500)
    multiplier_basis_points: 20000
""",
            ),
            Example(
                _l("In a time of the year and of the day"),
                """\
earning:
  - rule: december_mornings
    title: {en: December mornings, ru: Декабрьские утра}
    from: 2026-12-01
    until: 2026-12-31
    when: at.time < time("11:00")
    points: 20
""",
            ),
            Example(
                _l("On the first purchase"),
                """\
earning:
  - rule: welcome
    title: {en: The first purchase, ru: Первая покупка}
    when: member.purchases == 0
    points: 100
""",
            ),
            Example(
                _l("Every tenth purchase"),
                """\
earning:
  - rule: tenth
    title: {en: Every tenth purchase, ru: Каждая десятая покупка}
    when: (member.purchases + 1) % 10 == 0
    points: 150
""",
            ),
            Example(
                _l("Around a birthday, points that burn after 30 days"),
                """\
earning:
  - rule: birthday
    title: {en: Birthday, ru: День рождения}
    when: member.birthday_within_days(3)
    points: 200
    expiry: {days: 30}
""",
            ),
            Example(
                _l("For a segment, in some stores"),
                """\
earning:
  - rule: come_back
    title: {en: Come back, ru: Возвращайтесь}
    when: '"gone-quiet" in member.segments && store.region == "kazan"'
    rate_basis_points: 500
""",
            ),
            Example(
                _l("When paid by card and with enough of one category"),
                """\
earning:
  - rule: beans_by_card
    title: {en: Beans by card, ru: Зерно по карте}
    when: '"card" in receipt.payment_kinds && receipt.amount_of("beans") >= money(1000)'
    points: 50
""",
            ),
        ),
    ),
    HelpGroup(
        "stacking",
        _l("How promotions go together"),
        _l("the best, the first, or the sum; and what at most"),
        (
            Example(
                _l("Of the rules with `stack: promotions`, the best for the guest"),
                """\
stacking:
  promotions: {policy: best, maximum_points: 500}
""",
            ),
            Example(_l("Round up, line by line"), "rounding: {direction: up, per: line}\n"),
        ),
    ),
    HelpGroup(
        "actions",
        _l("Points for what is no purchase"),
        _l("a survey, a visit, a filled profile"),
        (
            Example(
                _l("A survey, once"),
                """\
actions:
  - {action: survey, title: {en: A survey, ru: Опрос}, points: 50, per_member: 1}
""",
            ),
            Example(
                _l("A visit, once a day"),
                """\
actions:
  - {action: visit, title: {en: A visit, ru: Визит}, points: 5, per_member_per_day: 1}
""",
            ),
            Example(
                _l("Name, e-mail and birthday are filled in"),
                """\
actions:
  - {action: profile_filled, title: {en: The profile is filled in, ru: Профиль заполнен}, points: 100, per_member: 1}
""",
            ),
        ),
    ),
    HelpGroup(
        "tiers",
        _l("Tiers and a discount that grows"),
        _l("up at once, down at a review; `kind: tiers`, `cumulative` or `combined`"),
        (
            Example(
                _l("Silver and gold by what was spent in a year"),
                """\
tiers:
  measure: spend
  window: {calendar: year}
  grace_days: 30
  landing: soft
  levels:
    - {tier: silver, title: {en: Silver, ru: Серебро}, from_minor: 3000000}
    - {tier: gold, title: {en: Gold, ru: Золото}, from_minor: 10000000}
""",
            ),
            Example(
                _l("A discount that grows with all that was spent"),
                """\
discount:
  window: life
  levels: [{from_minor: 500000, rate_basis_points: 300}, {from_minor: 2000000, rate_basis_points: 500}]
""",
            ),
        ),
    ),
    HelpGroup(
        "budgets",
        _l("How much it may cost"),
        _l("in all, for each member, for some rules; never overspent"),
        (
            Example(
                _l("100,000 points a month, then the last one gets what is left"),
                """\
budgets:
  - {budget: month, points: 100000, period: month, at_end: partial}
""",
            ),
            Example(
                _l("At most 1,000 points for each member a year"),
                """\
budgets:
  - {budget: fair_share, points: 1000, scope: member, period: year, at_end: skip}
""",
            ),
        ),
    ),
    HelpGroup(
        "rewards",
        _l("What points buy"),
        _l("goods, money off, a discount, a gift card, a partner's coupon, a place"),
        (
            Example(
                _l("Goods, 40 a day, 5 for each member"),
                """\
rewards:
  - reward: cappuccino
    title: {en: Any cappuccino, ru: Любой капучино}
    kind: goods
    price_points: 300
    valid_days: 30
    limits: {per_day: 40, per_member: 5}
""",
            ),
            Example(
                _l("₽500 off a purchase of ₽1,500"),
                """\
rewards:
  - reward: five_hundred_off
    title: {en: 500 ₽ off, ru: Скидка 500 ₽}
    kind: money_off
    price_points: 500
    amount_minor: 50000
    minimum_receipt_minor: 150000
    valid_days: 30
""",
            ),
            Example(
                _l("A partner's coupon, with codes that you load"),
                """\
rewards:
  - reward: cinema
    title: {en: A cinema ticket, ru: Билет в кино}
    kind: partner_coupon
    partner: {en: Cinema, ru: Кино}
    price_points: 700
    codes: loaded
    valid_until: 2027-06-30
""",
            ),
        ),
    ),
    HelpGroup(
        "terms",
        _l("Other terms in some places"),
        _l("by country, region, store, tier or segment; the first that fits"),
        (
            Example(
                _l("A higher rate in one region"),
                """\
terms:
  - terms: kazan
    where: store.region == "kazan"
    earning: [{rule: base, rate_basis_points: 700}]
""",
            ),
        ),
    ),
    HelpGroup(
        "life",
        _l("When points come and go"),
        _l("waiting, burning, paying, friends"),
        (
            Example(_l("They can be spent after 14 days"), "availability: {pending_days: 14}\n"),
            Example(_l("They burn after a year without a purchase"), "expiry: {days: 365, prolonged_by: activity}\n"),
            Example(_l("They pay for up to half of a receipt"), "redemption: {maximum_share_basis_points: 5000}\n"),
            Example(
                _l("Tobacco and gift cards bring nothing"),
                "earning_exclusions: {categories: [tobacco], payment_kinds: [gift_card]}\n",
            ),
            Example(
                _l("200 points for each friend, to both"),
                """\
referral:
  advocate_points: 200
  friend_points: 200
  minimum_receipt_minor: 50000
  cap: {friends: 10, window_days: 30}
""",
            ),
            Example(
                _l("1% of what friends buy in a year, and 500 points for the third friend"),
                """\
referral:
  advocate_points: 200
  friend_points: 200
  minimum_receipt_minor: 50000
  rewards:
    - {reward: share, on: every_purchase, to: advocate, rate_basis_points: 100, within_days: 365}
    - {reward: three_friends, on: milestone, friends: 3, to: advocate, points: 500}
""",
            ),
        ),
    ),
)
