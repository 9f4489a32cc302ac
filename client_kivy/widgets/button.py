"""What can be pressed."""

# mypy: disallow-subclassing-any=False
from kivy.metrics import dp
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, OptionProperty, StringProperty
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout

from client_kivy.widgets import load_rules
from client_kivy.widgets.ground import Ground
from client_kivy.widgets.text import Word

# What each kind of button wears: ground, ground while pressed, words, line.
CLOTHES = {
    "main": ("accent", "accent_pressed", "on_accent", None),
    "soft": ("accent_soft", "line", "on_accent_soft", None),
    "outline": ("surface", "sunk", "text", "line_strong"),
    "danger": ("surface", "rejected_bg", "rejected", "line_strong"),
    "spark": ("spark", "spark_pressed", "on_spark", None),
}


class TextButton(ButtonBehavior, Ground, AnchorLayout):
    """A button with words and perhaps an icon; while it is busy the words stay and the icon becomes a still ring."""

    kind = OptionProperty("main", options=tuple(CLOTHES))
    text = StringProperty("")
    icon = StringProperty("")
    busy = BooleanProperty(defaultvalue=False)
    low = BooleanProperty(defaultvalue=False)
    """48 high with a smaller label, where a button stands among other things."""
    clothes = ListProperty(list(CLOTHES["main"]))

    def on_kind(self, _button: "TextButton", kind: str) -> None:
        """Puts on what belongs to the kind."""
        self.clothes = list(CLOTHES[kind])


class IconButton(ButtonBehavior, AnchorLayout):
    """A bare icon with room for a finger around it."""

    icon = StringProperty("")
    tone = StringProperty("text")


class Link(ButtonBehavior, Word):
    """Words that lead somewhere."""


class Chip(ButtonBehavior, Ground, AnchorLayout):
    """One choice among a few, as a pill."""

    text = StringProperty("")
    value = StringProperty("")
    chosen = BooleanProperty(defaultvalue=False)

    def collide_point(self, x: float, y: float) -> bool:
        """Reaches as high as a finger needs, beyond what is drawn."""
        reach = (dp(48) - self.height) / 2
        return bool(self.x <= x <= self.right and self.y - reach <= y <= self.top + reach)


class Chips(BoxLayout):
    """A row of chips of which one is chosen. `choices` maps a value to its label."""

    choices = ObjectProperty({})
    chosen = StringProperty("")

    def on_choices(self, _chips: "Chips", choices: dict[str, str]) -> None:
        """Lays out a chip for each choice, or only renames them."""
        if len(self.children) != len(choices):
            self.clear_widgets()
            for _value in choices:
                chip = Chip()
                chip.bind(on_release=self._choose)
                self.add_widget(chip)
        self.on_chosen()

    def on_chosen(self, *_changed: object) -> None:
        """Shows which one is chosen."""
        for chip, (value, label) in zip(reversed(self.children), self.choices.items(), strict=False):
            chip.value, chip.text, chip.chosen = value, label, value == self.chosen

    def _choose(self, chip: Chip) -> None:
        self.chosen = chip.value


load_rules(__file__)
