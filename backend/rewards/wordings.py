"""What the history and the phone say of rewards."""

from backend.shared.wording import N_, register

register(
    "rewards.order",
    title=N_("{title:text}"),
    body=N_("You ordered this for points."),
    steps=((N_("Points for it"), "{points:signed}"),),
)
register(
    "rewards.cancel",
    title=N_("Cancelled: {title:text}"),
    body=N_("The order was cancelled. The points burn when they would have burnt without it."),
    steps=((N_("Points that had paid for it"), "{points:signed}"),),
)
register(
    "reward_issued",
    title=N_("{title:text} is ready for you"),
    body=N_("Show the coupon at the till."),
)
register(
    "reward_cancelled",
    title=N_("{points:signed_points}"),
    body=N_("{title:text}: the shop cancelled the order, and the points are yours again."),
)
register(
    "reward_used",
    title=N_("{title:text} was handed over"),
    body=N_("{store:text}. Was it not you? Tell us at the till."),
)
register(
    "reward_given_back",
    title=N_("{title:text} is yours again"),
    body=N_("{store:text}: the purchase was undone, and the coupon is good as before."),
)
register(
    "reward_withdrawn",
    title=N_("{title:text} was withdrawn"),
    body=N_("What had brought it was returned or found to be against the rules. Not so? Tell us at the till."),
)
