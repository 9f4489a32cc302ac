"""The stand-in's mail server: takes every e-mail and keeps its text."""

from collections.abc import Iterable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from backend.demo.phone.faults import Faults, Kind
from backend.demo.phone.messages import Messages

SMTP_ANSWERS = {
    Kind.QUOTA: "452 4.3.1 Too much mail, try again later",
    Kind.INTERNAL: "451 4.3.0 Internal error",
    Kind.UNAVAILABLE: "451 4.3.2 Try again later",
    Kind.UNREGISTERED: "550 5.1.1 No such mailbox",
    Kind.INVALID_ARGUMENT: "553 5.1.3 Bad mailbox name",
    Kind.PERMISSION_DENIED: "554 5.7.1 Relay access denied",
    Kind.UNAUTHENTICATED: "530 5.7.0 Authentication required",
}


class MailHandler:
    """aiosmtpd's hooks."""

    def __init__(self, messages: Messages, faults: Faults) -> None:
        self._messages, self._faults = messages, faults

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Refuses an address where a fault says so."""
        del server, session, rcpt_options
        for fault in self._faults.meet(channel="email", to=address.lower()):
            if fault.kind in SMTP_ANSWERS:
                return SMTP_ANSWERS[fault.kind]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - likewise
        """Keeps the e-mail once for each recipient."""
        del server, session
        content: Any = envelope.content
        mail = message_from_bytes(content, policy=policy.default)
        self._keep(mail, envelope.rcpt_tos)
        return "250 OK"

    def _keep(self, mail: EmailMessage, recipients: Iterable[str]) -> None:
        text = mail.get_body(preferencelist=("plain", "html"))
        body = str(text.get_content()).rstrip("\r\n") if text is not None else ""
        for recipient in recipients:
            self._messages.take(
                channel="email", to=recipient.lower(), title=str(mail.get("Subject", "")), body=body, data={}
            )
