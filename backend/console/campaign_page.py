"""What the page of one campaign shows, put together from the campaign and its counts. No database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from backend.campaigns.queries import CampaignView
from backend.shared import formatting
from backend.shared.i18n import _, _l, current_locale


@dataclass(frozen=True)
class StateRow:
    """One line of the table of states."""

    state: str
    name: str
    meaning: str
    icon: str
    colour: str
    count: int
    share: str


@dataclass(frozen=True)
class Standing:
    """How a campaign stands, in a pill: words, icon and colour."""

    words: Any
    icon: str
    colour: str


# In the order of the bar: what is done, what is coming, what will not come.
STATES = (
    ("accepted", _l("Accepted"), "circle-check", "rewarded"),
    ("sending", _l("Sending"), "send", "info"),
    ("queued", _l("Queued"), "clock", "neutral"),
    ("held", _l("Held"), "moon", "pending"),
    ("failed", _l("Failed"), "circle-x", "rejected"),
    ("unknown", _l("Unknown"), "help-circle", "expiring"),
    ("dropped", _l("Dropped"), "user-off", "line"),
)
STANDINGS = {
    "draft": Standing(_l("Draft"), "pencil", "neutral"),
    "scheduled": Standing(_l("Scheduled"), "clock", "info"),
    "running": Standing(_l("Sending"), "send", "info"),
    "paused": Standing(_l("Paused"), "player-pause", "pending"),
    "stopped": Standing(_l("Stopped"), "player-stop", "neutral"),
    "finished": Standing(_l("Finished"), "circle-check", "rewarded"),
}
KIND_NAMES = {"marketing": _l("Marketing"), "service": _l("Service")}


def standing(campaign: CampaignView, *, now: datetime) -> Standing:
    """Where the campaign stands; a running one whose time has not come is scheduled."""
    if campaign.status == "running" and campaign.starts_at is not None and campaign.starts_at > now:
        return STANDINGS["scheduled"]
    return STANDINGS[campaign.status]


def people(campaign: CampaignView) -> int:
    """How many people are in line, were told, or cannot be told."""
    return sum(campaign.counts.values())


def state_rows(campaign: CampaignView) -> list[StateRow]:
    """The table of states, all of them, in the reader's language."""
    total = people(campaign)
    return [
        StateRow(state, str(name), _meaning(state, campaign), icon, colour, count, _share(count, total))
        for state, name, icon, colour in STATES
        for count in (campaign.counts[state],)
    ]


def moment_words(moment: datetime, *, zone: str, now: datetime) -> str:
    """A moment in the middle of a sentence: `today at 12:35`, `23 November, 09:00`."""
    today = formatting.day_in(now, zone)
    if formatting.day_in(moment, zone) == today:
        return str(_("today at %(time)s", time=formatting.time(moment, locale=current_locale(), zone=zone)))
    return formatting.date_and_time(moment, locale=current_locale(), zone=zone, today=today)


def log_moment(moment: datetime, *, zone: str, now: datetime) -> str:
    """When something happened: to the second today, for what is done to a campaign follows fast; otherwise the day."""
    if formatting.day_in(moment, zone) == formatting.day_in(now, zone):
        return f"{moment.astimezone(ZoneInfo(zone)):%H:%M:%S}"
    return moment_words(moment, zone=zone, now=now)


def outlook(campaign: CampaignView, *, held_until: str | None) -> str:
    """What is still to come, in words; empty where nothing is."""
    if campaign.status != "running":
        return ""
    if not campaign.audience_complete and campaign.counts["queued"]:
        return str(_("people are being put in line"))
    words = []
    queued = campaign.counts["queued"]
    if queued and campaign.rate_per_second:
        words.append(_("about %(duration)s left for the queue", duration=_duration(queued // campaign.rate_per_second)))
    if campaign.counts["held"] and held_until:
        words.append(_("the first held ones from %(moment)s", moment=held_until))
    return "; ".join(words)


def rate_words(rate_per_second: int | None) -> str:
    """The rate, as the settings show it."""
    if rate_per_second is None:
        return str(_("as fast as it goes"))
    return str(_("%(count)s a second", count=formatting.count(rate_per_second, locale=current_locale())))


def _meaning(state: str, campaign: CampaignView) -> str:
    meanings = {
        "accepted": _("the provider took it for delivery"),
        "sending": _("in flight now"),
        "queued": _meaning_of_queued(campaign),
        "held": _("night where they are, or twice this week"),
        "failed": _("refused for good"),
        "unknown": _("no answer came: not repeated by itself"),
        "dropped": _("withdrew consent, no device, or too late"),
    }
    return str(meanings[state])


def _meaning_of_queued(campaign: CampaignView) -> str:
    if campaign.status == "paused":
        return str(_("wait until you resume"))
    if campaign.status == "stopped":
        return str(_("not sent: it was stopped"))
    if campaign.status == "finished":
        return str(_("nobody is left in line"))
    if campaign.rate_per_second is None:
        return str(_("go as fast as they can"))
    rate = formatting.count(campaign.rate_per_second, locale=current_locale())
    return str(_("go at %(count)s a second", count=rate))


def _share(count: int, total: int) -> str:
    if not total:
        return "–"
    tenths_of_percent = round(1000 * count / total)
    # A thousandth that is not nobody must not read as 0 %.
    return formatting.percent(max(tenths_of_percent, 1 if count else 0) * 10, locale=current_locale())


def _duration(seconds: int) -> str:
    if seconds < 60:
        return str(_("%(count)s s", count=max(seconds, 1)))
    if seconds < 3600:
        return str(_("%(count)s min", count=round(seconds / 60)))
    return str(_("%(count)s h", count=round(seconds / 3600)))
