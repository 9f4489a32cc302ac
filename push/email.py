"""E-mail over SMTP."""

import contextlib
import smtplib
import ssl
import threading
import time
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

from push.delivery import AddressKind, Channel, Delivery
from push.outcome import Outcome, Result
from push.pool import PoolSender
from push.sender import Envelope, TransportError, UnsendableError

CAPACITY = 4
TIMEOUT_SECONDS = 20.0
IDLE_SECONDS_MAX = 10.0
BUSY_SECONDS = 300.0
"""After a 4xx: mailboxes that are busy, or ask strangers to come again, mean minutes."""

PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Where e-mail is handed over, and as whom."""

    host: str
    port: int
    implicit_tls: bool
    user: str | None
    password: str | None
    sender: str

    def __repr__(self) -> str:
        return f"MailServer(host={self.host!r}, port={self.port})"


def parse_url(url: str) -> MailServer:
    """The mail server of `smtp[s]://[user:password@]host[:port][?from=address]`.

    `smtp` turns to TLS by STARTTLS where the server offers it, and never gives a password away without; `smtps` speaks
    TLS from the start. Raises TransportError (permanent) with one sentence.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise TransportError("MOLVA_SMTP_URL names a port that is none.", permanent=True) from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise TransportError(
            "MOLVA_SMTP_URL takes smtp://user:password@host:port?from=address, or smtps:// for TLS from the start.",
            permanent=True,
        )
    user = unquote(parts.username) if parts.username else None
    sender = parse_qs(parts.query).get("from", [user if user and "@" in user else f"molva@{parts.hostname}"])[0]
    return MailServer(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        implicit_tls=parts.scheme == "smtps",
        user=user,
        password=unquote(parts.password) if parts.password else None,
        sender=sender,
    )


class EmailSender(PoolSender):
    """Sends e-mail; each thread keeps its connection for a while."""

    channel = Channel.EMAIL

    def __init__(self, url: str, *, capacity: int = CAPACITY) -> None:
        """Raises TransportError (permanent) with one sentence where the URL cannot work."""
        self._server = parse_url(url)
        self._kept = threading.local()
        super().__init__(capacity=capacity)

    def encode(self, delivery: Delivery) -> Envelope:
        """The e-mail. Its Message-ID is the same in every attempt. Raises UnsendableError."""
        if delivery.address.kind is not AddressKind.EMAIL or "@" not in delivery.address.value:
            raise UnsendableError(f"an e-mail goes to an e-mail address, not to a {delivery.address.kind}")
        message = EmailMessage(policy=SMTP)
        try:
            delivery.address.value.encode("ascii")
            message["From"], message["To"] = self._server.sender, delivery.address.value
            message["Subject"] = " ".join(delivery.title.split())
            message["Date"] = formatdate(usegmt=True)
            message["Message-ID"] = f"<{delivery.collapse_id}@{self._server.sender.rpartition('@')[2]}>"
            message["Auto-Submitted"] = "auto-generated"
            message.set_content(delivery.body)
            return Envelope(delivery, message.as_bytes())
        except (ValueError, UnicodeError) as error:
            raise UnsendableError(f"no e-mail can be made of it: {type(error).__name__}") from error

    def deliver(self, envelope: Envelope) -> Outcome:
        """Hands one e-mail over. Raises TransportError where the server cannot be used."""
        connection = self._connection()
        try:
            outcome = self._hand_over(connection, envelope)
        except (OSError, smtplib.SMTPException) as error:
            self._forget()
            return Outcome(envelope.delivery, Result.NOT_SENT, detail=type(error).__name__)
        self._kept.used_at = time.monotonic()
        return outcome

    def _hand_over(self, connection: smtplib.SMTP, envelope: Envelope) -> Outcome:
        delivery = envelope.delivery
        code, _ = connection.mail(self._server.sender)
        if code >= 500:
            self._forget()
            raise TransportError(f"The mail server refuses our sender address ({code}).", permanent=True)
        if code < 400:
            code, _ = connection.rcpt(delivery.address.value)
        if code < 400:
            try:
                code, _ = connection.data(envelope.payload)
            except smtplib.SMTPDataError as error:
                code = error.smtp_code
            except (OSError, smtplib.SMTPException) as error:
                # The text may have gone through: only the answer is missing.
                self._forget()
                return Outcome(delivery, Result.UNKNOWN, detail=type(error).__name__)
        if code < 400:
            return Outcome(delivery, Result.ACCEPTED)
        connection.rset()
        detail = f"SMTP {code}"
        if code < 500:
            return Outcome(delivery, Result.NOT_SENT, detail=detail, retry_in_seconds=BUSY_SECONDS)
        return Outcome(delivery, Result.REFUSED, detail=detail)

    def _connection(self) -> smtplib.SMTP:
        connection: smtplib.SMTP | None = getattr(self._kept, "connection", None)
        if connection is not None and time.monotonic() - self._kept.used_at < IDLE_SECONDS_MAX:
            return connection
        self._forget()
        self._kept.connection = connection = connect(self._server)
        self._kept.used_at = time.monotonic()
        return connection

    def retire(self) -> None:
        """Ends the calling thread's connection."""
        self._forget()

    def _forget(self) -> None:
        connection: smtplib.SMTP | None = getattr(self._kept, "connection", None)
        self._kept.connection = None
        if connection is not None:
            _end(connection)


def connect(server: MailServer) -> smtplib.SMTP:
    """A connection that is ready to send. Raises TransportError."""
    try:
        if not server.implicit_tls:
            connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
        else:
            context = ssl.create_default_context()
            connection = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
        try:
            _introduce(connection, server)
        except BaseException:
            _end(connection)
            raise
    except smtplib.SMTPAuthenticationError as error:
        permanent = error.smtp_code >= 500
        raise TransportError(
            f"The mail server refuses our password ({error.smtp_code}).", permanent=permanent
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise TransportError(
            "The mail server asks for no password, or in no way that we know.", permanent=True
        ) from error
    except ssl.SSLCertVerificationError as error:
        raise TransportError(
            f"The mail server's certificate is not trusted: {error.verify_message}.", permanent=True
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        raise TransportError(f"The mail server cannot be reached ({type(error).__name__}).", permanent=False) from error
    return connection


def _introduce(connection: smtplib.SMTP, server: MailServer) -> None:
    connection.ehlo()
    secure = server.implicit_tls
    if not secure and connection.has_extn("starttls"):
        connection.starttls(context=ssl.create_default_context())
        connection.ehlo()
        secure = True
    if server.user is None:
        return
    if not secure and not _is_loopback(server.host):
        raise TransportError(
            f"The mail server {server.host} offers no TLS: the password would be readable on the way.", permanent=True
        )
    connection.login(server.user, server.password or "")


def _end(connection: smtplib.SMTP) -> None:
    with contextlib.suppress(OSError, smtplib.SMTPException):
        connection.quit()
    connection.close()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
