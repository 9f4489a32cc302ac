"""The cashier's page: scan, guest and amount, done. The page itself is one; its script talks to the till API."""

from pathlib import Path

from flask import Blueprint, Flask, render_template

from backend.shared.clock import business_now
from backend.shared.i18n import _, current_locale
from backend.shared.pages import add_static_folder, allow_camera_and_wasm
from backend.staff.access import current_till, page_staff_required

blueprint = Blueprint("till_pages", __name__, template_folder="templates")


def register(app: Flask) -> None:
    """Give the application the cashier's page and the files that it loads."""
    add_static_folder(app, "till", Path(__file__).parent / "static")
    app.register_blueprint(blueprint)


@blueprint.get("/till")
@page_staff_required("cashier", "store_manager")
def cashier_page() -> str:
    """The page that stays open on the tablet all day."""
    allow_camera_and_wasm()
    till = current_till()
    return render_template(
        "till/cashier.html",
        store_name=till.store_name.get(current_locale()) or next(iter(till.store_name.values())),
        cashier_name=till.cashier_name,
        now=business_now().isoformat(),
        texts=texts(),
    )


@blueprint.get("/till/clock")
@page_staff_required("cashier", "store_manager")
def clock() -> dict[str, str]:
    """What time it is for the shop: receipts are dated by it, and a tablet's clock may be wrong."""
    return {"now": business_now().isoformat()}


def texts() -> dict[str, str]:
    """What the page's script says, by the name under which it asks for it; `{name}` stands for a fact."""
    return {
        "camera-starting": _("The camera is starting."),
        "camera-impossible": _("The camera works only over a secure connection. Type the number, or use the scanner."),
        "camera-forbidden": _("The browser may not use the camera. Allow it, type the number, or use the scanner."),
        "camera-absent": _("There is no camera here. Type the number, or use the scanner."),
        "camera-unreadable": _("The camera cannot read codes here. Type the number, or use the scanner."),
        "hold-guest": _("Hold the guest’s phone here"),
        "hold-advocate": _("Hold the friend’s invitation here"),
        "type-guest": _("Or type the card or phone"),
        "type-advocate": _("Or type the friend’s code"),
        "recommended-title": _("Recommended by a friend?"),
        "recommended-hint-guest": _("First purchase only"),
        "recommended-hint-enrol": _("Scan the friend’s invitation"),
        "recommended-by": _("Recommended by {name}"),
        "recommended-kept": _("Counts with this purchase"),
        "advocate-known": _("Recommended by {name}. Now the new guest’s phone number."),
        "not-an-invitation": _("This is not an invitation. Scan the code that the friend shares."),
        "not-a-card": _("This is not a guest’s card."),
        "empty-code": _("Scan the code, or type the card or phone."),
        "card": _("card {card}"),
        "stale": _("This code is old. Points are earned all the same; to spend, ask the guest to open it again."),
        "coming": _("{points} more coming"),
        "with-fresh-code": _("with a fresh code"),
        "confirm": _("Confirm"),
        "confirm-amount": _("Confirm {amount}"),
        "guest-found": _("{name}. Key in the amount."),
        "points-for": _("Points for {name}"),
        "no-points": _("Recorded. This receipt brings no points."),
        "receipt": _("Receipt {amount}."),
        "earlier-recorded": _("The first amount, {amount}, had been recorded already. Nothing was doubled."),
        "in-seconds": _("in {seconds} s"),
        "no-connection": _("No connection. Nothing was recorded."),
        "try-again": _("Try again."),
        "nothing-found": _("No connection. Nobody was looked up."),
        "not-enrolled": _("No connection. No card was given."),
        "failed": _("It did not go through."),
    }
