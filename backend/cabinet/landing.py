"""The landing page of a referral link, and joining in a phone's browser, without scripts: address, code, card."""

from pathlib import Path
from typing import cast
from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from backend.cabinet import landing_cookies as cookies
from backend.cabinet import landing_steps as steps
from backend.cabinet.app_links import app_link, store_link
from backend.cabinet.guessing import limit_wrong_codes, note_wrong_code
from backend.cabinet.landing_cookies import CardShown, Joining, Visit
from backend.cabinet.landing_steps import Errors, Page
from backend.cabinet.service import SignedIn
from backend.members import service as members
from backend.members.errors import UnknownMember
from backend.members.service import CODE_DIGITS, CODE_MINUTES
from backend.referrals import codes, qr
from backend.referrals import queries as referral_queries
from backend.referrals import service as referrals
from backend.referrals.errors import UnknownReferralCode
from backend.shared.access import public
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shared.formatting import day_in
from backend.shared.i18n import current_locale
from backend.shared.pages import add_static_folder, current_shop
from backend.staff.csrf import check_csrf

blueprint = Blueprint("landing", __name__, template_folder="templates")

# Messengers open a link to show a preview, and browsers before it is touched; neither is a person's visit.
PREVIEWERS = ("bot", "preview", "crawl", "spider", "facebookexternalhit", "whatsapp", "vkshare", "skypeuri")
ASSET_LINKS = "assetlinks.json"


def _begin(app: Flask) -> None:
    add_static_folder(app, "cabinet", Path(__file__).parent / "static")


blueprint.record_once(lambda state: _begin(cast(Flask, state.app)))


@blueprint.get("/r/<code>")
@public
@limit_wrong_codes
def landing(code: str) -> tuple[Response, int]:
    """Who invites to what, and the form to join by. An unknown code is told kindly, and one may join without."""
    visits = cookies.read_visits()
    page, visits_after = run_transaction(lambda session: _open_link(session, code, visits))
    response = _form_page(page)
    if page.unknown:
        return response, 404
    cookies.keep_visits(response, visits_after, window=page.window)
    return response, 200


@blueprint.get("/join")
@public
def join() -> Response:
    """Joining without a link, or by the visit that this browser remembers; a code can be typed."""
    return _form_page(_remembered_page())


@blueprint.post("/join")
@public
@limit_wrong_codes
def ask_for_code() -> tuple[Response, int] | AnyResponse:
    """Sends the one-time code and goes on; whatever is wrong is said beside its field, with what was typed kept."""
    check_csrf()
    page, form = _remembered_page(), request.form
    kind = "email" if form.get("by") == "email" else "phone"
    address, errors, invitation = form.get(kind, "").strip(), steps.missing(form, kind), None
    try:
        invitation = steps.typed_invitation(form.get("referral_code", ""), page)
    except UnknownReferralCode as problem:
        errors["referral_code"] = str(problem.title)
        note_wrong_code()
    errors = errors or steps.begin(kind, address)
    if errors:
        return _form_page(page, errors=errors), 422
    response = redirect(url_for("landing.code_page"), code=303)
    joining = Joining(
        kind=kind,
        address=address,
        offers=tuple(channel for channel in steps.OFFER_CHANNELS if form.get(f"offers_{channel}")),
        code=invitation.code if invitation else None,
        channel=invitation.channel if invitation else codes.CHANNEL_TYPED,
        origin=invitation.origin if invitation else codes.NO_ORIGIN,
    )
    cookies.keep_joining(response, joining)
    return response


@blueprint.get("/join/code")
@public
def code_page() -> AnyResponse:
    """Where the one-time code is typed, and the name."""
    joining = cookies.read_joining()
    return _code_page(joining) if joining else redirect(url_for("landing.join"), code=303)


@blueprint.post("/join/code")
@public
def enter_code() -> tuple[Response, int] | AnyResponse:
    """Takes the one-time code, or sends another one; whoever is new becomes a member."""
    check_csrf()
    joining = cookies.read_joining()
    if joining is None:
        return redirect(url_for("landing.join"), code=303)
    if "again" in request.form:
        problem = steps.send_code(joining.kind, joining.address)
        errors = steps.texts_of(problem) if problem else {}
        return _code_page(joining, errors=errors, sent_again=problem is None), 422 if problem else 200
    code, name = request.form.get("code", "").strip(), request.form.get("name", "").strip()
    errors = steps.name_error(name) | steps.code_error(code)
    if errors:
        return _code_page(joining, errors=errors), 422
    answer = steps.sign_in(joining, code=code, name=name)
    if not isinstance(answer, SignedIn):
        return _code_page(joining, errors=steps.texts_of(answer)), 422
    response = redirect(url_for("landing.welcome"), code=303)
    cookies.keep_card(response, CardShown(member_id=str(answer.member.id), joined=answer.joined))
    cookies.forget_visits(response)
    return response


