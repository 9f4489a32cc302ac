"""What the ledger says of its own events."""

from backend.shared.wording import N_, register

register("ledger.release", title=N_("Points became available"), body=N_("The return window is over."))
register(
    "ledger.expiry",
    title=N_("Points burnt"),
    body=N_("These points became available on {available_at:date} and were not spent in time."),
    steps=((N_("Available since"), "{available_at:date}"), (N_("Burnt"), "{points:points}")),
)
