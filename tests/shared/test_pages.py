"""The look of the pages: tokens, a shop's colours, static files, the policy, languages."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient

from backend.shared import pages
from backend.shared.access import public
from backend.shared.i18n import init_i18n
from backend.shared.pages import colour, shop, tokens

ROOT = Path(pages.__file__).parents[2]
PAGES = ROOT / "shared" / "pages"
GRAIN = pages.Shop(name={"en": "Grain", "ru": "Зерно"}, zone="Europe/Moscow")


def made_app(shop_of_pages: pages.Shop = GRAIN) -> Flask:
    """An application that has pages and nothing else."""
    app = Flask("pages_alone", static_folder=None, template_folder=None)
    app.secret_key = "only-for-this-test"
    init_i18n(app)
    pages.register(app, shop=lambda: shop_of_pages)

    @app.get("/")
    @public
    def guest_page() -> str:
        return render_template_string(
            "{% extends 'pages/participant.html' %}{% block title %}T{% endblock %}"
            "{% block content %}{{ 1240|points }} {{ 9990|money('RUB') }}{% endblock %}"
        )

    return app


@pytest.fixture
def alone() -> FlaskClient:
    return made_app().test_client()


def properties(style: str, selector: str) -> dict[str, str]:
    block = re.search(re.escape(selector) + r" \{\n(.*?)\}", style, re.DOTALL)
    assert block
    return dict(re.findall(r"(--[\w-]+): ([^;]+);", block.group(1)))


def test_the_style_sheet_has_every_colour_of_the_tokens_in_both_themes() -> None:
    document = tokens.load_tokens()
    style = tokens.style_sheet(document)
    for selector, theme in ((":root", "light"), (':root[data-theme="dark"]', "dark")):
        written = properties(style, selector)
        for name, value in document["colour"][theme].items():
            assert written[tokens.colour_property(name)] == value


def test_every_property_that_a_style_sheet_uses_is_a_token_or_is_set_there() -> None:
    known = set(properties(tokens.style_sheet(tokens.load_tokens()), ":root"))
    for sheet in ROOT.glob("**/static/**/*.css"):
        text = sheet.read_text()
        own = set(re.findall(r"(--[\w-]+):", text)) | set(
            re.findall(r"(--[\w-]+):", (PAGES / "static/base.css").read_text())
        )
        assert set(re.findall(r"var\((--[\w-]+)\)", text)) <= known | own, sheet


def test_the_tokens_own_text_can_be_read_on_its_grounds() -> None:
    for colours in tokens.load_tokens()["colour"].values():
        pairs = [("text", ground) for ground in ("bg", "surface", "sunk", "accent_soft")]
        pairs += [("text_2", ground) for ground in ("bg", "surface", "sunk", "accent_soft")]
        pairs += [("on_accent", "accent"), ("on_accent", "accent_pressed"), ("on_spark", "spark"), ("accent", "bg")]
        pairs += [("on_accent_soft", "accent_soft"), ("on_card", "card"), ("on_card_2", "card"), ("spark", "card")]
        pairs += [(f"{state}", f"{state}_bg") for state in ("rewarded", "pending", "expiring", "rejected", "info")]
        for text, ground in pairs:
            assert colour.contrast(colour.parse(colours[text]), colour.parse(colours[ground])) >= 4.5, (text, ground)


def test_contrast_is_that_of_wcag() -> None:
    assert colour.contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert colour.contrast(colour.parse("#5E2750"), colour.parse("#F6F3F5")) == pytest.approx(10.1, abs=0.1)


@pytest.mark.parametrize("accent", ["#5E2750", "#0B5FFF", "#FFD400", "#FFFFFF", "#000000", "#808080", "#00A36C"])
def test_whatever_accent_a_shop_has_it_can_be_read(accent: str) -> None:
    grounds = tokens.load_tokens()["colour"]
    for theme, derived in shop.derived_colours(accent=accent, spark="#F4A871").items():
        parsed = {token: colour.parse(value) for token, value in derived.items()}
        for ground in ("bg", "surface", "sunk"):
            assert colour.contrast(parsed["accent"], colour.parse(grounds[theme][ground])) >= 4.5
        assert colour.contrast(parsed["on_accent"], parsed["accent"]) >= 4.5
        assert colour.contrast(parsed["on_accent_soft"], parsed["accent_soft"]) >= 4.5
        assert colour.contrast((255, 255, 255), parsed["card"]) >= 4.5


def test_a_spark_that_hides_its_text_is_refused() -> None:
    with pytest.raises(pages.ColourRefused, match="spark has a contrast of"):
        shop.derived_colours(accent="#5E2750", spark="#7A3B12")


@pytest.mark.parametrize("text", ["5E2750", "#5E275", "red", "#+E2750", "#5E2750;"])
def test_only_a_colour_is_a_colour(text: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        colour.parse(text)


def test_a_page_of_a_shop_with_own_colours_links_them(alone: FlaskClient) -> None:
    branded = made_app(pages.Shop(name={"en": "Bean"}, accent="#0b5fff", spark="#ffd400")).test_client()
    assert "/static/molva/shop/0B5FFF-FFD400.css" in branded.get("/").text
    assert "/static/molva/shop/" not in alone.get("/").text
    style = branded.get("/static/molva/shop/0B5FFF-FFD400.css")
    assert "--colour-accent: #0158F8" in style.text
    assert style.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_page_of_a_shop_whose_colours_cannot_be_read_keeps_the_house_s() -> None:
    unreadable = made_app(pages.Shop(name={"en": "Bean"}, spark="#000000")).test_client()
    answer = unreadable.get("/")
    assert answer.status_code == 200
    assert "/static/molva/shop/" not in answer.text
    assert unreadable.get("/static/molva/shop/5E2750-000000.css").status_code == 404


def test_every_file_that_a_page_names_is_there_and_may_be_kept_for_ever(alone: FlaskClient) -> None:
    addresses = re.findall(r'(?:href|src)="(/static/[^"#]+)', alone.get("/").text)
    assert len(addresses) >= 6
    for address in addresses:
        answer = alone.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_of_an_older_page_is_answered_but_not_kept(alone: FlaskClient) -> None:
    answer = alone.get("/static/molva/pages-0123456789ab/base.css")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["../tokens.json", "..%2ftokens.json", "fonts/../../tokens.json", "fonts"])
def test_nothing_outside_the_folder_is_served(alone: FlaskClient, name: str) -> None:
    assert alone.get(f"/static/molva/pages-x/{name}").status_code == 404


def test_fonts_of_the_style_sheet_are_there(alone: FlaskClient) -> None:
    fonts = re.findall(r'url\("([^"]+)"\)', (PAGES / "static/base.css").read_text())
    assert len(fonts) == 6
    for font in fonts:
        assert alone.get(f"/static/molva/pages-x/{font}").content_type == "font/woff2"


def test_a_page_may_run_nothing_inline_and_stand_in_no_frame(alone: FlaskClient) -> None:
    headers = alone.get("/").headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Permissions-Policy"].startswith("camera=()")
    assert "Strict-Transport-Security" not in headers


def test_behind_tls_the_browser_is_told_to_stay_there() -> None:
    app = made_app()
    app.config["SESSION_COOKIE_SECURE"] = True
    answer = app.test_client().get("/?lang=ru")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Secure" in answer.headers["Set-Cookie"]


def test_a_reader_chooses_the_language_once(alone: FlaskClient) -> None:
    first = alone.get("/?lang=ru", headers={"Accept-Language": "en"})
    assert '<html lang="ru"' in first.text
    assert "1\u00a0240\u00a0баллов 99,90\u00a0₽" in first.text
    assert "Зерно" in first.text
    again = alone.get("/", headers={"Accept-Language": "en"})
    assert '<html lang="ru"' in again.text
    assert 'href="?lang=en"' in again.text


def test_the_browser_s_language_counts_until_one_is_chosen(alone: FlaskClient) -> None:
    assert '<html lang="ru"' in alone.get("/", headers={"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.5"}).text
    assert "1,240\u00a0points ₽99.90" in alone.get("/", headers={"Accept-Language": "de"}).text


def test_the_other_language_keeps_what_else_stands_in_the_address(alone: FlaskClient) -> None:
    assert 'href="?c=telegram&amp;lang=ru"' in alone.get("/?c=telegram&lang=en").text


def test_a_theme_is_chosen_once_and_taken_back(alone: FlaskClient) -> None:
    console = made_app()

    @console.get("/desk")
    @public
    def desk() -> str:
        return render_template_string(
            "{% extends 'pages/console.html' %}{% block title %}T{% endblock %}",
            person={"name": "Olga", "role": "support"},
        )

    browser = console.test_client()
    assert '<html lang="en" data-theme="dark">' in browser.get("/desk?theme=dark").text
    assert '<html lang="en" data-theme="dark">' in browser.get("/desk").text
    assert '<html lang="en">' in browser.get("/desk?theme=auto").text
    assert '<html lang="en">' in browser.get("/desk").text
    assert '<html lang="en">' in browser.get("/desk?theme=plaid").text


def test_only_the_console_follows_the_chosen_theme(alone: FlaskClient) -> None:
    assert '<html lang="en">' in alone.get("/?theme=dark").text


def templates() -> list[Path]:
    return sorted(ROOT.glob("**/templates/**/*.html"))


@pytest.mark.parametrize("template", templates(), ids=lambda path: path.name)
def test_no_template_has_an_inline_script_or_style(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style\b|\sstyle=|\son\w+=", text)


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    sprite = ElementTree.parse(PAGES / "static/icons.svg").getroot()
    drawn = {symbol.get("id") for symbol in sprite}
    assert drawn == set((PAGES / "icons.txt").read_text().split())
    used = set(tokens.load_tokens()["state_icon"].values())
    for template in templates():
        text = template.read_text()
        used |= set(re.findall(r"""\bicon\(\s*["']([\w-]+)["']""", text))
        used |= set(re.findall(r"""\bicon_name\s*=\s*["']([\w-]+)["']""", text))
    assert used <= drawn
