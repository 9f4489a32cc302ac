"""The app speaks Russian wherever it speaks English."""

import ast
import re

from babel.messages.pofile import read_po
from fontTools.ttLib import TTFont

from client_kivy import catalogue

PLACE = re.compile(r"\{\w*\}")


def kept() -> catalogue.Catalog:
    with catalogue.SOURCE.open("rb") as file:
        return read_po(file, locale="ru")


def test_the_catalogue_has_every_text_of_the_app_and_no_other() -> None:
    assert catalogue.source_of(catalogue.refreshed()) == catalogue.SOURCE.read_bytes()


def test_a_text_that_is_marked_inside_another_call_is_not_overlooked() -> None:
    known = {text for message in kept() for text in (message.id if isinstance(message.id, tuple) else (message.id,))}
    marked = {
        argument.value
        for file in catalogue.APP.rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "id", getattr(call.func, "attr", "")) in catalogue.KEYWORDS
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }
    assert marked - known == set()


def test_every_text_is_translated() -> None:
    assert catalogue.untranslated(catalogue.refreshed()) == []


def test_the_compiled_file_is_that_of_its_source() -> None:
    assert catalogue.compiled(kept()) == catalogue.COMPILED.read_bytes()


def test_translations_fill_the_same_places() -> None:
    for message in kept():
        if message.id:
            originals = message.id if isinstance(message.id, tuple) else (message.id,)
            translations = message.string if isinstance(message.string, tuple) else (message.string,)
            places = {frozenset(PLACE.findall(text)) for text in (*originals, *translations)}
            assert len(places) == 1, message.id


def test_the_font_has_every_character_that_is_said() -> None:
    texts = (text for message in kept() for text in (message.id, message.string))
    characters = {character for text in texts for character in "".join(text)}
    characters |= set("0123456789+−₽£$€·…“”«»–’\u00a0")
    for weight in ("Regular", "SemiBold", "Bold"):
        font = TTFont(catalogue.APP / "assets" / "fonts" / f"Onest-{weight}.ttf")
        missing = {character for character in characters if ord(character) not in font.getBestCmap()}
        assert missing - {"\n"} == set()
