"""The member's questions about points: what each is about, where it stands, what was said, how it ended."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from client_kivy.state import formatting
from client_kivy.state.language import N_, ngettext
from client_kivy.state.language import gettext as _
from client_kivy.state.letters import ENDED, Letter

PILLS = {
    "open": (N_("In review"), "hourglass", "info"),
    "answered": (N_("Answered"), "message-circle", "info"),
    "upheld": (N_("You were right"), "circle-check", "rewarded"),
    "settled": (N_("Settled"), "circle-check", "rewarded"),
    "refused": (N_("Refused"), "circle-x", "rejected"),
    "withdrawn": (N_("Withdrawn"), "arrow-back-up", "neutral"),
    "unsent": (N_("Not sent yet"), "clock", "pending"),
    "untaken": (N_("Not accepted"), "alert-circle", "rejected"),
}
DECISIONS = {
    "upheld": (N_("You were right"), "circle-check", "rewarded"),
    "settled": (N_("Settled"), "circle-check", "rewarded"),
    "refused": (N_("It stays as it is"), "circle-x", "rejected"),
    "withdrawn": (N_("You withdrew the question"), "arrow-back-up", "neutral"),
}
ABOUT = {
    "too_few": N_("Too few points"),
    "not_yet": N_("The points have not come"),
    "not_mine": N_("This purchase is not mine"),
    "taken_twice": N_("I returned it, points were taken twice"),
}
"""What should be different, as the person chose it."""
SUBJECT_ICONS = {"entry": "receipt", "referral": "users", "receipt": "receipt"}


@dataclass(frozen=True)
class Subject:
    """What a question is about, as a row."""

    icon: str = "receipt"
    title: str = ""
    note: str = ""
    points: str = ""
    tone: str = "text"
    state: str = ""
    state_icon: str = ""


@dataclass(frozen=True)
class Question:
    """A question as a row of the list. `key` names a letter that was not delivered yet, `id` an opened question."""

    id: str
    key: str
    icon: str
    title: str
    note: str
    pill: str
    pill_icon: str
    pill_tone: str
    open: bool


@dataclass(frozen=True)
class Stage:
    """One of the three steps over a thread."""

    label: str
    note: str
    state: str
    """`done`, `now` or `ahead`."""


@dataclass(frozen=True)
class Saying:
    """One bubble of a thread."""

    text: str
    caption: str
    own: bool
    photos: str = ""
    waiting: bool = False
    key: str = ""
    """The letter, where it is one that was refused and can be taken back."""


@dataclass(frozen=True)
class Decision:
    """How a question ended."""

    title: str = ""
    icon: str = ""
    tone: str = "text"
    text: str = ""
    points: str = ""


@dataclass(frozen=True)
class Thread:
    """A question with everything that belongs to it."""

    title: str = ""
    subject: Subject = Subject()
    stages: tuple[Stage, ...] = ()
    sayings: tuple[Saying, ...] = ()
    decision: Decision = Decision()
    may_write: bool = False
    may_withdraw: bool = False
    by_rule: bool = False
    """A rule has answered: whoever writes more is not convinced, and a person looks at it."""
    may_rate: bool = False
    rated: int = 0


NO_THREAD = Thread()


def questions_of(
    disputes: Iterable[Mapping[str, Any]], letters: Iterable[Letter], *, now: datetime
) -> tuple[Question, ...]:
    """The rows of the list: first what was not delivered yet, then those of `/me/disputes`, the open ones first."""
    unsent = [_question_of_letter(letter) for letter in letters if letter.opening is not None and not letter.dispute_id]
    rows = [_question_of(item, now=now) for item in disputes]
    return (*unsent, *(row for row in rows if row.open), *(row for row in rows if not row.open))


def open_question_about(disputes: Iterable[Mapping[str, Any]], kind: str, id_: str) -> str:
    """The id of the open question about a row or a friend; empty where there is none."""
    for item in disputes:
        subject = item.get("subject") or {}
        if subject.get("kind") == kind and subject.get("id") == id_ and item["status"] not in ENDED:
            return str(item["id"])
    return ""


def open_summary(questions: Iterable[Question]) -> str:
    """How many questions are not answered yet."""
    count = sum(1 for question in questions if question.open)
    if not count:
        return _("No open ones")
    return ngettext("{count} open", "{count} open ones", count).format(count=formatting.number(count))


def subject_of(dispute: Mapping[str, Any], *, now: datetime) -> Subject:
    """What a question of `/me/disputes` is about; `now` is in the member's zone."""
    subject = dispute["subject"]
    points = subject.get("points")
    title, note = subject.get("title") or _("Your question"), _note_of(subject, now=now)
    about = ABOUT.get(dispute.get("about") or "")
    if about:
        title, note = _(about), " · ".join(part for part in (title, note) if part)
    return Subject(
        icon=SUBJECT_ICONS.get(subject["kind"], "receipt"),
        title=title,
        note=note,
        points=formatting.signed(points) if points else "",
        tone="rewarded" if points and points > 0 else "text",
    )


