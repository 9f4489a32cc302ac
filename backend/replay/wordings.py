"""What stopped a replay, in words."""

from backend.shared.wording import N_, register

register(
    "replay.no_receipts",
    title=N_("There are no receipts to judge"),
    body=N_("Nobody has bought anything in that time in the programme's currency."),
)
register(
    "replay.wrong_file",
    title=N_("The file cannot be read"),
    body=N_("It is neither of our columns nor of UCI Online Retail's, or it ends too early."),
)
register(
    "replay.given_up",
    title=N_("It was begun {attempts:count} times and never came to its end"),
    body=N_("The machine may be short of memory. Try a shorter time or fewer receipts."),
)
register(
    "replay.broken",
    title=N_("Something broke on our side"),
    body=N_("The server's log says what. Nothing was changed by it."),
)
