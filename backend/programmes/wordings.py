"""How what a programme gave explains itself."""

from backend.shared.wording import N_, register

register(
    "earning.receipt",
    title=N_("{store:text}"),
    body=N_("{rate_basis_points:percent} of the receipt back in points. Yours on {available_at:date}."),
    steps=(
        (N_("Receipt"), "{total:money}"),
        (N_("Gift cards bring no points"), "{gift_cards:money}"),
        (N_("Goods that bring no points"), "{excluded_goods:money}"),
        (N_("Paid with points"), "{paid_with_points:money}"),
        (N_("Paid in a way that brings no points"), "{excluded_payments:money}"),
        (N_("What counts"), "{counted:money}"),
        (N_("{rate_basis_points:percent} of it, rounded down"), "{points:signed}"),
        (N_("The purchase keeps your points alive until"), "{prolonged_until:date}"),
    ),
)
register(
    "earning.activity",
    title=N_("{store:text}"),
    body=N_("This purchase brought no points. It keeps those that you have alive until {prolonged_until:date}."),
)
