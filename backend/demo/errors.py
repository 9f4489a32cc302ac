"""What can stand in the way in the demo."""

from backend.shared.errors import Conflict, Forbidden, NotFound, Unavailable
from backend.shared.i18n import _l


class DoorsOfThisComputer(Forbidden):
    """The demo's doors are for the person at the computer that it runs on, not for the network around it."""

    slug = "demo-doors-of-this-computer"
    title = _l("The demo's doors open only on the computer that it runs on")
    advice = _l("Open this page there, at http://127.0.0.1:%(port)s.")


class DemoShopEmpty(Conflict):
    """The demo shop was not filled."""

    slug = "demo-shop-empty"
    title = _l("The demo shop is empty")
    advice = _l("Fill it with `molva demo seed`.")


class NobodyHere(NotFound):
    """Nobody of the demo's staff has this name."""

    slug = "demo-nobody-here"
    title = _l("Nobody of the demo's staff is called so")
    advice = _l("Take one of: %(people)s.")


class PhonesAway(Unavailable):
    """The stand-in for phones, SMS and mail does not answer."""

    slug = "demo-phones-away"
    title = _l("The demo phones do not answer")
    advice = _l("They start with `make run`. If they have just started, ask again in a moment.")


class JobsStillRunning(Unavailable):
    """The clock was moved, and what became due by it takes longer than a request should last."""

    slug = "demo-jobs-still-running"
    title = _l("The clock was moved; what became due is still being done")
    advice = _l("The worker goes on with it. Ask again with advance_seconds 0 to wait for its end.")
