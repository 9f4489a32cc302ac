"""What a programme says, item by item, in words of both languages: what versions are compared by."""

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from backend.programmes.conditions.condition import Condition
from backend.programmes.conditions.words import in_words
from backend.programmes.descriptions import (
    ACTION,
    ALLOWED,
    BUDGET,
    HEADINGS,
    LEVEL,
    PROGRAMME,
    REFERRAL,
    REFERRAL_REWARD,
    REWARD,
    RULE,
    SCOPES,
    SCREENING,
    STACK,
    TERMS,
    TIERS,
    TRANSFERS,
    VALUES,
    WORDS,
    Field,
)
from backend.programmes.expiry import Expiry
from backend.programmes.programme import Programme, RewardLimits, Terms, Window
from backend.programmes.referral import RewardCap
from backend.programmes.speaking import day, money, say, together
from backend.shared import formatting
from backend.shared.i18n import LOCALES

TextByLanguage = dict[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that is said of an item: what it is about, its value, and both in words."""

    label: TextByLanguage
    value: Any
    words: TextByLanguage


@dataclass(frozen=True, slots=True)
class Item:
    """Something that a programme has: a rule, a tier, a reward, or a section."""

    of: TextByLanguage
    told: Mapping[str, Told]


SECTIONS = {"stack": "stacking", "referral": "referral", "referral_reward": "referral"}
"""In which section of the document an item stands that terms may replace."""
Items = dict[tuple[str, ...], Item]


def described(programme: Programme) -> Items:
    """Everything that a programme says, by section and name."""
    return dict(_Describer(programme).items())


class _Describer:
    def __init__(self, programme: Programme) -> None:
        self._programme = programme

    def items(self) -> Iterator[tuple[tuple[str, ...], Item]]:
        """The programme itself, its sections, and what stands in them."""
        programme = self._programme
        yield ("programme",), self._item("programme", programme, PROGRAMME)
        yield from self._varying(programme, programme.earning, prefix=())
        yield from self._named("action", programme.actions, ACTION)
        if programme.tiers:
            yield ("tiers",), self._item("tiers", programme.tiers, TIERS)
            yield from self._named("tier", programme.tiers.levels, LEVEL)
        yield from self._named("budget", programme.budgets, BUDGET)
        yield from self._named("reward", programme.rewards, REWARD)
        if programme.transfers:
            yield ("transfers",), self._item("transfers", programme.transfers, TRANSFERS)
        yield from self._named("screening", programme.screening, SCREENING, key="rule")
        for terms in programme.terms:
            yield from self._terms(terms)

    def _varying(
        self, programme: Programme, rules: Iterable[Any], *, prefix: tuple[str, ...]
    ) -> Iterator[tuple[tuple[str, ...], Item]]:
        """What terms may replace too."""
        for rule in rules:
            yield (*prefix, "rule", rule.rule), self._item("rule", rule, RULE, name=rule.rule, prefix=prefix)
        for name, stack in programme.stacking.items():
            yield (*prefix, "stack", name), self._item("stack", stack, STACK, name=name, prefix=prefix)
        if programme.referral:
            yield (*prefix, "referral"), self._item("referral", programme.referral, REFERRAL, prefix=prefix)
            for reward in programme.referral.rewards:
                item = self._item("referral_reward", reward, REFERRAL_REWARD, name=reward.reward, prefix=prefix)
                yield (*prefix, "referral_reward", reward.reward), item

    def _terms(self, terms: Terms) -> Iterator[tuple[tuple[str, ...], Item]]:
        prefix = ("terms", terms.terms)
        own = tuple(rule for rule in terms.programme.earning if rule not in self._programme.earning)
        fields = [field for field in PROGRAMME if field.section in terms.sections]
        told = self._told(terms, TERMS) | self._told(terms.programme, fields)
        yield prefix, Item(self._heading("terms", terms.terms, ()), told)
        for key, item in self._varying(terms.programme, own, prefix=prefix):
            section = SECTIONS.get(key[2])
            if section is None or section in terms.sections:
                yield key, item

    def _named(
        self, kind: str, items: Iterable[Any], fields: Iterable[Field], *, key: str | None = None
    ) -> Iterator[tuple[tuple[str, ...], Item]]:
        for item in items:
            name = getattr(item, key or kind)
            yield (kind, name), self._item(kind, item, fields, name=name)

    def _item(
        self, kind: str, item: Any, fields: Iterable[Field], *, name: str = "", prefix: tuple[str, ...] = ()
    ) -> Item:
        return Item(self._heading(kind, name, prefix), self._told(item, fields))

    def _heading(self, kind: str, name: str, prefix: tuple[str, ...]) -> TextByLanguage:
        heading = {locale: say(locale, HEADINGS[kind], name=name) for locale in LOCALES}
        if not prefix:
            return heading
        return {
            locale: say(
                locale, HEADINGS["within"], terms=say(locale, HEADINGS["terms"], name=prefix[1]), what=heading[locale]
            )
            for locale in LOCALES
        }

    def _told(self, item: Any, fields: Iterable[Field]) -> dict[str, Told]:
        told = {}
        for field in fields:
            value = field.value(item)
            if value != field.default:
                words = {locale: self._words(field.type, value, locale) for locale in LOCALES}
                told[field.label] = Told({locale: say(locale, field.label) for locale in LOCALES}, value, words)
        return told

    def _words(self, type_: str, value: Any, locale: str) -> str:
        if isinstance(value, Condition):
            return in_words(value, locale)
        if type_ == "money":
            return money(locale, value, self._programme.currency)
        if type_ == "threshold":
            tiers = self._programme.tiers
            return money(locale, value, self._programme.currency) if tiers and tiers.measure == "spend" else str(value)
        if type_ == "discount":
            steps = [
                say(
                    locale,
                    VALUES["discount_level"],
                    rate=formatting.percent(level.rate_basis_points, locale=locale),
                    amount=money(locale, level.from_minor, self._programme.currency),
                )
                for level in value.levels
            ]
            return say(locale, VALUES["discount"], steps="; ".join(steps), window=_window(value.window, locale))
        if type_ == "per_amount":
            points = formatting.points(value.points, locale=locale)
            return say(
                locale,
                VALUES["per_amount"],
                points=points,
                amount=money(locale, value.amount_minor, self._programme.currency),
            )
        return WRITERS[type_](value, locale)


def _window(value: Window, locale: str) -> str:
    return say(locale, VALUES[f"window_{value.span}"], months=value.months)


def _expiry(value: Expiry, locale: str) -> str:
    period = say(locale, VALUES["months"], months=value.months) if value.months else _days(value.days, locale)
    if value.round_to:
        period += ", " + say(locale, VALUES[f"to_{value.round_to}"])
    return period + (", " + say(locale, VALUES["prolonged"]) if value.prolonged_by else "")


def _days(value: Any, locale: str) -> str:
    return say(locale, VALUES["days"], days=value)


def _limits(value: RewardLimits, locale: str) -> str:
    parts = [(name, getattr(value, name)) for name in ("in_all", "per_day", "per_member")]
    return ", ".join(say(locale, VALUES[name], count=count) for name, count in parts if count is not None)


def _reward_cap(value: RewardCap, locale: str) -> str:
    if value.points is not None:
        points = formatting.points(value.points, locale=locale)
        return say(locale, VALUES["cap_points"], points=points, days=value.window_days)
    return say(locale, VALUES["cap_times"], times=value.times, days=value.window_days)


def _texts(value: Iterable[Any], locale: str) -> str:
    shown = [each[locale] if isinstance(each, Mapping) else str(each) for each in value]
    return together(locale, shown)


def _settings(value: Mapping[str, int], locale: str) -> str:  # noqa: ARG001 - one shape for all of them
    return ", ".join(f"{name} {number}" for name, number in sorted(value.items()))


WRITERS: dict[str, Callable[[Any, str], str]] = {
    "plain": lambda value, _locale: str(value),
    "scope": lambda value, locale: say(locale, SCOPES[value]),
    "word": lambda value, locale: say(locale, WORDS[value]),
    "text": lambda value, locale: str(value[locale]),
    "texts": _texts,
    "names": lambda value, locale: _texts(sorted(value), locale),
    "points": lambda value, locale: formatting.points(value, locale=locale),
    "count": lambda value, locale: formatting.count(value, locale=locale),
    "percent": lambda value, locale: formatting.percent(value, locale=locale),
    "times": lambda value, locale: "×" + f"{value / 10_000:g}".replace(".", "," if locale == "ru" else "."),
    "day": lambda value, locale: day(locale, value) if isinstance(value, datetime.date) else str(value),
    "days": _days,
    "window": _window,
    "expiry": _expiry,
    "limits": _limits,
    "reward_cap": _reward_cap,
    "switch": lambda _value, locale: say(locale, ALLOWED),
    "settings": _settings,
}
