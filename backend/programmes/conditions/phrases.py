"""The words for what a condition may look at, and for how values stand to each other."""

from backend.shared.wording import N_

SUBJECTS = {
    "receipt.total": N_("the receipt"),
    "receipt.counted": N_("what counts of the receipt"),
    "receipt.paid_with_points": N_("what is paid with points"),
    "receipt.quantity": N_("the quantity of goods"),
    "receipt.categories": N_("the categories on the receipt"),
    "receipt.skus": N_("the goods on the receipt"),
    "receipt.payment_kinds": N_("the ways of payment"),
    "receipt.source": N_("where the receipt comes from"),
    "receipt.amount_of": N_("the amount of “{value}”"),
    "receipt.quantity_of": N_("the quantity of “{value}”"),
    "line.sku": N_("the product"),
    "line.category": N_("the category"),
    "line.amount": N_("the amount of the line"),
    "line.unit_price": N_("the price"),
    "line.quantity": N_("the quantity"),
    "store.code": N_("the store"),
    "store.region": N_("the region"),
    "store.country": N_("the country"),
    "at.date": N_("the date"),
    "at.time": N_("the time"),
    "at.weekday": N_("the day"),
    "at.month": N_("the month"),
    "at.day": N_("the day of the month"),
    "at.hour": N_("the hour"),
    "member.tier": N_("the tier"),
    "member.segments": N_("the segments"),
    "member.purchases": N_("the number of earlier purchases"),
    "member.purchases_in_days": N_("the number of purchases in {value} days"),
    "member.visits_in_days": N_("the number of days with purchases in {value} days"),
    "member.spent": N_("all that was spent"),
    "member.spent_in_days": N_("what was spent in {value} days"),
    "member.joined_days": N_("the number of days since joining"),
    "member.language": N_("the language"),
    "member.referrals": N_("the number of friends brought"),
    "size": N_("the number of: {value}"),
}
RELATIONS = {
    "==": N_("{left} is {right}"),
    "!=": N_("{left} is not {right}"),
    ">": N_("{left} is more than {right}"),
    ">=": N_("{left} is at least {right}"),
    "<": N_("{left} is less than {right}"),
    "<=": N_("{left} is at most {right}"),
    "in": N_("{left} is {right}"),
}
IN_TIME = {
    ">": N_("{left} is after {right}"),
    ">=": N_("{left} is {right} or after"),
    "<": N_("{left} is before {right}"),
    "<=": N_("{left} is {right} or before"),
}
"""How days and hours stand to each other."""
TURNED = {"==": "==", "!=": "!=", ">": "<", ">=": "<=", "<": ">", "<=": ">="}
"""The same relation told from the other side: a value that is written out is said last."""
HOLDS = {
    "exists": N_("there is a line of which {text}"),
    "all": N_("of every line {text}"),
    "startsWith": N_("{subject} begins with {text}"),
    "endsWith": N_("{subject} ends with {text}"),
    "contains": N_("{subject} contains {text}"),
    "member.birthday_within_days": N_("the birthday is within {value} days"),
}
SPECIAL = {
    "first_purchase": N_("it is the first purchase"),
    "each_purchase": N_("it is purchase number {each}, {twice} and so on"),
    "no_tier": N_("no tier has been reached"),
    "member.segments": N_("the member is in the segment {text}"),
    "receipt.categories": N_("{text} is on the receipt"),
    "receipt.skus": N_("{text} is on the receipt"),
    "receipt.payment_kinds": N_("something is paid by {text}"),
}
CHOICES = {
    "true": N_("yes"),
    "false": N_("no"),
    "mon": N_("Monday"),
    "tue": N_("Tuesday"),
    "wed": N_("Wednesday"),
    "thu": N_("Thursday"),
    "fri": N_("Friday"),
    "sat": N_("Saturday"),
    "sun": N_("Sunday"),
    "card": N_("card"),
    "cash": N_("cash"),
    "gift_card": N_("gift card"),
    "points": N_("points"),
    "other": N_("other means"),
    "till": N_("a till"),
    "offline": N_("a till without a network"),
    "import": N_("an import of the past"),
    "ru": N_("Russian"),
    "en": N_("English"),
}
