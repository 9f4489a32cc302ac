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
    "earning.rules",
    title=N_("{store:text}"),
    body=N_("For your purchase of {total:money}. Yours on {available_at:date}."),
    steps=(
        (N_("Receipt"), "{total:money}"),
        (N_("Gift cards bring no points"), "{gift_cards:money}"),
        (N_("Goods that bring no points"), "{excluded_goods:money}"),
        (N_("Paid with points"), "{paid_with_points:money}"),
        (N_("Paid in a way that brings no points"), "{excluded_payments:money}"),
        (N_("What counts"), "{counted:money}"),
        (N_("{title:text}: {what:said}"), "{points:signed}", "rules"),
        (N_("{title:text}: {reason:said}"), "–", "not_applied"),
        (N_("Rules that are not about this purchase"), "{others_count:count}"),
        (N_("The purchase keeps your points alive until"), "{prolonged_until:date}"),
    ),
)
register("earning.by_rate", title=N_("{rate_basis_points:percent} of {amount:money}"))
register("earning.by_amount", title=N_("{points:points} for each {each:money} of {amount:money}"))
register("earning.by_item", title=N_("{points:points} for each of {quantity}"))
register("earning.by_multiplier", title=N_("{times} times the points for {amount:money}"))
register("earning.by_receipt", title=N_("for the purchase"))
register("earning.condition_failed", title=N_("not this time; it asks for this: {condition:text}"))
register("earning.no_such_goods", title=N_("not this time; it is about other goods: {condition:text}"))
register("earning.less_than_a_point", title=N_("less than a point, so nothing"))
register("earning.lost_to_better", title=N_("“{winner:text}” gave more, and only one of them counts"))
register("earning.lost_to_earlier", title=N_("“{winner:text}” goes first, and only one of them counts"))
register("earning.cut_by_maximum", title=N_("at most {points:points}, instead of {of:count}"))
register(
    "earning.cut_by_stack", title=N_("{points:points} instead of {of:count}: together with others no more is given")
)
register("earning.cut_by_budget", title=N_("{points:points} instead of {of:count}: no more were left to give"))
register("earning.budget_is_over", title=N_("the points set aside for it have all been given"))
register("earning.stopped", title=N_("the points set aside have all been given, and earning has stopped for now"))
register("earning.unknown_action", title=N_("there is nothing of this name: {action}"))
register(
    "earning.activity",
    title=N_("{store:text}"),
    body=N_("This purchase brought no points. It keeps those that you have alive until {prolonged_until:date}."),
)
