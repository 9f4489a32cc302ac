"""Signing in, the caller's points, and the shop."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar
from uuid import UUID

from flask import Response, request
from sqlalchemy.orm import Session

from backend.budgets.service import with_budgets
from backend.cabinet import service, transfers
from backend.cabinet.schemas import (
    AddressSchema,
    BalanceAnswer,
    ClaimedReceiptAnswer,
    CodeSentAnswer,
    EntriesAnswer,
    ExplanationAnswer,
    IdempotencyKeySchema,
    ReceiptClaimSchema,
    RefreshSchema,
    ShopAnswer,
    SignedInAnswer,
    SignInSchema,
    TokensAnswer,
    TransferAnswer,
    TransferSchema,
)
from backend.ledger import queries as ledger
from backend.ledger.transfers import Transfer
from backend.members import service as members
from backend.members.access import current_caller, look_at_device, member_required
from backend.members.service import CODE_DIGITS, CODE_MINUTES, CONSENT_TEXTS, ConsentChange, Tokens
from backend.referrals import codes
from backend.shared.access import public
from backend.shared.blueprint import Blueprint
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shared.errors import DomainError
from backend.shared.i18n import _, current_locale
from backend.shared.pagination import PageArguments, page, read_cursor
from backend.shared.problems import ProblemSchema
from backend.shared.wording import Reader
from backend.till import service as till

blueprint = Blueprint("cabinet", __name__, url_prefix="/api/v1", description="Signing in, points, the shop")

Answered = TypeVar("Answered")

SIGN_IN_EXAMPLE = {
    "phone": "+79123456789",
    "code": "1234567",
    "referral_code": "K7M-3QX-B9T",
    "name": "Boris",
    "locale": "ru",
    "consents": [{"purpose": "marketing", "channel": "push"}],
}


@blueprint.route("/sign-in/codes", methods=["POST"])
@blueprint.doc(operationId="requestCode", summary="Send a one-time code to a phone or a mailbox")
@public
@blueprint.arguments(AddressSchema, example={"phone": "8 (912) 345-67-89"})
@blueprint.response(202, CodeSentAnswer)
@blueprint.alt_response(422, schema=ProblemSchema, description="The phone or the e-mail address is wrong")
@blueprint.alt_response(
    429, schema=ProblemSchema, description="A limit is reached; Retry-After says when to come again"
)
def request_code(body: dict[str, Any]) -> dict[str, int]:
    """The same answer whether or not the person is known. One a minute per number, unless the last one was used."""
    run_transaction(
        lambda session: service.request_code(
            session,
            phone=body.get("phone"),
            email=body.get("email"),
            network_address=request.remote_addr,
            locale=_asked_locale(),
        )
    )
    return {"expires_in": CODE_MINUTES * 60, "digits": CODE_DIGITS}


@blueprint.route("/sign-in/tokens", methods=["POST"])
@blueprint.doc(operationId="signIn", summary="Sign in with a one-time code; whoever is new joins")
@public
@blueprint.arguments(SignInSchema, example=SIGN_IN_EXAMPLE)
@blueprint.response(200, SignedInAnswer)
@blueprint.alt_response(422, schema=ProblemSchema, description="A field is wrong; the one-time code is not used up")
@blueprint.alt_response(
    429, schema=ProblemSchema, description="Too many wrong guesses; Retry-After says when to come again"
)
def sign_in(body: dict[str, Any]) -> dict[str, Any]:
    """For somebody who is a member already, `referral_code`, `locale` and a name besides their own change nothing."""
    signed_in = _kept(
        lambda session: service.sign_in(
            session,
            phone=body.get("phone"),
            email=body.get("email"),
            code=body["code"],
            network_address=request.remote_addr,
            agent=request.user_agent.string,
            invitation=_invitation(body),
            name=body.get("name"),
            locale=body.get("locale") or _asked_locale(),
            consents=[ConsentChange(given=True, **consent) for consent in body.get("consents", ())],
        )
    )
    return {**_tokens(signed_in.tokens), "member": signed_in.member, "joined": signed_in.joined}


@blueprint.route("/sign-in/refresh", methods=["POST"])
@blueprint.doc(operationId="refreshTokens", summary="The next pair of tokens")
@public
@blueprint.arguments(RefreshSchema, example={"refresh_token": "dGhlIHJlZnJlc2ggdG9rZW4gb2YgdGhlIGxhc3QgYW5zd2Vy"})
@blueprint.response(200, TokensAnswer)
@blueprint.alt_response(401, schema=ProblemSchema, description="The token is not good (any more): sign in again")
def refresh_tokens(body: dict[str, Any]) -> dict[str, Any]:
    """A refresh token is good once. One that comes a second time was copied: the sign-in ends for whoever holds it."""
    return _tokens(_kept(lambda session: members.rotate(session, refresh_token=body["refresh_token"])))


@blueprint.route("/sign-in/tokens", methods=["DELETE"])
@blueprint.doc(operationId="signOut", summary="Sign out")
@member_required
@blueprint.response(204)
def sign_out() -> None:
    """Access and refresh tokens of this sign-in are refused from the next request on."""
    family_id = current_caller().family_id
    run_transaction(lambda session: members.end_family(session, family_id=family_id, because="signed out"))


@blueprint.route("/me/balance", methods=["GET"])
@blueprint.doc(operationId="getBalance", summary="What the caller has")
@member_required
@blueprint.response(200, BalanceAnswer)
def get_balance() -> dict[str, Any]:
    """Points that can be spent, that are on their way, and those that burn, by day; and where the caller stands."""
    caller = current_caller()

    def look(session: Session) -> dict[str, Any]:
        balance = ledger.balance(session, caller.member_id)
        return asdict(balance) | {
            "expiring": ledger.expiring(session, caller.member_id, zone=caller.zone),
            "tier": service.tier(session, caller.member_id, at=business_now()),
            "spending_pause": service.spending_pause(session, caller.member_id, at=business_now()),
        }

    return run_transaction(look)


@blueprint.route("/me/entries", methods=["GET"])
@blueprint.doc(operationId="listEntries", summary="The caller's history, newest first")
@member_required
@blueprint.arguments(PageArguments, location="query")
@blueprint.response(200, EntriesAnswer)
def list_entries(arguments: dict[str, Any]) -> dict[str, Any]:
    """One row per event. The posted rows add up to available + reserved − debt."""
    member_id, before, limit = current_caller().member_id, read_cursor(arguments["cursor"]), arguments["limit"]
    rows = run_transaction(
        lambda session: ledger.entries(session, member_id, reader=_reader(), before=before, limit=limit + 1)
    )
    return page(rows, limit=limit, id_of=lambda row: row.id)


@blueprint.route("/me/entries/<uuid:entry_id>/explanation", methods=["GET"])
@blueprint.doc(operationId="explainEntry", summary="Why a row is what it is")
@member_required
@blueprint.response(200, ExplanationAnswer)
@blueprint.alt_response(404, schema=ProblemSchema, description="The caller has no such entry")
def explain_entry(entry_id: UUID) -> ledger.Explanation:
    """From the facts that were stored with the row: nothing is computed anew."""
    member_id = current_caller().member_id
    return run_transaction(lambda session: ledger.explanation(session, member_id, entry_id, reader=_reader()))


@blueprint.route("/me/receipts", methods=["POST"])
@blueprint.doc(operationId="claimOwnReceipt", summary="Claim a receipt on which the caller was not named")
@member_required
@blueprint.arguments(ReceiptClaimSchema, example={"external_id": "pokrovka-2026-11-22-0042", "total": 54000})
@blueprint.response(201, ClaimedReceiptAnswer)
@blueprint.alt_response(200, schema=ClaimedReceiptAnswer, description="Claimed before: the same answer", success=True)
@blueprint.alt_response(404, schema=ProblemSchema, description="No receipt has this number and this total")
@blueprint.alt_response(409, schema=ProblemSchema, description="It has its member, or can no longer be claimed")
@blueprint.alt_response(
    429, schema=ProblemSchema, description="Too many wrong guesses; Retry-After says when to come again"
)
def claim_receipt(body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Number and total stand on the paper, and both must be right; which one is wrong is not told."""
    member_id, reader = current_caller().member_id, _reader()
    answer, repeated = _kept(lambda session: till.claim_own_receipt(session, reader, member_id=member_id, **body))
    return answer, 200 if repeated else 201


