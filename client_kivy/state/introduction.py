"""Making this installation known to the server: without it no push arrives on this phone."""

from collections.abc import Callable

from client_kivy.api.errors import ApiError, Problem
from client_kivy.state.session import Session


class Introduction:
    """Tells the server which app this is and where pushes for it go."""

    def __init__(
        self, session: Session, *, platform: str, app_version: str, push_token: Callable[[], str | None]
    ) -> None:
        self._session = session
        self._device = {"platform": platform, "app_version": app_version}
        self._push_token = push_token
        self._told: str | None = None
        self._due = False

    def make(self) -> None:
        """Tells it now."""
        self._told, self._due = self._push_token(), False
        device = {**self._device, "push_token": self._told} if self._told else self._device
        self._session.register_device(device, self._not_made)

    def keep_up(self) -> None:
        """Tells it again where the address for pushes is another one since, or where it did not arrive."""
        if self._session.signed_in and (self._due or self._push_token() != self._told):
            self.make()

    def _not_made(self, error: ApiError) -> None:
        self._due = not (isinstance(error, Problem) and error.stands)
