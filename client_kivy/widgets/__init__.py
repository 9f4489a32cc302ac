"""The app's own small set of widgets, drawn from the tokens of the look."""

from pathlib import Path

from kivy.lang import Builder


def load_rules(module_file: str) -> None:
    """Loads the `.kv` file that stands beside a module."""
    Builder.load_file(str(Path(module_file).with_suffix(".kv")))