def thread_of(dispute: Mapping[str, Any], letters: Iterable[Letter], *, now: datetime, under_way: str) -> Thread:
    """One question of `/me/disputes/{id}`, with what was written to it and not delivered yet."""
    status, rating = dispute["status"], dispute.get("rating") or 0
    messages = list(dispute.get("thread") or ())
    if dispute.get("decision") and messages and messages[-1]["kind"] == status:
        # The last word stands apart, as the decision.
        messages.pop()
    sayings = [
        _saying_of(message, now=now) for message in messages if message.get("text") or message.get("evidence_id")
    ]
    if not messages and dispute.get("text"):
        sayings = [Saying(dispute["text"], _("You"), own=True)]
    pending = [letter for letter in letters if letter.dispute_id == dispute["id"]]
    sayings += [_saying_of_letter(letter, under_way=under_way) for letter in pending if _still_to_show(letter)]
    return Thread(
        title=_title_of(dispute["subject"], now=now),
        subject=subject_of(dispute, now=now),
        stages=_stages_of(dispute, now=now),
        sayings=tuple(sayings),
        decision=_decision_of(dispute),
        may_write=bool(dispute.get("may_write")),
        may_withdraw=status not in ENDED,
        by_rule=status == "settled",
        may_rate=bool(dispute.get("may_rate")) and not rating,
        rated=rating,
    )


def thread_of_letter(letter: Letter, *, now: datetime, under_way: str) -> Thread:
    """A question that the server has not opened yet."""
    written_at = datetime.fromisoformat(letter.written_at).astimezone(now.tzinfo)
    sent = _("Not accepted") if letter.refusal else _("Not sent yet")
    return Thread(
        title=_("Your question"),
        subject=subject_of_letter(letter),
        stages=(
            Stage(sent, formatting.short_day(written_at.date(), today=now.date()), "now"),
            Stage(_("In review"), "", "ahead"),
            Stage(_("Answer"), "", "ahead"),
        ),
        sayings=(_saying_of_letter(letter, under_way=under_way),),
        may_withdraw=letter.key != under_way,
    )


def subject_of_letter(letter: Letter) -> Subject:
    """What a letter is about, from what the person saw when it was written."""
    return Subject(**dict(letter.subject)) if letter.subject else Subject()


def due_words(due_on: str | None, *, today: date) -> str:
    """By when an answer comes."""
    if not due_on:
        return ""
    return _("by {day}").format(day=formatting.short_day(date.fromisoformat(due_on[:10]), today=today))


def _question_of(item: Mapping[str, Any], *, now: datetime) -> Question:
    status = item["status"]
    label, icon, tone = PILLS.get(status, (status, "help-circle", "neutral"))
    subject = subject_of(item, now=now)
    is_open = status not in ENDED
    due = due_words(item.get("due_on"), today=now.date())
    decision = item.get("decision") or {}
    note = _("Answer {due}").format(due=due) if is_open and due else decision.get("text") or subject.note
    return Question(
        id=item["id"],
        key="",
        icon=subject.icon,
        title=subject.title,
        note=note,
        pill=_(label),
        pill_icon=icon,
        pill_tone=tone,
        open=is_open,
    )


