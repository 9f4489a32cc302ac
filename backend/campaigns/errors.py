"""What can be wrong with a campaign, or with what is asked of it."""

from backend.shared.errors import Conflict, Invalid, NotFound
from backend.shared.i18n import _l


class UnknownCampaign(NotFound):
    """There is no campaign with this id."""

    slug = "unknown-campaign"
    title = _l("There is no such campaign")


class NoSuchAudience(Invalid):
    """The segment that was named is not there, or it is in the archive."""

    slug = "no-such-audience"
    title = _l("The segment of this campaign is not there any more")
    advice = _l("Choose another one, or none: then the campaign goes to everybody whom its kind may reach.")


class NotNow(Conflict):
    """The campaign stands where this cannot be done; `status` says where."""

    slug = "campaign-status"
    title = _l("This cannot be done with a campaign that is %(status)s")
    advice = _l("Reload the page to see how it stands now.")


class NothingRemains(Conflict):
    """Everybody was told, or cannot be told."""

    slug = "nothing-remains"
    title = _l("Nobody is left to send to")
    advice = _l("Those who failed or did not answer are not told a second time.")
