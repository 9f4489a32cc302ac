"""What the ledger says of its own events."""

from backend.shared.wording import N_, register

register("ledger.release", title=N_("Points became available"), body=N_("The return window is over."))
# What came after an entry, told with it.
register(
    "ledger.held",
    title=N_("A person looks at it first"),
    body=N_("{reason:said}. A person looks at the purchase first, by {due_at:date} at the latest."),
    steps=((N_("A person looks at it first, at the latest on"), "{due_at:date}"),),
)
register(
    "ledger.held_late",
    title=N_("A person looks at it first"),
    body=N_("{reason:said}. A person looks at the purchase first. We promised it by {due_at:date}, and are late."),
    steps=((N_("A person looks at it first, promised by"), "{due_at:date}"),),
)
register(
    "ledger.owed_paid",
    title=N_("Paid off what was owed"),
    steps=((N_("Of these, paid off what was owed"), "{owed_paid:points}"),),
)
register(
    "ledger.expiry",
    title=N_("Points burnt"),
    body=N_("These points became available on {available_at:date} and were not spent in time."),
    steps=((N_("Available since"), "{available_at:date}"), (N_("Burnt"), "{points:points}")),
)
register(
    "ledger.transfer_given",
    title=N_("To {recipient:member another member}"),
    body=N_("You gave these points away. Whoever got them can spend them until the day on which they burn."),
    steps=((N_("Given away"), "{points:signed}"),),
)
register(
    "ledger.transfer_received",
    title=N_("From {sender:member another member}"),
    body=N_("{sender:member Another member} gave you these points. They burn on the day on which they did before."),
    steps=(
        (N_("Given to you"), "{points_given:signed}"),
        (N_("Of these, burning on this day"), "{points_of_day:signed}"),
    ),
)
register(
    "ledger.import",
    title=N_("Brought over from the earlier programme"),
    body=N_("The shop brought these points over when it changed its programme."),
    steps=((N_("Brought over"), "{points:signed}"), (N_("Noted then"), "{note}")),
)

# Staff chooses one of these reasons; what else staff wrote down is not for the participant. Each has a text for points
# that were added and one for points that were taken.
ADJUSTMENTS = {
    "goodwill": (
        N_("Adjusted by the shop: a sign of goodwill"),
        N_("The shop added {size:points} as a sign of goodwill. They can be spent now."),
        N_("The shop took {size:points} back that it had given as a sign of goodwill. Not so? Tell us at the till."),
    ),
    "correction": (
        N_("Adjusted by the shop: a correction"),
        N_("Something was counted wrong, and the shop added {size:points}. They can be spent now."),
        N_("Something was counted wrong, and the shop took {size:points}. Not so? Tell us at the till."),
    ),
    "complaint": (
        N_("Adjusted by the shop: your complaint"),
        N_("The shop looked at your complaint and added {size:points}. They can be spent now."),
        N_("The shop looked at a complaint and took {size:points}. Not so? Tell us at the till."),
    ),
    "migration": (
        N_("Adjusted by the shop: your earlier card"),
        N_("The shop brought {size:points} over from your earlier card. They can be spent now."),
        N_("While bringing your earlier card over, the shop took {size:points}. Not so? Tell us at the till."),
    ),
    "promotion": (
        N_("Adjusted by the shop: a promotion"),
        N_("The shop added {size:points} for a promotion. They can be spent now."),
        N_("The terms of a promotion were not met, and the shop took {size:points}. Not so? Tell us at the till."),
    ),
}
ADDED_OWED = N_("The shop added {size:points}. Of these, {owed_paid:points} paid off what you owed.")
ADDED_STEPS = (
    (N_("Added by the shop"), "{points:signed}"),
    (N_("Of these, paid off what was owed"), "{owed_paid:points}"),
)
TAKEN_STEPS = ((N_("Taken by the shop"), "{points:signed}"),)
for reason, (title, added, taken) in ADJUSTMENTS.items():
    register(f"ledger.adjustment.{reason}.added", title=title, body=added, steps=ADDED_STEPS)
    register(f"ledger.adjustment.{reason}.taken", title=title, body=taken, steps=TAKEN_STEPS)
    register(f"ledger.adjustment.{reason}.added_owed", title=title, body=ADDED_OWED, steps=ADDED_STEPS)
    register(f"points_adjusted.{reason}.added_owed", title=N_("{points:signed_points}"), body=ADDED_OWED)
    register(f"points_adjusted.{reason}.added", title=N_("{points:signed_points}"), body=added)
    register(f"points_adjusted.{reason}.taken", title=N_("{points:signed_points}"), body=taken)
