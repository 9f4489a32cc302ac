"""A page to be printed and hung up: an invitation, or the shop's own, with its QR code. A5, as a browser prints it."""

from urllib.parse import quote, unquote

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from backend.cabinet import landing_steps as steps
from backend.cabinet.guessing import limit_wrong_codes, note_wrong_code
from backend.members import queries as members
from backend.referrals import codes, qr
from backend.referrals import service as referrals
from backend.referrals.codes import OwnCode
from backend.referrals.errors import UnknownReferralCode
from backend.shared.access import public
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shared.i18n import current_locale

blueprint = Blueprint("poster", __name__, template_folder="templates")
CHANNEL = "print"


@blueprint.get("/r/<code>/poster")
@public
@limit_wrong_codes
def invitation(code: str) -> AnyResponse:
    """Somebody's invitation. Who comes by it is counted as print, or for the named link `?l=`; a look counts none."""

    def look(session: Session) -> tuple[OwnCode, str | None, str, str | None]:
        owner = referrals.check_code(session, code, at=business_now())
        named = request.args.get("l")
        channel, origin = referrals.arrival(
            session,
            owner.member_id,
            channel=codes.CHANNEL_OWN if named else CHANNEL,
            origin=codes.read_origin(request.args),
        )
        label = members.labels(session, [owner.member_id])[owner.member_id].first_name
        return owner, label, channel, origin.link_slug

    try:
        owner, first_name, channel, slug = run_transaction(look)
    except UnknownReferralCode:
        note_wrong_code()
        return redirect(url_for("landing.landing", code=code), code=303)
    link = codes.link(current_app.config["MOLVA"].public_url, owner.code, channel=channel, slug=slug)
    return _poster(link, first_name=first_name, written=codes.written(owner.code), invited=True)


@blueprint.get("/join/poster")
@public
def shop() -> Response:
    """The shop's own: whoever comes by it joins without an invitation."""
    link = f"{current_app.config['MOLVA'].public_url}{url_for('landing.join')}"
    return _poster(link, first_name=None, written=None, invited=False)


def _poster(link: str, *, first_name: str | None, written: str | None, invited: bool) -> Response:
    programme, terms = run_transaction(steps.terms_in_force)
    return Response(
        render_template(
            "cabinet/poster.html",
            locale=current_locale(),
            qr=quote(qr.svg(link).decode()),
            address=unquote(link.split("://", 1)[1].split("?")[0]),
            written=written,
            first_name=first_name,
            invited=invited and terms is not None and terms.friend_points > 0,
            terms=terms,
            programme=programme,
        )
    )
