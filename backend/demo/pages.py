"""The demo's pages: where to begin, what the phones show, and the doors of the staff."""

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from backend.demo.access import demo_only, from_this_computer
from backend.demo.arrivals import arrivals
from backend.demo.cast import ALICE, BORIS, FRIENDS_PHONE, STAFF
from backend.demo.errors import DemoShopEmpty, NobodyHere, PhonesAway
from backend.demo.phone_screens import Table, lay_out, written
from backend.demo.queries import find_demo_shop
from backend.demo.routes import move_clock
from backend.members import queries as members
from backend.members.addresses import REGION_DEFAULT, parse_phone
from backend.members.sign_in_codes import contact_lookup
from backend.referrals import codes, qr
from backend.referrals import queries as referrals
from backend.shared.access import public
from backend.shared.clock import business_now
from backend.shared.db import db, transaction
from backend.staff import queries as staff
from backend.staff import sessions
from backend.staff.csrf import check_csrf
from backend.staff.pages import enter

blueprint = Blueprint("demo_pages", __name__, template_folder="templates")

DAY_SECONDS = 24 * 3600
# A day more than the demo programme's points wait.
RETURN_WINDOW_DAYS = 15
ALICES_CHANNEL = "qr"


@blueprint.get("/")
@public
def start() -> str:
    """What to try, in the order in which it makes sense."""
    return render_template(
        "demo/start.html",
        link=_alices_link(),
        filled=find_demo_shop(db.session()) is not None,
        at_this_computer=from_this_computer(),
        port=current_app.config["MOLVA"].port,
        alice=ALICE.name.split()[0],
        alices_phone=written(ALICE.phone),
        boris=BORIS.name.split()[0],
        boriss_phone=written(BORIS.phone),
        friends_phone=written(FRIENDS_PHONE),
        now=business_now(),
        days=RETURN_WINDOW_DAYS,
    )


@blueprint.get("/demo/invitation.svg")
@public
def invitation_picture() -> Response:
    """The QR code of Alice's invitation."""
    link = _alices_link()
    if link is None:
        raise DemoShopEmpty
    return Response(qr.svg(link), content_type="image/svg+xml")


@blueprint.get("/demo/phone")
@demo_only
def phone() -> str:
    """What arrives on the demo phones, live."""
    return render_template("demo/phone.html", now=business_now(), days=RETURN_WINDOW_DAYS, **_phones())


@blueprint.get("/demo/phone/screens")
@demo_only
def phone_screens() -> AnyResponse:
    """The phones alone, for the page to keep itself fresh; 304 while nothing new came."""
    response = make_response(render_template("demo/screens.html", now=business_now(), **_phones()))
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)


@blueprint.post("/demo/later")
@demo_only
def later() -> AnyResponse:
    """Moves the clock by one of the page's buttons, and leads back to the page."""
    check_csrf()
    days = RETURN_WINDOW_DAYS if request.form.get("days") == str(RETURN_WINDOW_DAYS) else 1
    move_clock(days * DAY_SECONDS)
    back = "demo_pages.phone" if request.form.get("back") == "phone" else "demo_pages.start"
    return redirect(url_for(back), code=303)


@blueprint.get("/demo/sign-in")
@demo_only
def sign_in() -> AnyResponse:
    """Signs this browser in as somebody of the demo's staff, and goes to that person's first page."""
    person = STAFF.get(request.args.get("as", ""))
    if person is None:
        raise NobodyHere(people=", ".join(STAFF))
    with transaction() as session:
        member = staff.staff_member_named(session, person.name)
        if member is None:
            raise DemoShopEmpty
        signed_in = sessions.open_page_session(session, staff_id=member.id)
    return enter(signed_in)


def _phones() -> dict[str, Table | None]:
    try:
        return {"table": lay_out(db.session(), arrivals())}
    except PhonesAway:
        return {"table": None}


def _alices_link() -> str | None:
    session = db.session()
    alice_id = members.member_of_contact(session, contact_lookup(parse_phone(ALICE.phone, region=REGION_DEFAULT)))
    code = referrals.code_of(session, alice_id) if alice_id else None
    return codes.link(current_app.config["MOLVA"].public_url, code, channel=ALICES_CHANNEL) if code else None