@blueprint.get("/join/welcome")
@public
def welcome() -> AnyResponse:
    """The card, and what comes next; for half an hour after the code was entered."""
    card = cookies.read_card()
    if card is None:
        return redirect(url_for("landing.join"), code=303)
    member_id = UUID(card.member_id)
    try:
        member, referral, (programme, terms) = run_transaction(
            lambda session: (
                members.profile(session, member_id=member_id),
                referral_queries.referral_of_friend(session, member_id),
                steps.terms_in_force(session),
            )
        )
    except UnknownMember:
        return redirect(url_for("landing.join"), code=303)
    invited = referral is not None and referral.status == "joined"
    return _page(
        "cabinet/landing_welcome.html",
        member=member,
        joined=card.joined,
        terms=terms if invited else None,
        programme=programme,
        qr=quote(qr.svg(member.card_number).decode()),
    )


@blueprint.get("/join/rules")
@public
def rules() -> Response:
    """The rules, as the programme in force has them."""
    programme, terms = run_transaction(steps.terms_in_force)
    return _page("cabinet/landing_rules.html", programme=programme, terms=terms)


@blueprint.get("/join/data")
@public
def personal_data() -> Response:
    """What is kept of a person, why, and how it is taken back."""
    return _page("cabinet/landing_data.html")


@blueprint.get("/.well-known/assetlinks.json")
@public
def asset_links() -> Response:
    """Which signed Android app may open these links by itself: `assetlinks.json` in the installation's own folder."""
    path: Path = current_app.config["MOLVA"].var / ASSET_LINKS
    return Response(path.read_bytes() if path.is_file() else b"[]", content_type="application/json")


def _open_link(session: Session, code: str, visits: list[Visit]) -> tuple[Page, list[Visit]]:
    """The page of an opened link and the visits after it; the first opening in this browser is counted."""
    programme, terms = steps.terms_in_force(session)
    now = business_now()
    try:
        owner = referrals.check_code(session, code, at=now)
    except UnknownReferralCode:
        return Page(programme=programme, terms=terms, unknown=True), visits
    channel, origin = referrals.arrival(
        session,
        owner.member_id,
        channel=codes.read_channel(request.args.get("c")),
        origin=codes.read_origin(request.args),
    )
    if _is_a_person() and all(visit.code != owner.code for visit in visits):
        referrals.count_visitor(
            session,
            code=owner.code,
            channel=channel,
            origin=origin,
            network_address=request.remote_addr or "",
            user_agent=request.user_agent.string,
            day=day_in(now, current_shop().zone),
        )
    visit = Visit(code=owner.code, channel=channel, at=int(now.timestamp()), origin=origin)
    visits = cookies.with_visit(visits, visit, first_wins=steps.first_wins(terms))
    return steps.page_of_visits(session, visits, opened=owner.code), visits


def _remembered_page() -> Page:
    visits = cookies.read_visits()
    return run_transaction(lambda session: steps.page_of_visits(session, visits))


def _is_a_person() -> bool:
    agent = request.user_agent.string.lower()
    prefetched = "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    return request.method == "GET" and not prefetched and not any(name in agent for name in PREVIEWERS)


def _form_page(page: Page, *, errors: Errors | None = None) -> Response:
    by = request.form.get("by") or request.args.get("by")
    return _page(
        "cabinet/landing.html",
        page=page,
        typed=request.form,
        errors=errors or {},
        by="email" if by == "email" else "phone",
        offers=steps.offers(),
        data_words=steps.personal_data_words(),
        app_link=app_link(page),
        store_link=store_link(page),
    )


def _code_page(joining: Joining, *, errors: Errors | None = None, sent_again: bool = False) -> Response:
    return _page(
        "cabinet/landing_code.html",
        joining=joining,
        address=steps.shown_address(joining),
        typed=request.form,
        errors=errors or {},
        sent_again=sent_again,
        digits=CODE_DIGITS,
        minutes=CODE_MINUTES,
    )


def _page(template: str, **facts: object) -> Response:
    return Response(render_template(template, locale=current_locale(), **facts))