def _question_of_letter(letter: Letter) -> Question:
    label, icon, tone = PILLS["untaken" if letter.refusal else "unsent"]
    subject = subject_of_letter(letter)
    waits = _("It goes off as soon as there is a connection.")
    return Question(
        id="",
        key=letter.key,
        icon=subject.icon,
        title=subject.title,
        note=letter.refusal or waits,
        pill=_(label),
        pill_icon=icon,
        pill_tone=tone,
        open=True,
    )


def _note_of(subject: Mapping[str, Any], *, now: datetime) -> str:
    receipt = subject.get("receipt") or {}
    parts = []
    if subject.get("occurred_at"):
        parts.append(formatting.moment(_moment(subject["occurred_at"], now), now=now))
    if receipt.get("store_name"):
        parts.append(receipt["store_name"])
    if receipt.get("number"):
        parts.append(_("No. {number}").format(number=receipt["number"]))
    if receipt.get("amount") is not None:
        parts.append(formatting.money(receipt["amount"], receipt.get("currency") or "RUB"))
    return " · ".join(parts)


def _title_of(subject: Mapping[str, Any], *, now: datetime) -> str:
    if subject["kind"] == "referral":
        return _("About a friend")
    if subject["kind"] == "receipt":
        return subject.get("title") or _("Your question")
    if not subject.get("occurred_at"):
        return _("Your question")
    day = formatting.day(_moment(subject["occurred_at"], now).date(), today=now.date())
    return _("Points of {day}").format(day=day)


def _moment(text: str, now: datetime) -> datetime:
    return datetime.fromisoformat(text).astimezone(now.tzinfo)


def _short_day(text: str, now: datetime) -> str:
    return formatting.short_day(_moment(text, now).date(), today=now.date())


def _stages_of(dispute: Mapping[str, Any], *, now: datetime) -> tuple[Stage, ...]:
    status = dispute["status"]
    sent = Stage(_("Sent"), _short_day(dispute["opened_at"], now), "done")
    if status in ENDED:
        review = Stage(_("By the rules") if status == "settled" else _("In review"), "", "done")
        return sent, review, Stage(_(PILLS[status][0]), _short_day(dispute["status_at"], now), "done")
    names = [message.get("name") for message in dispute.get("thread") or () if message["side"] == "shop"]
    who = next((name for name in reversed(names) if name), "")
    due = due_words(dispute.get("due_on"), today=now.date())
    return sent, Stage(_("In review"), who, "now"), Stage(_("Answer"), due, "ahead")


def _saying_of(message: Mapping[str, Any], *, now: datetime) -> Saying:
    at = _moment(message["at"], now)
    when = formatting.time(at) if at.date() == now.date() else formatting.moment(at, now=now)
    if message["side"] == "member":
        who = _("You")
    elif message["side"] == "rule":
        who = _("By the rules, at once")
    else:
        name = message.get("name")
        who = _("{name}, support").format(name=name) if name else _("Support")
    photos = photos_words(1) if message.get("evidence_id") else ""
    return Saying(message.get("text") or "", f"{who} · {when}", own=message["side"] == "member", photos=photos)


def _saying_of_letter(letter: Letter, *, under_way: str) -> Saying:
    if letter.refusal:
        state = letter.refusal
    elif letter.key == under_way:
        state = _("Being sent")
    else:
        state = _("Not sent yet")
    return Saying(
        text="" if letter.said else letter.text,
        caption=f"{_('You')} · {state}",
        own=True,
        photos=photos_words(len(letter.photos)) if letter.photos else "",
        waiting=True,
        key=letter.key if letter.refusal else "",
    )


def _still_to_show(letter: Letter) -> bool:
    return bool(letter.photos) or not letter.said


def photos_words(count: int) -> str:
    """How many photos are attached."""
    return ngettext("{count} photo", "{count} photos", count).format(count=formatting.number(count))


def _decision_of(dispute: Mapping[str, Any]) -> Decision:
    status = dispute["status"]
    if status not in DECISIONS:
        return Decision()
    title, icon, tone = DECISIONS[status]
    decision = dispute.get("decision") or {}
    points = decision.get("points") or 0
    return Decision(_(title), icon, tone, decision.get("text") or "", formatting.signed(points) if points else "")
