"""What becomes of a receipt whose points waited upon a case, once a person has decided."""

from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.notifications.service import NewMessage, tell
from backend.screening.events import CaseClosed
from backend.shared.i18n import LOCALES
from backend.till.card_screening import RECEIPT


def on_case_closed(session: Session, event: CaseClosed) -> None:
    """Lets the points go on as if they had never been held, or takes them back with the reason that was given."""
    if event.subject_kind != RECEIPT or event.member_id is None:
        return
    if event.outcome == "release":
        ledger.let_go(session, event.member_id, case_id=event.case_id)
        return
    facts = {"reason": dict.fromkeys(LOCALES, event.reason), "case_id": str(event.case_id)}
    ledger.take_back_held(
        session, event.member_id, case_id=event.case_id, wording="till.refused", facts=facts, at=event.at
    )
    message = NewMessage(
        member_id=event.member_id,
        kind="receipt_refused",
        facts=facts,
        natural_key=f"receipt_refused:{event.case_id}",
    )
    tell(session, [message])
