"""How a request reaches the server; replaced in tests."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from client_kivy.api.errors import NoConnection

if TYPE_CHECKING:
    import requests

CONNECT_SECONDS = 5
READ_SECONDS = 15


@dataclass(frozen=True)
class Upload:
    """A file that goes with a call, in a field of a form."""

    field: str
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Request:
    """One call; `path` begins after the server's address. With an `upload` the call is a form in the place of JSON."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    upload: Upload | None = None


@dataclass(frozen=True)
class Response:
    """One answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def document(self) -> Any:
        """The answer's JSON; None where there is none."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None


class Transport(Protocol):
    """Carries a request to the server and brings the answer."""

    def send(self, request: Request) -> Response:
        """The server's answer, whatever its status.

        Raises:
            NoConnection: nothing answered.
        """


class HttpTransport:
    """Real HTTP. `certificates` is the file of a CA to trust in the place of the usual ones, for a local network."""

    def __init__(self, server_url: str, *, certificates: str | None = None) -> None:
        self.server_url = server_url.rstrip("/")
        self._certificates = certificates
        self._session: requests.Session | None = None

    def send(self, request: Request) -> Response:
        """See `Transport`."""
        # requests takes longer to import than the first screen to draw, and only worker threads need it.
        import requests

        if self._session is None:
            self._session = requests.Session()
        upload = request.upload
        files = {upload.field: (upload.name, upload.content, upload.media_type)} if upload else None
        try:
            answer = self._session.request(
                request.method,
                self.server_url + request.path,
                json=request.body,
                files=files,
                headers=dict(request.headers),
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                verify=self._certificates or True,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise NoConnection(type(error).__name__) from error
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, headers, answer.content)
