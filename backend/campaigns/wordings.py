"""What the log of a campaign says."""

from backend.shared.wording import N_, register

register("campaign.created", title=N_("Written by {who}"))
register("campaign.rewritten", title=N_("Rewritten by {who}"))
register("campaign.started", title=N_("Started by {who}"))
register("campaign.scheduled", title=N_("Scheduled by {who} for {starts_at:date}, {starts_at:time}"))
register("campaign.segment", title=N_("For the segment “{segment}”, as its version {version:count} has it"))
register("campaign.audience", title=N_("Everybody is in line: {told:count}"))
register(
    "campaign.audience_held_out",
    title=N_("Everybody is in line: {told:count}. Held out, to compare with: {held_out:count} ({percent:percent})"),
)
register("campaign.paused", title=N_("Paused by {who}. Already on the way: {sending:count}"))
register("campaign.resumed", title=N_("Resumed by {who}. Nobody is skipped, nobody is told twice"))
register("campaign.stopped", title=N_("Stopped by {who}. Already on the way: {sending:count}"))
register("campaign.remainder", title=N_("Sent on by {who} to those who were not reached yet"))
register("campaign.rate", title=N_("Rate set to {rate:count} a second by {who}"))
register("campaign.rate_free", title=N_("Rate set to as fast as it goes by {who}"))
register("campaign.halted", title=N_("Paused by itself: the provider refuses our credentials ({problem})"))
register("campaign.finished", title=N_("Finished: everybody who can be told was told"))
