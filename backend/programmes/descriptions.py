"""The labels of what a programme says, and how each value is written: a table a section."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from backend.programmes.programme import BASE_STACK, Adjustments, RewardLimits, Unattached
from backend.shared.wording import N_


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is said of an item; what stands at its default is not said."""

    label: str
    of: str
    type: str
    default: Any = None
    section: str = ""
    """The section of the document, where terms may replace it."""

    def value(self, item: Any) -> Any:
        """Its value on an item; the default where a part on the way is missing."""
        found: Callable[[Any], Any] = attrgetter(self.of)
        try:
            return found(item)
        except AttributeError:
            return self.default


HEADINGS = {
    "programme": N_("The programme"),
    "rule": N_("Rule {name}"),
    "stack": N_("Stack {name}"),
    "action": N_("Action {name}"),
    "tiers": N_("Tiers"),
    "tier": N_("Tier {name}"),
    "budget": N_("Budget {name}"),
    "reward": N_("Reward {name}"),
    "referral": N_("Recommendations"),
    "referral_reward": N_("Reward of inviting {name}"),
    "transfers": N_("Transfers between members"),
    "screening": N_("Rule against fraud {name}"),
    "terms": N_("Terms {name}"),
    "within": N_("{terms}, {what}"),
}
PROGRAMME = (
    Field(N_("title"), "title", "text"),
    Field(N_("kind"), "kind", "word"),
    Field(N_("currency"), "currency", "plain"),
    Field(N_("one point pays"), "point_value_minor", "money"),
    Field(N_("points may be spent after"), "pending_days", "days", section="availability"),
    Field(N_("points burn after"), "expiry", "expiry", section="expiry"),
    Field(N_("points are rounded"), "rounding.direction", "word", section="rounding"),
    Field(N_("points are rounded for each"), "rounding.per", "word", section="rounding"),
    Field(
        N_("points may pay of a receipt"),
        "redemption.maximum_share_basis_points",
        "percent",
        section="redemption",
    ),
    Field(
        N_("no points for the categories"), "earning_exclusions.categories", "names", frozenset(), "earning_exclusions"
    ),
    Field(
        N_("no points for what is paid by"),
        "earning_exclusions.payment_kinds",
        "names",
        frozenset(),
        "earning_exclusions",
    ),
    Field(N_("spent points of a returned receipt are"), "returns.debt", "word", section="returns"),
    Field(N_("discount"), "discount", "discount", section="discount"),
    Field(N_("a receipt may be claimed for"), "unattached.claim_window_days", "days", Unattached().claim_window_days),
    Field(
        N_("somebody else approves adjustments above"),
        "adjustments.second_person_above_points",
        "points",
        Adjustments().second_person_above_points,
    ),
)
RULE = (
    Field(N_("title"), "title", "text"),
    Field(N_("share of the amount"), "rate_basis_points", "percent"),
    Field(N_("points once a receipt"), "points", "points"),
    Field(N_("points for each piece"), "points_per_item", "points"),
    Field(N_("points for an amount"), "points_per_amount", "per_amount"),
    Field(N_("what base rules give"), "multiplier_basis_points", "times"),
    Field(N_("holds when"), "when", "condition"),
    Field(N_("looks at lines of which"), "lines", "condition"),
    Field(N_("first day"), "from_day", "day"),
    Field(N_("last day"), "until_day", "day"),
    Field(N_("stack"), "stack", "plain", BASE_STACK),
    Field(N_("priority"), "priority", "plain", 0),
    Field(N_("at most"), "maximum_points", "points"),
    Field(N_("points may be spent after"), "pending_days", "days"),
    Field(N_("points burn after"), "expiry", "expiry"),
)
STACK = (
    Field(N_("what counts of its rules"), "policy", "word"),
    Field(N_("at most"), "maximum_points", "points"),
)
ACTION = (
    Field(N_("title"), "title", "text"),
    Field(N_("points"), "points", "points"),
    Field(N_("how often"), "per_member", "count"),
    Field(N_("how often a day"), "per_member_per_day", "count"),
)
TIERS = (
    Field(N_("measured by"), "measure", "word"),
    Field(N_("measured over"), "window", "window"),
    Field(N_("a tier outlives its time by"), "grace_days", "days", 0),
    Field(N_("a review lands"), "landing", "word"),
)
LEVEL = (
    Field(N_("title"), "title", "text"),
    Field(N_("begins at"), "threshold", "threshold"),
    Field(N_("brings"), "benefits", "texts", ()),
)
BUDGET = (
    Field(N_("points"), "points", "points"),
    Field(N_("for each"), "period", "word"),
    Field(N_("counted for"), "scope", "scope"),
    Field(N_("for the rules"), "rules", "texts", ()),
    Field(N_("at its end"), "at_end", "word"),
)
REWARD = (
    Field(N_("title"), "title", "text"),
    Field(N_("kind"), "kind", "word"),
    Field(N_("price"), "price_points", "points"),
    Field(N_("worth"), "amount_minor", "money"),
    Field(N_("discount"), "rate_basis_points", "percent"),
    Field(N_("for receipts of at least"), "minimum_receipt_minor", "money"),
    Field(N_("description"), "description", "text"),
    Field(N_("group"), "group", "text"),
    Field(N_("picture"), "icon", "plain"),
    Field(N_("partner"), "partner", "text"),
    Field(N_("valid for"), "valid_days", "days"),
    Field(N_("valid until"), "valid_until", "day"),
    Field(N_("limits"), "limits", "limits", RewardLimits()),
    Field(N_("codes"), "codes", "word", "made"),
    Field(N_("issued"), "issue", "word", "at_once"),
    Field(N_("for whom"), "when", "condition"),
)
REFERRAL = (
    Field(N_("for the advocate"), "advocate_points", "points"),
    Field(N_("for the friend"), "friend_points", "points"),
    Field(N_("for receipts of at least"), "minimum_receipt_minor", "money"),
    Field(N_("which receipt decides"), "qualifying_receipt", "word"),
    Field(N_("which visit counts"), "attribution.first_or_last_visit", "word"),
    Field(N_("a visit counts for"), "attribution.window_days", "days"),
    Field(N_("members may name who told them"), "attribution.existing_members", "word", "never"),
    Field(N_("rewarded friends at most"), "cap.friends", "count"),
    Field(N_("counted over"), "cap.window_days", "days"),
    Field(N_("second level"), "second_level", "switch", default=False),
)
REFERRAL_REWARD = (
    Field(N_("title"), "title", "text"),
    Field(N_("for"), "on", "word"),
    Field(N_("goes to"), "to", "word"),
    Field(N_("points"), "points", "points"),
    Field(N_("share of the amount"), "rate_basis_points", "percent"),
    Field(N_("coupon of the catalogue"), "coupon", "plain"),
    Field(N_("which purchase since joining"), "number", "plain"),
    Field(N_("spent since joining"), "from_minor", "money"),
    Field(N_("friends who are qualified"), "friends", "count"),
    Field(N_("only within, of joining"), "within_days", "days"),
    Field(N_("a member gets at most"), "cap", "reward_cap"),
    Field(N_("holds when"), "when", "condition"),
)
TRANSFERS = (
    Field(N_("at least"), "minimum_points", "points"),
    Field(N_("at most a day"), "maximum_points_per_day", "points"),
)
SCREENING = (
    Field(N_("mode"), "mode", "word"),
    Field(N_("limits"), "limits", "settings", {}),
)
TERMS = (Field(N_("hold where"), "where", "condition"),)
ALLOWED = N_("allowed")
SCOPES = {"all": N_("everybody together"), "member": N_("each of the members")}
VALUES = {
    "days": N_("{days} days"),
    "months": N_("{months} months"),
    "to_month": N_("to the end of the month"),
    "to_quarter": N_("to the end of the quarter"),
    "to_year": N_("to the end of the year"),
    "prolonged": N_("begun anew by each purchase and spend"),
    "window_life": N_("all the time"),
    "window_year": N_("a calendar year"),
    "window_months": N_("the last {months} months"),
    "discount": N_("{steps}, by what was spent in {window}"),
    "discount_level": N_("{rate} from {amount}"),
    "per_amount": N_("{points} for each {amount}"),
    "cap_points": N_("{points} in {days} days"),
    "cap_times": N_("{times} times in {days} days"),
    "in_all": N_("{count} in all"),
    "per_day": N_("{count} a day"),
    "per_member": N_("{count} a member"),
}
WORDS = {
    "bonus": N_("bonus points"),
    "cumulative": N_("a discount that grows"),
    "tiers": N_("tiers"),
    "combined": N_("combined"),
    "down": N_("down"),
    "nearest": N_("to the nearest"),
    "up": N_("up"),
    "receipt": N_("receipt"),
    "line": N_("line"),
    "owe": N_("kept as a debt"),
    "forgive": N_("forgiven"),
    "best": N_("the one that gives most"),
    "sum": N_("all of them"),
    "first": N_("the first"),
    "last": N_("the last"),
    "first_qualifying": N_("the first that fits"),
    "never": N_("never"),
    "no_purchase_yet": N_("before their first purchase"),
    "spend": N_("spending"),
    "points": N_("points"),
    "visits": N_("visits"),
    "referrals": N_("friends brought"),
    "soft": N_("one level down at most"),
    "hard": N_("where it measured"),
    "day": N_("day"),
    "week": N_("week"),
    "month": N_("month"),
    "quarter": N_("quarter"),
    "year": N_("year"),
    "all": N_("all the time"),
    "partial": N_("what is left is given"),
    "skip": N_("all or nothing"),
    "stop": N_("all earning ends"),
    "discount_coupon": N_("discount coupon"),
    "goods": N_("goods"),
    "event_place": N_("place at an event"),
    "gift_card": N_("gift card"),
    "money_off": N_("money off"),
    "partner_coupon": N_("partner's coupon"),
    "made": N_("made here"),
    "loaded": N_("loaded"),
    "at_once": N_("at once"),
    "by_staff": N_("by staff"),
    "join": N_("joining"),
    "qualifying": N_("the purchase that qualifies the friend"),
    "purchase": N_("one of the friend's purchases"),
    "every_purchase": N_("every purchase of the friend"),
    "milestone": N_("so many friends"),
    "advocate": N_("whoever invites"),
    "friend": N_("the friend"),
    "second_advocate": N_("whoever invited the one who invites"),
    "active": N_("active"),
    "shadow": N_("in shadow"),
}
