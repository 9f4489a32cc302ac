"""What a person is told around signing in."""

from backend.shared.wording import N_, register

# Short enough for one text message in Cyrillic; the digits stand together, so that phones offer to fill them in.
register(
    "sign_in_code",
    title=N_("{shop:text}: your sign-in code"),
    body=N_("{code} works for {minutes} minutes. Do not tell it to anybody."),
)
register(
    "further_device",
    title=N_("Your card is on one more device"),
    body=N_("If it was not you, tell us at the till."),
)
register(
    "further_device_paused",
    title=N_("Your card is on one more device"),
    body=N_("Until {until:date}, {until:time}, no points can be spent. If it was not you, tell us at the till before."),
)
register(
    "phone_changed",
    title=N_("Your card has another phone number"),
    body=N_("If it was not you, tell us at the till."),
)
register(
    "phone_changed_paused",
    title=N_("Your card has another phone number"),
    body=N_("Until {until:date}, {until:time}, no points can be spent. If it was not you, tell us at the till before."),
)
for _kind, _what in (
    ("device", N_("The card was opened on a further device.")),
    ("browser", N_("The card was opened in a further browser.")),
    ("phone", N_("The card was moved to another phone number.")),
):
    register(f"spending_paused_{_kind}", title=_what, body=N_("For {hours:count} hours no points were spent from it."))
register(
    "transfer_given",
    title=N_("{points:signed_points} to {recipient:member another member}"),
    body=N_("Was it not you? Tell us at the till."),
)
register(
    "transfer_received",
    title=N_("{points:signed_points} from {sender:member another member}"),
    body=N_("A gift. They burn on the days on which they did before."),
)
register("transfer_refused_unknown_recipient", title=N_("Nobody here has the card number or phone you wrote"))
