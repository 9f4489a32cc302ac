"""SMS through whichever gateway apprise knows, or a plain JSON webhook."""

import logging
import re
import threading
import warnings
from urllib.parse import quote

import apprise

from push.delivery import AddressKind, Channel, Delivery
from push.outcome import Outcome, Result
from push.pool import PoolSender
from push.sender import Envelope, TransportError, UnsendableError

CAPACITY = 8
BUSY_SECONDS = 30.0
EXAMPLE_PHONE = "+79990000000"
RECIPIENT = "{to}"

# Webhooks have no notion of a recipient: the number becomes a field of what is posted.
WEBHOOKS = frozenset({"json", "jsons", "xml", "xmls", "form", "forms"})

NEVER_SENT = re.compile(
    r"NewConnectionError|ConnectTimeout|NameResolutionError|Failed to establish|Failed to resolve|Connection refused"
)
CONNECTION_FAILED = re.compile(r"connection error", re.IGNORECASE)
ERROR_CODE = re.compile(r"(?:error|code)=(\d+)")


class SmsSender(PoolSender):
    """Sends SMS; each message is one request to the gateway."""

    channel = Channel.SMS

    def __init__(self, url: str, *, capacity: int = CAPACITY) -> None:
        """`url` is in apprise's notation; the number takes the place of `{to}`, or is added where apprise wants it.

        Raises TransportError (permanent) with one sentence where no gateway can be made of it.
        """
        self._url = _with_recipient(url)
        self._testimony = _Testimony.of_apprise()
        with warnings.catch_warnings():
            # Here apprise reads all its gateways in, some of which lean on what Python will drop.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._gateway(EXAMPLE_PHONE)
        super().__init__(capacity=capacity)

    def encode(self, delivery: Delivery) -> Envelope:
        """Raises UnsendableError where the address is no phone number."""
        if delivery.address.kind is not AddressKind.PHONE:
            raise UnsendableError(f"an SMS goes to a phone, not to a {delivery.address.kind}")
        return Envelope(delivery, delivery.body.encode())

    def deliver(self, envelope: Envelope) -> Outcome:
        """Posts one message to the gateway."""
        delivery = envelope.delivery
        gateway = self._gateway(delivery.address.value)
        with self._testimony as said:
            taken = gateway.notify(body=envelope.payload.decode(), title=delivery.title)
        return Outcome(delivery, Result.ACCEPTED) if taken else _judged(delivery, said)

    def _gateway(self, phone: str) -> apprise.NotifyBase:
        gateway = apprise.Apprise.instantiate(self._url.replace(RECIPIENT, quote(phone, safe="")))
        if gateway is None:
            raise TransportError(
                f"MOLVA_SMS_URL ({_scheme(self._url)}://…) is not in apprise's notation. It takes, for example, "
                "twilio://SID:TOKEN@FROM, smsc://LOGIN:PASSWORD@{to} or json://HOST:PORT/PATH.",
                permanent=True,
            )
        return gateway


class _Testimony(logging.Handler):
    """What apprise says of the present thread's message: its answer is but yes or no.

    It names people's numbers, so nothing of it goes on to the application's log.
    """

    _installed: "_Testimony | None" = None

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._said = threading.local()

    @classmethod
    def of_apprise(cls) -> "_Testimony":
        if cls._installed is None:
            cls._installed = cls()
            logger = logging.getLogger("apprise")
            logger.handlers = [cls._installed]
            logger.propagate = False
            logger.setLevel(logging.DEBUG)
        return cls._installed

    def emit(self, record: logging.LogRecord) -> None:
        said = getattr(self._said, "lines", None)
        if said is not None:
            said.append(record.getMessage())

    def __enter__(self) -> list[str]:
        lines: list[str] = []
        self._said.lines = lines
        return lines

    def __exit__(self, *_: object) -> None:
        self._said.lines = None


def _judged(delivery: Delivery, said: list[str]) -> Outcome:
    """The outcome of a message that apprise says was not taken."""
    if any(CONNECTION_FAILED.search(line) for line in said):
        if any(NEVER_SENT.search(line) for line in said):
            return Outcome(delivery, Result.NOT_SENT, detail="gateway not reached")
        return Outcome(delivery, Result.UNKNOWN, detail="gateway did not answer")
    code = next((int(match[1]) for line in said if (match := ERROR_CODE.search(line))), None)
    if code is None:
        return Outcome(delivery, Result.UNKNOWN, detail="gateway said no")
    detail = f"gateway error {code}"
    if code in (401, 403):
        return Outcome(delivery, Result.UNAUTHORISED, detail=detail)
    if code == 429:
        return Outcome(delivery, Result.NOT_SENT, detail=detail, pause_seconds=BUSY_SECONDS)
    if 500 <= code < 600:
        return Outcome(delivery, Result.UNKNOWN, detail=detail)
    # Any other status of HTTP, or the gateway's own code for a number or text that it will not take.
    return Outcome(delivery, Result.REFUSED, detail=detail)


def _with_recipient(url: str) -> str:
    if RECIPIENT in url:
        return url
    field = ":to" if _scheme(url) in WEBHOOKS else "to"
    return f"{url}{'&' if '?' in url else '?'}{field}={RECIPIENT}"


def _scheme(url: str) -> str:
    return url.partition("://")[0].lower()
