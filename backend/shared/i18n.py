"""Languages: Russian and English. English texts stand in the code; each feature keeps its own Russian catalogue.

A catalogue is `backend/<feature>/locales/ru/LC_MESSAGES/messages.po`; `molva translations` refreshes them. They are
read straight from the `.po` files, so that there is no compiled file to forget.
"""

from functools import cached_property
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain, force_locale, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext as _n

__all__ = ["LOCALES", "_", "_l", "_n", "current_locale", "force_locale", "init_i18n"]

LOCALES = ("ru", "en")
DEFAULT_LOCALE = "en"
# Made once: every request asks for one.
_SPOKEN = {locale: Locale(locale) for locale in LOCALES}
SOURCE_ROOT = Path(__file__).resolve().parents[1]


def catalogue_files(locale: str) -> list[Path]:
    """Every feature's catalogue of this language."""
    return sorted(SOURCE_ROOT.glob(f"**/locales/{locale}/LC_MESSAGES/messages.po"))


def load_translations(locale: str) -> Translations:
    """All features' catalogues of one language as one."""
    merged = Translations()
    for path in catalogue_files(locale):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=locale)
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        one = Translations(compiled)
        merged.merge(one)
        merged.plural = one.plural  # merge() forgets the plural rule
    return merged


class _FeatureDomain(Domain):  # type: ignore[misc]
    """Flask-Babel's texts, taken from the features' catalogues."""

    def get_translations(self) -> Translations:
        locale = current_locale()
        cache: dict[str, Translations] = self.cache
        if locale not in cache:
            cache[locale] = load_translations(locale)
        return cache[locale]


class _Babel(Babel):  # type: ignore[misc]
    @cached_property
    def domain_instance(self) -> Domain:
        return _FeatureDomain()


def current_locale() -> str:
    """`ru` or `en`: the language of whoever is being answered."""
    locale = get_locale()
    return locale.language if locale is not None and locale.language in LOCALES else DEFAULT_LOCALE


def _choose_locale() -> Locale:
    """`?lang=`, then the signed-in member's own language, then the cookie, then `Accept-Language`."""
    if not has_request_context():
        return _SPOKEN[DEFAULT_LOCALE]
    for candidate in (request.args.get("lang"), g.get("member_locale"), request.cookies.get("lang")):
        if candidate in LOCALES:
            return _SPOKEN[candidate]
    return _SPOKEN[request.accept_languages.best_match(LOCALES) or DEFAULT_LOCALE]


def init_i18n(app: Flask) -> None:
    """Gives the application its languages."""
    _Babel().init_app(app, default_locale=DEFAULT_LOCALE, locale_selector=_choose_locale)
