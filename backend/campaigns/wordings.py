"""What the log of a campaign says."""

from backend.shared.wording import N_, register

register("campaign.created", title=N_("Written by {who}"))
register("campaign.started", title=N_("Started by {who}"))
register("campaign.scheduled", title=N_("Scheduled by {who} for {starts_at:date}, {starts_at:time}"))
register("campaign.audience", title=N_("{told:count} people are in line"))
register(
    "campaign.audience_held_out",
    title=N_("{told:count} people are in line; {held_out:count} ({percent:percent}) are held out and get nothing"),
)
register("campaign.paused", title=N_("Paused by {who}; {sending:count} were already on their way"))
register("campaign.resumed", title=N_("Resumed by {who}: nobody is skipped, nobody is told twice"))
register("campaign.stopped", title=N_("Stopped by {who}; {sending:count} were already on their way"))
register("campaign.remainder", title=N_("Sent on by {who} to those who were not reached yet"))
register("campaign.rate", title=N_("Rate set to {rate:count} a second by {who}"))
register("campaign.rate_free", title=N_("Rate set to as fast as it goes by {who}"))
register("campaign.halted", title=N_("Paused by itself: the provider refuses our credentials ({problem})"))
register("campaign.finished", title=N_("Finished: everybody who can be told was told"))
