"""Who we are to Google: a service account's key, and the access token that it buys for an hour."""

import functools
import json
from pathlib import Path
from typing import Any

import requests
from firebase_admin import credentials
from google.auth import exceptions
from google.auth.transport.requests import Request

from push.sender import TransportError

TOKEN_TIMEOUT_SECONDS = 10


class ServiceAccount:
    """A service account's key, read once; buys access tokens and keeps the present one."""

    def __init__(self, key_file: Path, *, ca_file: str, direct: bool) -> None:
        """Raises TransportError (permanent) with one sentence where the file is not a service account's key."""
        try:
            key = json.loads(key_file.read_text(encoding="utf-8"))
        except OSError as error:
            raise TransportError(
                f"The service account's key {key_file} cannot be read: {error.strerror}.", permanent=True
            ) from error
        except ValueError as error:
            raise TransportError(f"The service account's key {key_file} is not JSON.", permanent=True) from error
        self._credential = self._read(key, key_file)
        self.project_id: str = key["project_id"]
        self._session = requests.Session()
        self._session.verify = ca_file
        self._session.trust_env = not direct
        self._request = functools.partial(Request(self._session), timeout=TOKEN_TIMEOUT_SECONDS)
        self._proved = False

    @staticmethod
    def _read(key: Any, key_file: Path) -> Any:
        try:
            certificate = credentials.Certificate(key)
        except ValueError as error:
            raise TransportError(
                f"{key_file} is not a service account's key. In the Firebase console, under Project settings, "
                "Service accounts, press “Generate new private key”, and point GOOGLE_APPLICATION_CREDENTIALS at it.",
                permanent=True,
            ) from error
        if not certificate.project_id:
            raise TransportError(f"{key_file} names no project_id.", permanent=True)
        return certificate.get_credential()

    def access_token(self) -> str:
        """The present access token, bought anew shortly before it ends.

        Raises:
            TransportError: permanent where Google refuses the key, otherwise where it could not be asked.
        """
        if not self._credential.valid:
            try:
                self._credential.refresh(self._request)
            except exceptions.GoogleAuthError as error:
                if self._credential.token and not self._credential.expired:
                    return str(self._credential.token)
                permanent = isinstance(error, exceptions.RefreshError) and not error.retryable
                raise TransportError(f"No access token: {_first_line(error)}", permanent=permanent) from error
            self._proved = False
        return str(self._credential.token)

    def close(self) -> None:
        """Lets go of the connection to the token endpoint."""
        self._session.close()

    def accepted(self) -> None:
        """The present token was good for a message."""
        self._proved = True

    def refused(self) -> bool:
        """The present token was refused. Forgets it; True where it had been good before, so that a new one may
        help.
        """
        self._credential.token = None
        proved, self._proved = self._proved, False
        return proved


def _first_line(error: Exception) -> str:
    text = str(error.args[0] if error.args else error)
    return text.splitlines()[0][:200] if text else type(error).__name__
