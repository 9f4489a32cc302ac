"""One member on trial: facts, lots and tier, moved on by each sale as the till would have moved them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from backend.programmes import earning
from backend.programmes.earning import Award
from backend.programmes.engine.budgeting import UNLIMITED, BudgetView
from backend.programmes.engine.earned import Earned
from backend.programmes.engine.evaluation import evaluate
from backend.programmes.engine.facts import History, MemberFacts, ReceiptFacts
from backend.programmes.programme import Programme
from backend.receipts.allocation import LineLeft
from backend.receipts.sale import SaleLine
from backend.replay.lots import Lot, Lots
from backend.replay.past import PastSale
from backend.replay.standing import Purchase, StandingOnTrial
from backend.replay.tally import MemberTally, Month, RuleTally, Tally, month_number
from backend.replay.trial import PastBudgets, ProfileOnTrial, Trial, place_of

WHOLE_BASIS_POINTS = 10_000
UNKNOWN = ProfileOnTrial()


@dataclass(slots=True)
class Accrual:
    """An award with its lot and how much of it has gone since."""

    award: Award
    lot: Lot
    budgets: dict[str, int]
    """What it took of each budget."""
    taken_back: int = 0


@dataclass(slots=True)
class Sold:
    """A sale of which something comes back later."""

    occurred_at: datetime
    programme: Programme
    """By whose terms it was judged."""
    total_minor: int
    undiscounted_minor: int
    lines: list[LineLeft]
    accruals: list[Accrual]
    paid: list[tuple[Lot, int]]
    """What paid with points, the youngest lot first."""
    purchase: Purchase | None
    returned_minor: int = 0
    given_back: int = 0
    discount_given_back_minor: int = 0

    @property
    def spent(self) -> int:
        """How many points paid."""
        return sum(points for _lot, points in self.paid)


@dataclass(slots=True)
class MemberOnTrial:
    """A member whose past is judged; `tally` counts what happens."""

    trial: Trial
    tally: Tally
    facts: MemberFacts
    spends: bool
    comes_back: frozenset[str]
    """The numbers of the sales of which something comes back."""
    budgets: PastBudgets | None
    standing: StandingOnTrial | None
    got: MemberTally
    lots: Lots = field(init=False)
    sold: dict[str, Sold] = field(default_factory=dict)
    window: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        self.lots = Lots(self._burn)
        self.window = timedelta(days=self.trial.programme.needs.window_days)

    @classmethod
    def newcomer(
        cls,
        trial: Trial,
        tally: Tally,
        *,
        member: str,
        joined_at: datetime,
        comes_back: frozenset[str],
    ) -> "MemberOnTrial":
        """A member before the first purchase."""
        programme, profile = trial.programme, trial.profiles.get(member, UNKNOWN)
        return cls(
            trial=trial,
            tally=tally,
            facts=MemberFacts(
                joined_at=profile.joined_at or joined_at,
                birthday=profile.birthday,
                language=profile.language,
                segments=trial.segments.get(member, frozenset()),
                history=History(0, 0) if programme.needs.history else None,
            ),
            spends=trial.spends(member),
            comes_back=comes_back,
            budgets=PastBudgets(programme, trial.zone, tally.budgets) if programme.budgets else None,
            standing=StandingOnTrial(programme, trial.zone) if programme.tiers or programme.discount else None,
            got=tally.members.setdefault(member, MemberTally()),
        )

    def sell(self, sale: PastSale) -> None:
        """Judges a sale: the discount first, then what is paid with points, then what it earns."""
        at = sale.occurred_at
        self.catch_up(at)
        total_minor, lines = self._discounted(sale)
        programme = self.trial.programme.terms_for(sale.store, self.facts)
        month = self.month(at)
        paid = self._pay(programme, total_minor, month) if self.spends else []
        receipt = ReceiptFacts(
            occurred_at=at,
            total_minor=total_minor,
            store=sale.store,
            shop_zone=self.trial.zone,
            lines=lines,
            payments=sale.payments,
            paid_with_points_minor=sum(points for _lot, points in paid) * programme.point_value_minor,
            source="import",
        )
        view: BudgetView = UNLIMITED if self.budgets is None else self.budgets.at(at)
        earned = evaluate(self.trial.programme, receipt, self.facts, view, explained=False)
        accruals, points = self._credit(earned, at)
        month.given += points
        self._prolong(programme, at)
        self._count(sale, total_minor)
        purchase = self._remember(at, total_minor, points)
        if sale.number in self.comes_back:
            self.sold[sale.number] = Sold(
                at,
                programme,
                total_minor,
                sale.total_minor,
                [
                    LineLeft(
                        place, one.sku, one.category, one.quantity, one.amount_minor, one.quantity, one.amount_minor
                    )
                    for place, one in enumerate(lines, start=1)
                ],
                accruals,
                paid[::-1],
                purchase,
            )

    def finish(self, until: datetime) -> None:
        """The past has ended."""
        self.catch_up(until)
        self.tally.owed += self.lots.debt
        if self.trial.programme.tiers is not None and self.standing is not None:
            self.tally.tiers[self.standing.tier or ""] += 1

    def catch_up(self, at: datetime) -> None:
        """What time does by itself: points come and burn, tiers are reviewed."""
        self.lots.catch_up(at)
        if self.standing is not None:
            self.standing.catch_up(at)
            self.facts.tier = self.standing.tier

    def month(self, at: datetime) -> Month:
        """Where what happens at this moment is counted."""
        return self.tally.months[month_number(at.astimezone(place_of(self.trial.zone)))]

    def _burn(self, at: datetime, points: int) -> None:
        self.month(at).burnt += points

    def _discounted(self, sale: PastSale) -> tuple[int, tuple[SaleLine, ...]]:
        """The receipt as the till would have told it: less the discount that the member has reached."""
        rate = self.standing.discount_basis_points(sale.occurred_at) if self.standing is not None else 0
        if not rate:
            return sale.total_minor, sale.lines
        lines = tuple(
            SaleLine(line.sku, line.quantity, less(line.amount_minor, rate), line.category) for line in sale.lines
        )
        return sum(line.amount_minor for line in lines) if lines else less(sale.total_minor, rate), lines

    def _pay(self, programme: Programme, total_minor: int, month: Month) -> list[tuple[Lot, int]]:
        points = min(self.lots.available, programme.points_payable(total_minor))
        if points <= 0:
            return []
        month.spent += points
        return self.lots.spend(points)

    def _credit(self, earned: Earned, at: datetime) -> tuple[list[Accrual], int]:
        rules = self.tally.rules
        for one in earned.rules:
            counted = rules.get(one.rule)
            if counted is None:
                counted = rules[one.rule] = RuleTally(one.title)
            counted.receipts += 1
            counted.points += one.points
        accruals, given = [], 0
        for award in earned.awards:
            if award.points:
                given += award.points
                lot = self.lots.credit(
                    award.points, available_at=award.available_at, expires_at=award.expires_at, at=at
                )
                accruals.append(Accrual(award, lot, award.facts.get("budgets") or {}))
        self.got.points += given
        return accruals, given

    def _prolong(self, programme: Programme, at: datetime) -> None:
        until = earning.prolonged_until(programme, at, zone=self.trial.zone)
        if until is not None:
            self.lots.prolong(at=at, until=until)

    def _count(self, sale: PastSale, total_minor: int) -> None:
        discount_minor = sale.total_minor - total_minor
        self.tally.receipts += 1
        self.tally.turnover_minor += sale.total_minor
        self.tally.discounts_minor += discount_minor
        self.got.discount_minor += discount_minor

    def _remember(self, at: datetime, total_minor: int, points: int) -> Purchase | None:
        history = self.facts.history
        if history is not None:
            history.add(at, total_minor)
            recent, since = history.recent, at - self.window
            while recent and recent[0][0] < since:
                recent.popleft()
        return None if self.standing is None else self.standing.add(at, spent_minor=total_minor, points=points)


def less(amount_minor: int, rate_basis_points: int) -> int:
    """An amount less a discount, which is rounded down."""
    return amount_minor - amount_minor * rate_basis_points // WHOLE_BASIS_POINTS
