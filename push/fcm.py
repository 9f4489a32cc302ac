"""Firebase Cloud Messaging, HTTP v1: the SDK's credentials and messages over our own HTTP/2."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import certifi

from push.credentials import ServiceAccount
from push.delivery import Channel, Delivery
from push.fcm_answer import outcome_of
from push.fcm_message import encode
from push.outcome import Outcome, Result
from push.sender import Envelope, TransportError
from push.transfer import Http2Client

GOOGLE_ENDPOINT = "https://fcm.googleapis.com"
CONNECTIONS = 4
STREAMS = 100
"""Per connection; Google's servers allow as many. Together 400 in flight: 8,000 a second at answers of 50 ms."""

TIMEOUT_SECONDS = 20.0
"""Google asks for at least 10."""


PROVES_THE_TOKEN = frozenset({Result.ACCEPTED, Result.UNREGISTERED, Result.REFUSED})


@dataclass(frozen=True, kw_only=True)
class FcmSettings:
    """Where Firebase is and who we are to it. `ca_file` is trusted beside the usual authorities."""

    credentials_file: Path
    endpoint: str = GOOGLE_ENDPOINT
    ca_file: Path | None = None
    connections: int = CONNECTIONS
    streams: int = STREAMS
    timeout_seconds: float = TIMEOUT_SECONDS


class FcmSender:
    """Sends pushes; 400 in flight, and no retries of its own."""

    channel = Channel.PUSH

    def __init__(self, settings: FcmSettings) -> None:
        """Raises TransportError (permanent) with one sentence where the settings cannot work."""
        direct = _is_loopback(_checked_endpoint(settings.endpoint))
        self._bundle = _certificate_bundle(settings.ca_file)
        try:
            self._account = ServiceAccount(settings.credentials_file, ca_file=self._bundle.name, direct=direct)
        except TransportError:
            self._bundle.close()
            raise
        self._headers: tuple[str, ...] = ()
        self._token = ""
        self._client = Http2Client(
            url=f"{settings.endpoint.rstrip('/')}/v1/projects/{self._account.project_id}/messages:send",
            ca_file=self._bundle.name,
            connections=settings.connections,
            streams=settings.streams,
            timeout_seconds=settings.timeout_seconds,
            direct=direct,
        )
        self.capacity = self._client.capacity

    @property
    def project_id(self) -> str:
        """The Firebase project that the credentials belong to."""
        return self._account.project_id

    def prepare(self) -> None:
        """Has an access token ready. Raises TransportError."""
        token = self._account.access_token()
        if token != self._token:
            self._token = token
            self._headers = (f"Authorization: Bearer {token}", "Content-Type: application/json", "Expect:")

    def encode(self, delivery: Delivery) -> Envelope:
        """The body of `messages:send`. Raises UnsendableError."""
        return encode(delivery)

    def submit(self, envelopes: Sequence[Envelope]) -> None:
        """Puts messages in flight."""
        tagged = [((envelope.delivery, self._token), envelope.payload) for envelope in envelopes]
        self._client.submit(tagged, headers=self._headers)

    def collect(self, *, wait_seconds: float) -> Sequence[Outcome]:
        """Outcomes that have come in, waiting at most `wait_seconds` for the first."""
        outcomes = []
        for answer in self._client.collect(wait_seconds=wait_seconds):
            delivery, token = answer.tag
            outcomes.append(self._judged(outcome_of(delivery, answer), token))
        return outcomes

    def close(self) -> None:
        """Closes the connections; what is in flight is abandoned."""
        self._client.close()
        self._account.close()
        self._bundle.close()

    def _judged(self, outcome: Outcome, token: str) -> Outcome:
        """Tells a token that ran out from credentials that are wrong: one that was good before may be bought anew."""
        if outcome.result is not Result.UNAUTHORISED:
            if token == self._token and outcome.result in PROVES_THE_TOKEN:
                self._account.accepted()
            return outcome
        stale = token != self._token or self._account.refused()
        if not stale:
            return outcome
        self._token = ""
        return Outcome(outcome.delivery, Result.NOT_SENT, detail=outcome.detail)


def _checked_endpoint(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    if parts.scheme != "https" or not parts.hostname:
        raise TransportError(f"MOLVA_FCM_ENDPOINT is {endpoint!r}; it takes https://host[:port].", permanent=True)
    return parts.hostname


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _certificate_bundle(ca_file: Path | None) -> "tempfile._TemporaryFileWrapper[bytes]":
    """The authorities that are trusted, in one file: libcurl's wheel looks where Debian keeps none."""
    certificates = Path(certifi.where()).read_bytes()
    if ca_file is not None:
        try:
            certificates += b"\n" + ca_file.read_bytes()
        except OSError as error:
            problem = f"MOLVA_FCM_CA {ca_file} cannot be read: {error.strerror}."
            raise TransportError(problem, permanent=True) from error
    # Not a context: the file lives as long as the sender does.
    bundle = tempfile.NamedTemporaryFile(prefix="molva-ca-", suffix=".pem")  # noqa: SIM115
    bundle.write(certificates)
    bundle.flush()
    return bundle
