"""The list of the member's questions about points, and the way to ask about a receipt that is missing."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty

from client_kivy.screens.page import Page
from client_kivy.state.complaint import Complaint
from client_kivy.state.disputes import Question, questions_of
from client_kivy.state.freshness import standstill
from client_kivy.widgets import button, header, load_rules, notice  # noqa: F401 - rules
from client_kivy.widgets.rows import question_row_height


class Disputes(Page):
    """See the module. What was not delivered yet stands first."""

    reads = ("disputes", "me")
    coming = BooleanProperty(defaultvalue=True)
    nothing = BooleanProperty(defaultvalue=False)
    standing = ObjectProperty(None, allownone=True, rebind=True)

    def on_width(self, *_changed: Any) -> None:
        """Texts wrap anew."""
        self._show_soon()

    def show(self) -> None:
        """See `Page`."""
        resource = self.resource("disputes")
        questions = questions_of(self.items("disputes"), self.app.letters.waiting, now=self.app.now())
        self.standing = None if questions else standstill(resource)
        self.coming = not resource.known and not questions and self.standing is None
        self.nothing = resource.known and not questions
        width, last = self.width - 32, len(questions) - 1
        self.ids.rows.data = [
            {
                "viewclass": "QuestionRow",
                "question": question,
                "pressed": self.open,
                "first": place == 0,
                "last": place == last,
                "row_size": (0, question_row_height(question, width)),
            }
            for place, question in enumerate(questions)
        ]

    def open(self, question: Question) -> None:
        """Shows a question."""
        self.app.open_question(dispute_id=question.id, key=question.key)

    def ask(self) -> None:
        """A receipt is missing."""
        self.app.complain(Complaint(kind="receipt"))


load_rules(__file__)
