"""A visitor with a browser that runs no scripts: opens pages, follows redirects, fills in the forms that are there."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient


@dataclass
class Form:
    """A form as the page has it: where it goes, and what it would send untouched."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    boxes: dict[str, bool] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif tag == "input" and given.get("type") == "checkbox":
            self.forms[-1].boxes[given["name"]] = "checked" in given
        elif tag == "input":
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif tag == "a":
            self.links.append(given.get("href", ""))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append(" ".join(data.split()))


@dataclass
class Visitor:
    """One browser with its cookies, in front of one page."""

    client: FlaskClient
    locale: str = "en"
    agent: str = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0"
    status: int = 0
    path: str = ""
    html: str = ""

    def opens(self, path: str, **headers: str) -> "Visitor":
        return self._look(self.client.get(path, headers=self._headers() | headers, follow_redirects=True))

    def submits(self, number: int = 0, **values: Any) -> "Visitor":
        """Sends one of the page's forms: a text for a field, True or False for a box, anything else is a button."""
        form = self._read().forms[number]
        sent = dict(form.fields)
        sent |= {name: "1" for name, ticked in form.boxes.items() if values.get(name, ticked)}
        sent |= {name: value for name, value in values.items() if name not in form.boxes}
        to = form.action or self.path
        return self._look(self.client.post(to, data=sent, headers=self._headers(), follow_redirects=True))

    @property
    def words(self) -> str:
        """All that can be read on the page."""
        return " ".join(self._read().words)

    @property
    def form(self) -> Form:
        """The page's first form."""
        return self._read().forms[0]

    @property
    def links(self) -> list[str]:
        return self._read().links

    def _headers(self) -> dict[str, str]:
        return {"Accept-Language": self.locale, "User-Agent": self.agent, "Accept": "text/html"}

    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.html)
        return reader

    def _look(self, response: Any) -> "Visitor":
        self.status, self.path, self.html = response.status_code, response.request.path, response.get_data(as_text=True)
        return self
