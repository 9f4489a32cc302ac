"""The code from the message, and what to call the person."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.clock import Clock
from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from client_kivy.api.errors import ApiError, Problem
from client_kivy.screens.page import Page
from client_kivy.state.joining import RESEND_SECONDS, said_of
from client_kivy.widgets import button, field, header, load_rules  # noqa: F401 - rules


class Confirm(Page):
    """See the module."""

    sent_to = StringProperty("")
    placeholder = StringProperty("")
    seconds_to_resend = NumericProperty(0)
    resend = StringProperty("")
    friend_error = StringProperty("")
    busy = BooleanProperty(defaultvalue=False)

    def on_pre_enter(self, *arguments: Any) -> None:
        """Starts to count until another code may be asked for."""
        super().on_pre_enter(*arguments)
        self.ids.code.text = ""
        self.friend_error = ""
        self._count_from(RESEND_SECONDS)

    def on_leave(self, *_arguments: Any) -> None:
        """Stops counting."""
        Clock.unschedule(self._count)

    def show(self) -> None:
        """See `Page`."""
        self.sent_to = self.app.tr("Sent to {contact}").format(contact=self.app.draft.spoken_contact)
        self.placeholder = "0" * self.app.draft.code_digits
        self._say_resend()

    def join(self) -> None:
        """Signs in with the code."""
        code = self.ids.code.text.strip()
        if not code:
            self.ids.code.error = self.app.tr("Type the code from the message.")
            return
        if self.busy:
            return
        self.busy = True
        self.app.draft.name = self.ids.name.text
        joining = self.app.draft.joining(code, locale=self.app.language)
        self.app.session.sign_in(joining, self._joined, self._refused)

    def join_without_friend(self) -> None:
        """The friend's code was not known: goes on without it."""
        self.app.draft.referral_code = ""
        self.friend_error = ""
        self.join()

    def ask_again(self) -> None:
        """Has another code sent."""
        self._count_from(RESEND_SECONDS)
        self.app.session.request_code(self.app.draft.contact, lambda _digits: None, self._not_sent)

    def _joined(self) -> None:
        self.busy = False
        self.app.welcome_in()

    def _refused(self, error: ApiError) -> None:
        self.busy = False
        if isinstance(error, Problem) and error.of_field("referral_code"):
            self.friend_error = error.of_field("referral_code")
            return
        self.ids.code.error = said_of(error, "code", "phone", "email")

    def _not_sent(self, error: ApiError) -> None:
        self.ids.code.error = said_of(error, "phone", "email")
        if isinstance(error, Problem) and error.retry_after_seconds:
            self._count_from(error.retry_after_seconds)

    def _count_from(self, seconds: int) -> None:
        Clock.unschedule(self._count)
        self.seconds_to_resend = seconds
        Clock.schedule_interval(self._count, 1)
        self._say_resend()

    def _count(self, *_elapsed: Any) -> bool:
        self.seconds_to_resend -= 1
        self._say_resend()
        return bool(self.seconds_to_resend > 0)

    def _say_resend(self) -> None:
        self.resend = (
            self.app.ntr(
                "Another code can be sent in {count} second",
                "Another code can be sent in {count} seconds",
                self.seconds_to_resend,
            )
            if self.seconds_to_resend > 0
            else ""
        )


load_rules(__file__)
