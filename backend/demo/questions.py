"""Two questions of the demo's past: one that was upheld with points, and one that waits for Olga's word."""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy.orm import Session

from backend.demo.cast import STAFF
from backend.demo.clock import living_at
from backend.disputes import service as disputes
from backend.disputes.service import Subject
from backend.ledger import queries as ledger
from backend.receipts import finding as receipts
from backend.shared.wording import Reader
from backend.staff.queries import StaffIdentity, staff_member_named

ENTRIES_LOOKED_AT = 100
LATER = timedelta(hours=3)
SLIP_WIDTH, SLIP_HEIGHT, LINE_HEIGHT, MARGIN = 720, 940, 52, 64
INK, PAPER = "#3B3B3B", "#F7F5EF"


@dataclass(frozen=True)
class Question:
    """What somebody asks about a purchase of theirs, what support writes to it, and what the member says to that."""

    receipt: str
    """The purchase's number."""
    text: str
    answer: str
    reply: str
    slip: tuple[tuple[str, str], ...] = ()
    """Lines of the paper that is photographed, with their figures."""
    points: int = 0
    """Added by the decision; without them there is none yet."""
    decision: str = ""
    rating: int = 0


ALICES = Question(
    receipt="alice-21",
    text="I paid 820 with my own card: the beans were on the same receipt.",
    answer="Thank you, Alice. I see 420 from the till. Could you send a photo of the receipt?",
    reply="Here it is. The second line is the beans.",
    slip=(
        ("GRAIN, POKROVKA 12", ""),
        ("", ""),
        ("FLAT WHITE x 2", "420.00"),
        ("BEANS BRAZIL 250 G", "400.00"),
        ("", ""),
        ("TOTAL", "820.00"),
        ("CARD", "820.00"),
        ("", ""),
        ("THANK YOU", ""),
    ),
)
IVANS = Question(
    receipt="friend-11",
    text="Покупка была на 1 240 ₽: кофе и пачка зерна. Баллы только за 640.",
    answer="Спасибо, Иван. Проверяем по кассовой ленте.",
    reply="Хорошо, жду.",
    points=30,
    decision="Вы правы: касса передала только часть чека. Добавили 30 баллов за зерно.",
    rating=5,
)


def ask(session: Session, question: Question, *, member_id: UUID, at: datetime) -> None:
    """Lives through a question from its first word to where it stands. Again, it changes nothing."""
    with living_at(at):
        opened, is_new = disputes.open_dispute(
            session,
            member_id=member_id,
            subject=Subject(kind="entry", id=_entry_of(session, member_id, question.receipt)),
            text=question.text,
            about="too_few",
            key=f"demo-{question.receipt}",
        )
    if is_new:
        _answer(session, question, opened.id, asker=member_id, at=at)


def _answer(session: Session, question: Question, dispute_id: UUID, *, asker: UUID, at: datetime) -> None:
    olga = _olga(session)
    with living_at(at + LATER):
        disputes.answer(session, dispute_id=dispute_id, text=question.answer, by=olga)
    with living_at(at + 2 * LATER):
        disputes.write(session, dispute_id=dispute_id, member_id=asker, text=question.reply)
        if question.slip:
            disputes.add_evidence(session, dispute_id=dispute_id, member_id=asker, content=_photo(question.slip))
    if not question.points:
        return
    with living_at(at + 8 * LATER):
        disputes.decide(
            session,
            dispute_id=dispute_id,
            outcome="upheld",
            text=question.decision,
            points=question.points,
            by=olga,
        )
        disputes.rate(session, dispute_id=dispute_id, member_id=asker, rating=question.rating)


def _entry_of(session: Session, member_id: UUID, number: str) -> UUID:
    (sold,) = receipts.by_number(session, number)
    entries = ledger.entries(session, member_id, reader=Reader("en"), limit=ENTRIES_LOOKED_AT)
    return next(entry.id for entry in entries if entry.receipt_id == sold.id and entry.referral_id is None)


def _olga(session: Session) -> StaffIdentity:
    person = STAFF["olga"]
    found = staff_member_named(session, person.name)
    if found is None:
        raise LookupError(person.name)
    return StaffIdentity(id=found.id, name=found.name, role=found.role, store_id=None, who=f"staff_member:{found.id}")


def _photo(lines: tuple[tuple[str, str], ...]) -> bytes:
    """A slip of paper as a phone would see it."""
    paper = Image.new("RGB", (SLIP_WIDTH, SLIP_HEIGHT), PAPER)
    pen, font = ImageDraw.Draw(paper), ImageFont.load_default(34)
    for number, (words, figure) in enumerate(lines):
        y = MARGIN + LINE_HEIGHT * number
        pen.text((MARGIN, y), words, fill=INK, font=font)
        pen.text((SLIP_WIDTH - MARGIN, y), figure, fill=INK, font=font, anchor="ra")
    pen.line((MARGIN, MARGIN + LINE_HEIGHT * 4.5, SLIP_WIDTH - MARGIN, MARGIN + LINE_HEIGHT * 4.5), fill=INK, width=2)
    written = io.BytesIO()
    paper.rotate(2, expand=True, fillcolor="#6B5B52").save(written, "JPEG", quality=88)
    return written.getvalue()
