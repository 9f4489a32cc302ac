"""What opens at the shop's own address: guests go on to their card, and staff to the till and the console."""

from flask import Blueprint, render_template

from backend.cabinet import landing_cookies as cookies
from backend.cabinet import landing_steps as steps
from backend.cabinet.app_links import store_link
from backend.shared.access import public
from backend.shared.db import run_transaction
from backend.shared.i18n import current_locale
from backend.shops.queries import find_shop

blueprint = Blueprint("front_door", __name__, template_folder="templates")


@blueprint.get("/")
@public
def front_door() -> str:
    """What the card brings, with the invitation that this browser remembers, and the ways on."""
    page, shop = run_transaction(
        lambda session: (steps.page_of_visits(session, cookies.read_visits()), find_shop(session))
    )
    return render_template(
        "cabinet/front_door.html",
        locale=current_locale(),
        page=page,
        is_open=shop is not None,
        store_link=store_link(page),
    )
