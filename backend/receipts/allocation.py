"""How a return falls on a receipt's lines and on the points that it earned; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from backend.receipts.errors import AmountNotMatchingLines, MoreThanSold
from backend.receipts.sale import ReturnedLine


@dataclass(frozen=True, slots=True)
class LineLeft:
    """A line of the sale with what has not come back of it yet."""

    position: int
    sku: str
    category: str | None
    quantity: Decimal
    amount_minor: int
    quantity_left: Decimal
    amount_left_minor: int


@dataclass(frozen=True, slots=True)
class AllocatedLine:
    """What of a line comes back now."""

    position: int
    quantity: Decimal
    amount_minor: int


def allocate_lines(lines: Sequence[LineLeft], returned: Sequence[ReturnedLine]) -> list[AllocatedLine]:
    """Finds the returned goods among the lines, by SKU, first line first. The last of a line takes its remaining
    amount, so that nothing is lost to rounding.

    Raises:
        MoreThanSold: more of an SKU comes back than is left of it.
    """
    left = {line.position: (line.quantity_left, line.amount_left_minor) for line in lines}
    allocated: dict[int, AllocatedLine] = {}
    for wanted in returned:
        missing = wanted.quantity
        for line in _candidates(lines, wanted):
            quantity_left, amount_left_minor = left[line.position]
            part = min(missing, quantity_left)
            if part <= 0:
                continue
            amount_minor = _share(line, part, quantity_left, amount_left_minor)
            left[line.position] = (quantity_left - part, amount_left_minor - amount_minor)
            before = allocated.get(line.position, AllocatedLine(line.position, Decimal(0), 0))
            allocated[line.position] = AllocatedLine(
                line.position, before.quantity + part, before.amount_minor + amount_minor
            )
            missing -= part
        if missing > 0:
            raise MoreThanSold(sku=wanted.sku, left=str((wanted.quantity - missing).normalize()))
    return list(allocated.values())


def _candidates(lines: Sequence[LineLeft], wanted: ReturnedLine) -> list[LineLeft]:
    """The lines of the SKU, or the one that the till names; where it names the amount, those first that were sold at
    that price.
    """
    of_sku = [line for line in lines if line.sku == wanted.sku and wanted.position in {None, line.position}]
    if wanted.amount_minor is None:
        return of_sku
    price = Decimal(wanted.amount_minor) / wanted.quantity
    return sorted(of_sku, key=lambda line: abs(Decimal(line.amount_minor) / line.quantity - price))


def all_that_is_left(lines: Sequence[LineLeft]) -> list[AllocatedLine]:
    """Every line with what has not come back of it yet."""
    return [
        AllocatedLine(line.position, line.quantity_left, line.amount_left_minor)
        for line in lines
        if line.quantity_left > 0 or line.amount_left_minor > 0
    ]


def _share(line: LineLeft, part: Decimal, quantity_left: Decimal, amount_left_minor: int) -> int:
    if part == quantity_left:
        return amount_left_minor
    return min(amount_left_minor, int(Decimal(line.amount_minor) * part / line.quantity))


def points_to_take_back(*, points: int, taken_back: int, total_minor: int, returned_minor: int) -> int:
    """How many of a receipt's points go, after `returned_minor` of `total_minor` has come back in all.

    What is kept is the share of what was kept, rounded down, as it was earned; so a whole return, in however many
    parts, takes back all and nothing more.
    """
    if total_minor == 0:
        return points - taken_back
    kept = points * (total_minor - returned_minor) // total_minor
    return max(0, points - kept - taken_back)


@dataclass(frozen=True, slots=True)
class Returned:
    """How much of a receipt has come back in all, in minor units."""

    total_minor: int
    returned_minor: int

    def points_to_take_back(self, *, points: int, taken_back: int) -> int:
        """How many points that the receipt brought go now, so many having gone before."""
        return points_to_take_back(
            points=points, taken_back=taken_back, total_minor=self.total_minor, returned_minor=self.returned_minor
        )

    def points_to_give_back(self, *, points: int, given_back: int) -> int:
        """How many points that paid the receipt come back now: their share, rounded down until the last comes."""
        if self.total_minor == 0:
            return points - given_back
        return points * self.returned_minor // self.total_minor - given_back

    def refunded_minor(self, *, paid_with_points_minor: int) -> int:
        """What was refunded in money in all: what came back less the share of it that points have paid."""
        if self.total_minor == 0:
            return 0
        return self.returned_minor - paid_with_points_minor * self.returned_minor // self.total_minor


def earning_part(
    lines: Sequence[LineLeft], allocated: Sequence[AllocatedLine], *, whole: Returned, weight: Callable[[LineLeft], int]
) -> Returned:
    """How much has come back in all of what earned points, for a receipt whose lines have brought more or fewer of
    them, each by its `weight`: 0 for one that brought none.

    A line that comes back takes the points that it earned, if any. An amount that names no lines takes its share of
    whatever is still sold. The two scale the parts, whose ratio is what counts.
    """
    now = {line.position: line for line in allocated}
    by_lines_minor, earned, earned_returned = 0, 0, Fraction(0)
    for line in lines:
        by_lines_minor += line.amount_minor - line.amount_left_minor
        by_lines_minor += now[line.position].amount_minor if line.position in now else 0
        line_weight = weight(line)
        earned += line_weight
        earned_returned += line_weight * _returned_share(line, now.get(line.position))
    still_by_lines_minor = whole.total_minor - by_lines_minor
    if earned == 0 or still_by_lines_minor <= 0 or whole.returned_minor >= whole.total_minor:
        return Returned(1, 1)
    total = earned * earned_returned.denominator * still_by_lines_minor
    kept = earned * earned_returned.denominator - earned_returned.numerator
    return Returned(total, total - kept * (whole.total_minor - whole.returned_minor))


def _returned_share(line: LineLeft, now: AllocatedLine | None) -> Fraction:
    """How much of a line has come back in all: of its amount, or of its quantity where it cost nothing."""
    if line.amount_minor:
        returned_minor = line.amount_minor - line.amount_left_minor + (now.amount_minor if now else 0)
        return Fraction(returned_minor, line.amount_minor)
    if not line.quantity:
        return Fraction(0)
    returned = line.quantity - line.quantity_left + (now.quantity if now else 0)
    return Fraction(returned) / Fraction(line.quantity)


def check_amount(amount_minor: int, *, left_minor: int) -> int:
    """The amount that comes back, where lines do not say it.

    Raises:
        MoreThanSold: it is more than what is left of the receipt.
    """
    if amount_minor > left_minor:
        raise MoreThanSold(sku="", left=str(left_minor))
    return amount_minor


def check_lines_amount(allocated: Sequence[AllocatedLine], amount_minor: int | None) -> int:
    """The lines' amount, which must be the one that the till names, if it names one.

    Raises:
        AmountNotMatchingLines: the two differ.
    """
    found = sum(line.amount_minor for line in allocated)
    if amount_minor is not None and amount_minor != found:
        raise AmountNotMatchingLines(amount_minor=amount_minor, lines_minor=found)
    return found
