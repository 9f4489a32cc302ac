"""The demo's service account, and the token endpoint that believes its signature."""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import exceptions, jwt

from backend.demo.phone.certificates import private_key_pem, write_private
from backend.shared.clock import system_now

PROJECT_ID = "molva-demo"
CLIENT_EMAIL = f"sender@{PROJECT_ID}.iam.gserviceaccount.com"
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPES = frozenset(
    {"https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/firebase.messaging"}
)
GOOGLE_AUDIENCE = "https://oauth2.googleapis.com/token"
TOKEN_SECONDS = 3600
KEY_FILE = "service-account.json"


class GrantError(Exception):
    """The token endpoint refuses, with OAuth's error code and a sentence."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code


def ensure_service_account(directory: Path, *, token_uri: str) -> Path:
    """The path of the service account's key file, made unless it is there and names `token_uri`."""
    path = directory / KEY_FILE
    if path.is_file():
        key = json.loads(path.read_text(encoding="utf-8"))
        if key["token_uri"] == token_uri:
            return path
        private_key = key["private_key"]
    else:
        private_key = private_key_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)).decode()
    content = {
        "type": "service_account",
        "project_id": PROJECT_ID,
        "private_key_id": hashlib.sha256(private_key.encode()).hexdigest()[:40],
        "private_key": private_key,
        "client_email": CLIENT_EMAIL,
        "client_id": "100000000000000000001",
        "token_uri": token_uri,
    }
    write_private(path, json.dumps(content, indent=2).encode())
    return path


@dataclass(frozen=True)
class Grant:
    """An access token and how long it is good for."""

    access_token: str
    expires_in: int


class TokenEndpoint:
    """Sells access tokens for signed assertions. The tokens need no store: they carry their end and a seal."""

    def __init__(self, directory: Path) -> None:
        key = json.loads((directory / KEY_FILE).read_text(encoding="utf-8"))
        private_key = serialization.load_pem_private_key(key["private_key"].encode(), password=None)
        self._public_key = private_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        # google-auth addresses every assertion to Google's endpoint, wherever the key's token_uri leads.
        self._audiences = [GOOGLE_AUDIENCE, key["token_uri"]]
        self._seal_key = hashlib.sha256(key["private_key"].encode()).digest()

    def grant(self, form: bytes) -> Grant:
        """An access token for a form with a signed assertion. Raises GrantError."""
        fields = parse_qs(form.decode("latin-1"))
        if fields.get("grant_type") != [GRANT_TYPE]:
            raise GrantError("unsupported_grant_type", f"grant_type must be {GRANT_TYPE}")
        try:
            claims: dict[str, Any] = jwt.decode(  # type: ignore[no-untyped-call]
                fields.get("assertion", [""])[0], certs=self._public_key, audience=self._audiences
            )
        except (ValueError, exceptions.GoogleAuthError) as error:
            raise GrantError("invalid_grant", f"Invalid JWT: {error}") from error
        if claims.get("iss") != CLIENT_EMAIL:
            raise GrantError("invalid_grant", "Invalid grant: account not found")
        if not SCOPES & set(str(claims.get("scope", "")).split()):
            raise GrantError("invalid_scope", "No scope for messaging was asked for")
        ends_at = int(system_now().timestamp()) + TOKEN_SECONDS
        stem = f"ya29.{ends_at}.{secrets.token_urlsafe(8)}"
        return Grant(access_token=f"{stem}.{self._seal(stem)}", expires_in=TOKEN_SECONDS)

    def is_good(self, access_token: str) -> bool:
        """Whether this endpoint sold the token and it is not over."""
        stem, _, seal = access_token.rpartition(".")
        if not hmac.compare_digest(seal, self._seal(stem)):
            return False
        return int(stem.split(".")[1]) > system_now().timestamp()

    def _seal(self, stem: str) -> str:
        return hmac.new(self._seal_key, stem.encode(), hashlib.sha256).hexdigest()[:32]
