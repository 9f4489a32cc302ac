"""A friend on a sheet: the way so far, what it brought, and why not."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.app import App
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from client_kivy.state.complaint import Complaint
from client_kivy.state.friends import Brought, FriendStory, Step
from client_kivy.widgets import button, load_rules  # noqa: F401 - rules
from client_kivy.widgets.ground import Ground

NO_STEP = Step("", "", "point", "neutral", done=False)
NO_BROUGHT = Brought("", "", "text", "")


class WayStep(BoxLayout):
    """One step of the way, joined with the next by a line."""

    step = ObjectProperty(NO_STEP, rebind=True)
    last = BooleanProperty(defaultvalue=False)


class BroughtLine(BoxLayout):
    """One reward."""

    brought = ObjectProperty(NO_BROUGHT, rebind=True)


class Reason(Ground, BoxLayout):
    """Why it is so: the shop speaks."""

    text = StringProperty("")


class FriendSheet(BoxLayout):
    """See the module. `item` is the row as the server gave it; `question_id` an open question about this friend."""

    story = ObjectProperty(None, rebind=True)
    item = ObjectProperty(None)
    question_id = StringProperty("")

    def on_kv_post(self, _base: object) -> None:
        """Lays the way out."""
        story: FriendStory = self.story
        last = len(story.steps) - 1
        for place, step in enumerate(story.steps):
            self.ids.way.add_widget(WayStep(step=step, last=place == last))
        for brought in story.brought:
            self.ids.brought.add_widget(BroughtLine(brought=brought))

    def ask(self) -> None:
        """It is not right; or the question about it that is open already."""
        app: Any = App.get_running_app()
        if self.question_id:
            app.open_question(dispute_id=self.question_id)
        else:
            app.complain(Complaint(kind="referral", item=self.item))


load_rules(__file__)
