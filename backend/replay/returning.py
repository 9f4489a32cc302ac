"""Returns on trial: what paid comes back, and then what was earned goes, by the same shares as at the till."""

from collections.abc import Sequence
from datetime import datetime

from backend.programmes import earning
from backend.receipts import allocation
from backend.receipts.allocation import AllocatedLine, LineLeft, Returned
from backend.receipts.errors import MoreThanSold
from backend.receipts.sale import ReturnedLine
from backend.replay.lots import Lot
from backend.replay.member_state import Accrual, MemberOnTrial, Sold
from backend.replay.past import PastReturn


def take_back(member: MemberOnTrial, returned: PastReturn) -> None:
    """Judges a return; one that fits no sale, or is more than what is left of it, is only counted."""
    member.catch_up(returned.occurred_at)
    sold = member.sold.get(returned.number)
    try:
        if sold is None:
            raise MoreThanSold(sku="", left="0")
        amount_minor, lines = _allocate(returned, sold)
    except MoreThanSold:
        member.tally.unmatched_returns += 1
        return
    sold.returned_minor += amount_minor
    whole = Returned(sold.total_minor, sold.returned_minor)
    _give_back(member, sold, whole, returned.occurred_at)
    for accrual in sold.accruals:
        _take_points(member, sold, accrual, _part(sold, accrual, lines, whole), returned.occurred_at)
    sold.lines = _left_after(sold.lines, lines)
    _count(member, sold, amount_minor)


def _allocate(returned: PastReturn, sold: Sold) -> tuple[int, list[AllocatedLine]]:
    left_minor = sold.total_minor - sold.returned_minor
    if returned.lines:
        lines = allocation.allocate_lines(sold.lines, [_discounted(line, sold) for line in returned.lines])
        amount_minor = sum(line.amount_minor for line in lines)
        return allocation.check_amount(amount_minor, left_minor=left_minor), lines
    if returned.amount_minor is not None:
        amount_minor = returned.amount_minor * sold.total_minor // (sold.undiscounted_minor or 1)
        return allocation.check_amount(amount_minor, left_minor=left_minor), []
    return left_minor, allocation.all_that_is_left(sold.lines)


def _discounted(line: ReturnedLine, sold: Sold) -> ReturnedLine:
    """The line at the price that was paid on trial: the amount only tells which of several equal goods comes back."""
    if line.amount_minor is None or sold.total_minor == sold.undiscounted_minor:
        return line
    amount_minor = line.amount_minor * sold.total_minor // (sold.undiscounted_minor or 1)
    return ReturnedLine(sku=line.sku, quantity=line.quantity, amount_minor=amount_minor)


def _part(sold: Sold, accrual: Accrual, lines: Sequence[AllocatedLine], whole: Returned) -> Returned:
    """How much has come back in all of what earned these points."""

    def weight(line: LineLeft) -> int:
        return earning.line_weight(
            sold.programme,
            accrual.award.facts,
            position=line.position,
            category=line.category,
            amount_minor=line.amount_minor,
        )

    return allocation.earning_part(sold.lines, lines, whole=whole, weight=weight)


def _give_back(member: MemberOnTrial, sold: Sold, whole: Returned, at: datetime) -> None:
    if not sold.paid:
        return
    due = whole.points_to_give_back(points=sold.spent, given_back=sold.given_back)
    if due:
        parts = _lots_to_give_back(sold, due)
        sold.given_back += due
        member.month(at).spent -= due
        member.lots.give_back(parts, at=at)


def _lots_to_give_back(sold: Sold, points: int) -> list[tuple[Lot, int]]:
    """The lots that paid, the youngest first, past what they were given back before."""
    skipped, parts = sold.given_back, []
    for lot, paid in sold.paid:
        passed = min(skipped, paid)
        skipped -= passed
        part = min(points, paid - passed)
        points -= part
        if part:
            parts.append((lot, part))
    return parts


def _take_points(member: MemberOnTrial, sold: Sold, accrual: Accrual, part: Returned, at: datetime) -> None:
    due = part.points_to_take_back(points=accrual.award.points, taken_back=accrual.taken_back)
    if not due:
        return
    month = member.month(at)
    month.taken_back += due
    member.got.points -= due
    if sold.purchase is not None:
        sold.purchase.points -= due
    owed = member.lots.take_back(accrual.lot, due)
    if owed and member.trial.programme.returns.debt == "forgive":
        member.lots.forgive(owed)
        month.forgiven += owed
        member.got.points += owed
    _give_budgets_back(member, sold, accrual, due)
    accrual.taken_back += due


def _give_budgets_back(member: MemberOnTrial, sold: Sold, accrual: Accrual, due: int) -> None:
    """Each budget gets the same share of what was taken from it."""
    if member.budgets is None or not accrual.budgets:
        return
    points, before = accrual.award.points, accrual.taken_back
    shares = {
        budget: taken * (before + due) // points - taken * before // points for budget, taken in accrual.budgets.items()
    }
    member.budgets.give_back({budget: share for budget, share in shares.items() if share}, taken_at=sold.occurred_at)


def _left_after(lines: Sequence[LineLeft], allocated: Sequence[AllocatedLine]) -> list[LineLeft]:
    gone = {line.position: line for line in allocated}
    return [
        LineLeft(
            line.position,
            line.sku,
            line.category,
            line.quantity,
            line.amount_minor,
            line.quantity_left - gone[line.position].quantity,
            line.amount_left_minor - gone[line.position].amount_minor,
        )
        if line.position in gone
        else line
        for line in lines
    ]


def _count(member: MemberOnTrial, sold: Sold, amount_minor: int) -> None:
    """Turnover, discounts and what the member has bought are less from now on."""
    member.tally.returns += 1
    gone_minor = sold.undiscounted_minor * sold.returned_minor // (sold.total_minor or 1)
    before_minor = sold.undiscounted_minor * (sold.returned_minor - amount_minor) // (sold.total_minor or 1)
    discount_minor = gone_minor - before_minor - amount_minor
    member.tally.turnover_minor -= gone_minor - before_minor
    member.tally.discounts_minor -= discount_minor
    member.got.discount_minor -= discount_minor
    if sold.purchase is not None:
        sold.purchase.spent_minor -= amount_minor
    history = member.facts.history
    if history is not None:
        history.spent_minor -= amount_minor
        for place, (moment, spent_minor) in enumerate(history.recent):
            if moment == sold.occurred_at:
                history.recent[place] = (moment, spent_minor - amount_minor)
                break
