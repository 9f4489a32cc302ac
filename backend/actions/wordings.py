"""How points for what is no purchase explain themselves, and what is said where there are none."""

from backend.shared.wording import N_, register

register(
    "actions.done",
    title=N_("{title:text}"),
    body=N_("Not for a purchase. Yours on {available_at:date}."),
    steps=((N_("{title:text}"), "{points:signed}"),),
)
register(
    "action_done",
    title=N_("{points:signed_points}"),
    body=N_("{title:text}. Yours on {available_at:date}."),
)
register("actions.done_often_enough", title=N_("It brings points only so many times: {times:count}"))
register("actions.done_often_enough_today", title=N_("It brings points only so many times a day: {times:count}"))