@blueprint.route("/me/transfers", methods=["POST"])
@blueprint.doc(operationId="transferPoints", summary="Give points to another member")
@member_required
@blueprint.arguments(IdempotencyKeySchema, location="headers")
@blueprint.arguments(TransferSchema, example={"to": "9710 0044 2031 3201", "points": 50})
@blueprint.response(201, TransferAnswer)
@blueprint.alt_response(200, schema=TransferAnswer, description="Made before under this key; nothing was given again")
@blueprint.alt_response(403, schema=ProblemSchema, description="No programme allows transfers")
@blueprint.alt_response(409, schema=ProblemSchema, description="The caller's points are frozen or owed, or in use now")
@blueprint.alt_response(
    429, schema=ProblemSchema, description="Too many recipients were unknown; Retry-After says when to come again"
)
def transfer_points(headers: dict[str, Any], body: dict[str, Any]) -> tuple[Transfer, int]:
    """Available points alone are given, those first that burn first, and they burn when they would have burnt.

    Both sides are told and see it in their histories.
    """
    look_at_device()
    sender_id = current_caller().member_id
    made, repeated = _kept(lambda session: transfers.transfer(session, sender_id=sender_id, **headers, **body))
    return made, 200 if repeated else 201


@blueprint.route("/shop", methods=["GET"])
@blueprint.doc(operationId="getShop", summary="The shop, and what inviting a friend brings")
@public
@blueprint.response(200, ShopAnswer)
@blueprint.alt_response(409, schema=ProblemSchema, description="The shop is not open yet")
def get_shop() -> dict[str, Any]:
    """What an app needs to know before anybody signs in."""
    card = run_transaction(lambda session: service.shop_card(session, at=business_now()))
    return {
        **vars(card),
        "name": card.name.get(current_locale()) or card.name["en"],
        "consent_texts": [
            {"purpose": purpose, "channel": channel, "text": _(text)}
            for (purpose, channel), text in CONSENT_TEXTS.items()
        ],
    }


def _invitation(body: dict[str, Any]) -> service.Invitation | None:
    if not body.get("referral_code"):
        return None
    origin = codes.read_origin({"l": body.get("referral_link", ""), **body.get("utm", {})})
    return service.read_invitation(body["referral_code"], channel=body.get("referral_channel"), origin=origin)


def _kept(work: Callable[[Session], Answered | DomainError]) -> Answered:
    """What the work answers. A refusal that it returns is raised only after its traces were committed."""
    answered = with_budgets(work)
    if isinstance(answered, DomainError):
        raise answered
    return answered


def _tokens(tokens: Tokens) -> dict[str, Any]:
    return {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "expires_in": tokens.expires_in,
    }


def _reader() -> Reader:
    return Reader(current_locale(), current_caller().zone)


def _asked_locale() -> str | None:
    """The language that the caller asks for, if it asks for any."""
    return current_locale() if request.accept_languages or "lang" in request.args else None


@blueprint.after_request
def _keep_tokens_out_of_caches(response: Response) -> Response:
    if request.method != "GET":
        response.cache_control.no_store = True
    return response
