"""The frame around the screens: tabs under them, a sheet and a toast over them."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.clock import Clock
from kivy.properties import NumericProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.screenmanager import TransitionBase
from kivy.uix.widget import Widget

from client_kivy.theme import theme
from client_kivy.widgets import button, header, load_rules, notice  # noqa: F401 - rules
from client_kivy.widgets.sheet import Sheet

SLIDE = 24


class Arrival(TransitionBase):
    """The new screen comes from 24 to the right while it appears."""

    def __init__(self, **properties: Any) -> None:
        super().__init__(duration=theme.seconds("enter"), **properties)

    def add_screen(self, screen: Widget) -> None:
        """Only the new screen is shown: the old one is gone at once."""
        self.manager.real_remove_widget(self.screen_out)
        super().add_screen(screen)

    def on_progress(self, progress: float) -> None:
        """Moves and fades."""
        eased = 1 - (1 - progress) ** 3
        self.screen_in.pos = self.manager.x + SLIDE * (1 - eased), self.manager.y
        self.screen_in.opacity = eased

    def on_complete(self) -> None:
        """Stands where it belongs."""
        self.screen_in.pos, self.screen_in.opacity = self.manager.pos, 1
        super().on_complete()


class Root(FloatLayout):
    """See the module. `tab` is the chosen tab, empty on screens without tabs."""

    inset_top = NumericProperty(0)
    inset_bottom = NumericProperty(0)
    tab = StringProperty("")
    ground = StringProperty("bg")

    def __init__(self, **properties: Any) -> None:
        # Rows in panels on screens find their heights within one frame, in more turns than Kivy's twenty.
        Clock.max_iteration = 40
        super().__init__(**properties)
        self.ids.pages.transition = Arrival()

    def open_sheet(self, title: str, content: Widget) -> None:
        """Lets a sheet rise with this in it."""
        sheet = Sheet(title=title, bottom=self.inset_bottom)
        sheet.add_content(content)
        self.add_widget(sheet)
        sheet.rise()

    def close_sheet(self, content: Widget | None = None) -> bool:
        """Closes the sheet, or only one with this in it; False where there is none."""
        open_ones = (child for child in self.children if isinstance(child, Sheet) and not child.leaving)
        sheet = next((one for one in open_ones if content is None or one.content is content), None)
        if sheet is None:
            return False
        sheet.close()
        return True

    def say(self, icon: str, text: str) -> None:
        """Shows a toast."""
        self.ids.toast.show(icon, text)


load_rules(__file__)
