"""Passkeys (WebAuthn): what the browser is asked, and whether its answer is true. Nothing is kept here.

A passkey belongs to the host name of `MOLVA_PUBLIC_URL`. Browsers give none to bare network addresses, so there the
pages offer the authenticator app alone.
"""

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from flask import current_app
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)


class PasskeyRefused(Exception):
    """The browser's answer is not that of the passkey that was asked, or it cannot be read."""


@dataclass(frozen=True)
class Challenge:
    """What the browser gets (`options`, JSON) and the random part of it that its answer must hold."""

    options: str
    challenge: bytes = field(repr=False)


@dataclass(frozen=True)
class NewPasskey:
    """The public half of a key that was just made."""

    credential_id: bytes
    public_key: bytes
    signatures: int


def are_possible() -> bool:
    """Whether browsers make passkeys for this installation's address: over TLS, or on `localhost`, by name."""
    address = urlsplit(current_app.config["MOLVA"].public_url)
    host = address.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return address.scheme == "https" or host == "localhost"
    return False


def ask_to_make(*, staff_id: UUID, login: str, name: str, shop: str, present: Sequence[bytes]) -> Challenge:
    """Asks for a new passkey on a device that holds none of `present` (credential ids)."""
    options = webauthn.generate_registration_options(
        rp_id=_host(),
        rp_name=shop,
        user_id=staff_id.bytes,
        user_name=login,
        user_display_name=name,
        exclude_credentials=_descriptors(present),
        authenticator_selection=AuthenticatorSelectionCriteria(
            # The password was asked for already: a security key without a memory for accounts will do.
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return Challenge(webauthn.options_to_json(options), options.challenge)


def check_made(answer: str, *, challenge: bytes) -> NewPasskey:
    """The passkey that the browser has made.

    Raises:
        PasskeyRefused: the answer belongs to another question or another site.
    """
    try:
        made = webauthn.verify_registration_response(
            credential=_read(answer), expected_challenge=challenge, expected_rp_id=_host(), expected_origin=_origin()
        )
    except (WebAuthnException, ValueError) as error:
        raise PasskeyRefused from error
    return NewPasskey(made.credential_id, made.credential_public_key, made.sign_count)


def ask_to_sign(present: Sequence[bytes]) -> Challenge:
    """Asks for a signature by one of `present` (credential ids)."""
    options = webauthn.generate_authentication_options(rp_id=_host(), allow_credentials=_descriptors(present))
    return Challenge(webauthn.options_to_json(options), options.challenge)


def credential_id_of(answer: str) -> bytes:
    """Which passkey the browser's answer says it is by.

    Raises:
        PasskeyRefused: it cannot be read.
    """
    try:
        return base64url_to_bytes(_read(answer)["rawId"])
    except (KeyError, TypeError, ValueError) as error:
        raise PasskeyRefused from error


def check_signature(answer: str, *, challenge: bytes, public_key: bytes, signatures: int) -> int:
    """How often the passkey has signed by now, after it has signed this challenge.

    Raises:
        PasskeyRefused: the signature is of another key, question or site, or its counter betrays a copy.
    """
    try:
        signed = webauthn.verify_authentication_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=_host(),
            expected_origin=_origin(),
            credential_public_key=public_key,
            credential_current_sign_count=signatures,
        )
    except (WebAuthnException, ValueError) as error:
        raise PasskeyRefused from error
    return signed.new_sign_count


def _read(answer: str) -> dict[str, Any]:
    try:
        document = json.loads(answer)
    except ValueError as error:
        raise PasskeyRefused from error
    if not isinstance(document, dict):
        raise PasskeyRefused
    return document


def _descriptors(credential_ids: Sequence[bytes]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=credential_id) for credential_id in credential_ids]


def _host() -> str:
    return urlsplit(current_app.config["MOLVA"].public_url).hostname or ""


def _origin() -> str:
    address = urlsplit(current_app.config["MOLVA"].public_url)
    return f"{address.scheme}://{address.netloc}"
