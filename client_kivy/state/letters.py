"""What the person writes to the shop: kept at once, delivered when there is a connection, each thing once."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from client_kivy.api.client import Client
from client_kivy.api.errors import ApiError, Problem
from client_kivy.api.transport import Upload
from client_kivy.state import clock
from client_kivy.state.background import Background
from client_kivy.state.cache import Cache

PHOTO_TYPE = "image/jpeg"
ENDED = {"upheld", "refused", "settled", "withdrawn"}
Listener = Callable[[], None]


@dataclass(frozen=True)
class Letter:
    """A question that is to be opened, or what is to be added to one that is open; with photos or without."""

    key: str
    """Proves to the server that a repetition is one."""
    dispute_id: str = ""
    """Empty until the server has opened the question."""
    opening: Mapping[str, Any] | None = None
    """What the question is about, as the server wants it; None for what is added to an open one."""
    subject: Mapping[str, str] | None = None
    """What the question is about, as the person sees it until the server says it."""
    text: str = ""
    photos: tuple[str, ...] = ()
    """Files that are still to be delivered."""
    photos_sent: int = 0
    written_at: str = ""
    said: bool = False
    """Whether the words were delivered."""
    refusal: str = ""
    """Why the server did not take it; it is not sent again by itself."""


class Letters:
    """Keeps letters and delivers them in their order. Used from the thread that draws.

    `answered` hears each question as the server knows it after something was delivered.
    """

    def __init__(
        self,
        *,
        client: Client,
        cache: Cache,
        background: Background,
        folder: Path,
        answered: Callable[[Mapping[str, Any]], None] = lambda _dispute: None,
    ) -> None:
        self._client = client
        self._cache = cache
        self._background = background
        self._folder = folder
        self._answered = answered
        self._listeners: list[Listener] = []
        self._waiting = [_letter_of(document) for document in cache.letters()]
        self._opened: dict[str, str] = {}
        self._under_way = ""
        # A photo of a letter that was never finished goes with nothing.
        self._delete_photos(keep={file for letter in self._waiting for file in letter.photos})
        # What was on its way when the person signed out is of no use after it.
        self._era = 0

    def subscribe(self, listener: Listener) -> None:
        """Tells the listener that something was written, delivered or refused."""
        self._listeners.append(listener)

    @property
    def waiting(self) -> tuple[Letter, ...]:
        """What was not delivered whole, oldest first."""
        return tuple(self._waiting)

    def find(self, key: str) -> Letter | None:
        """A letter that was not delivered whole."""
        return next((letter for letter in self._waiting if letter.key == key), None)

    def under_way(self, key: str) -> bool:
        """Whether this one is being sent right now."""
        return bool(key) and key == self._under_way

    def opened(self, key: str) -> str:
        """The question that a letter has opened since the app was started; empty while it has not."""
        return self._opened.get(key, "")

    def new_photo_file(self) -> Path:
        """Where a photo is kept until it is delivered."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._folder / f"{uuid4()}.jpg"

    def write(self, letter: Letter) -> str:
        """Keeps a letter and sends it if it can be sent; returns its key."""
        key = letter.key or str(uuid4())
        said = not letter.text and letter.opening is None
        letter = replace(letter, key=key, written_at=clock.now().isoformat(), said=said, refusal="")
        self._waiting.append(letter)
        self._keep(letter)
        self.deliver()
        return key

    def give_up(self, key: str) -> Letter | None:
        """Takes back what was not delivered, unless it is on its way; its photos stay where they are."""
        letter = self.find(key)
        if letter is None or self.under_way(key):
            return None
        self._remove(letter)
        self._tell()
        return letter

    def deliver(self) -> None:
        """Sends what waits, one call after another."""
        if self._under_way:
            return
        letter = next((letter for letter in self._waiting if not letter.refusal), None)
        if letter is None:
            return
        self._under_way = letter.key
        era = self._era
        self._tell()
        self._background.run(
            lambda: self._send_next(letter),
            lambda answer: self._delivered(letter, answer) if era == self._era else None,
            lambda error: self._failed(letter, error) if era == self._era else None,
        )

    def forget(self) -> None:
        """The person signed out: what was not delivered is gone, with every photo that was made for it."""
        self._era += 1
        self._under_way = ""
        for letter in self._waiting:
            self._cache.remove_letter(letter.key)
        self._delete_photos()
        self._waiting.clear()
        self._opened.clear()

    def _send_next(self, letter: Letter) -> Any:
        if letter.opening is not None and not letter.dispute_id:
            body = {**letter.opening, "text": letter.text}
            return self._client.send("POST", "/me/disputes", body, key=letter.key)
        path = f"/me/disputes/{letter.dispute_id}"
        if not letter.said:
            return self._client.send("POST", f"{path}/messages", {"text": letter.text}, key=letter.key)
        if letter.photos:
            try:
                content = Path(letter.photos[0]).read_bytes()
            except FileNotFoundError:
                return None
            upload = Upload("photo", "photo.jpg", PHOTO_TYPE, content)
            key = f"{letter.key}-{letter.photos_sent + 1}"
            return self._client.send("POST", f"{path}/evidence", key=key, upload=upload)
        return None

    def _delivered(self, letter: Letter, answer: Any) -> None:
        self._under_way = ""
        if letter.opening is not None and not letter.dispute_id:
            letter = _opened(letter, answer)
            self._opened[letter.key] = letter.dispute_id
        elif not letter.said:
            letter = replace(letter, said=True)
        elif letter.photos:
            _delete(letter.photos[:1])
            letter = replace(letter, photos=letter.photos[1:], photos_sent=letter.photos_sent + 1)
        if letter.said and not letter.photos:
            self._remove(letter)
        else:
            self._keep(letter)
        if answer is not None:
            self._answered(answer)
        self._tell()
        self.deliver()

    def _failed(self, letter: Letter, error: ApiError) -> None:
        self._under_way = ""
        if isinstance(error, Problem) and error.stands:
            # What the server refuses will be refused again; the others need not wait for it.
            self._keep(replace(letter, refusal=error.detail or error.title or str(error.status)))
            self._tell()
            self.deliver()
            return
        self._tell()

    def _keep(self, letter: Letter) -> None:
        self._waiting = [letter if kept.key == letter.key else kept for kept in self._waiting]
        self._cache.keep_letter(letter.key, asdict(letter))

    def _remove(self, letter: Letter) -> None:
        self._waiting = [kept for kept in self._waiting if kept.key != letter.key]
        self._cache.remove_letter(letter.key)

    def _delete_photos(self, keep: Collection[str] = ()) -> None:
        _delete(tuple(str(file) for file in self._folder.glob("*.jpg") if str(file) not in keep))

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()


def _letter_of(document: Mapping[str, Any]) -> Letter:
    return Letter(**{**document, "photos": tuple(document["photos"])})


def _opened(letter: Letter, dispute: Mapping[str, Any]) -> Letter:
    """The letter after the server has answered which question it opened."""
    if dispute["status"] in ENDED:
        # Settled by a rule at once: nobody waits for a picture any more.
        _delete(letter.photos)
        return replace(letter, dispute_id=dispute["id"], said=True, photos=())
    # Where a question about the same thing was open already, the words follow into its thread.
    said = {_bare(message.get("text")) for message in dispute.get("thread") or ()}
    return replace(letter, dispute_id=dispute["id"], said=_bare(letter.text) in said)


def _bare(text: str | None) -> str:
    return " ".join((text or "").split())


def _delete(files: tuple[str, ...]) -> None:
    for file in files:
        Path(file).unlink(missing_ok=True)
