"""Trees and answers in words, in the current language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backend.segments.judging import Line
from backend.segments.tree import AllOf, InSegment, Leaf, Moment, Not, Rule
from backend.shared import formatting
from backend.shared.attributes import Attribute
from backend.shared.i18n import _, _n, current_locale


@dataclass(frozen=True)
class Speech:
    """What is needed to speak: the moment, the currency, and how things that exist now are called.

    `names` maps an attribute (or `attribute:parameter`) to its values and their names, `segments` codes to names.
    """

    moment: Moment
    currency: str | None
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)

    def tree(self, rule: Rule) -> str:
        """The rule as a sentence."""
        words = self._rule(rule, outermost=True)
        return words[:1].upper() + words[1:] + "."

    def line(self, line: Line) -> str:
        """A question with what was found: `Purchases in the last 90 days: 7`."""
        if isinstance(line.question, InSegment):
            return f"{self._of_segment(line.question)}: {_('yes') if line.holds else _('no')}"
        return f"{self._asked(line.question)}: {self._found(line.question.attribute, line.found)}"

    def _rule(self, rule: Rule, *, outermost: bool = False) -> str:
        if isinstance(rule, InSegment):
            return self._of_segment(rule)
        if isinstance(rule, Not):
            return str(_("not (%(inner)s)", inner=self._rule(rule.rule, outermost=True)))
        if isinstance(rule, Leaf):
            return self._question(rule)
        joint = _(" and ") if isinstance(rule, AllOf) else _(" or ")
        words = joint.join(self._rule(inner, outermost=len(rule.rules) == 1) for inner in rule.rules)
        return words if outermost or len(rule.rules) == 1 else f"({words})"

    def _of_segment(self, rule: InSegment) -> str:
        return str(_("in the segment “%(name)s”", name=self.segments.get(rule.code, rule.code)))

    def _question(self, leaf: Leaf) -> str:
        asked, type_ = self._asked(leaf), leaf.attribute.type
        if leaf.operator == "true":
            return asked
        if leaf.operator == "false":
            return str(_("not: %(what)s", what=asked))
        if leaf.operator in {"one_of", "none_of"}:
            values = ", ".join(self._name(leaf.attribute, value) for value in leaf.value)
            return (
                f"{asked}: {values}"
                if leaf.operator == "one_of"
                else str(_("%(what)s: none of %(values)s", what=asked, values=values))
            )
        if leaf.operator == "between":
            first, second = (self._number(type_, value) for value in leaf.value)
            return str(_("%(what)s: from %(first)s to %(second)s", what=asked, first=first, second=second))
        if type_ == "day":
            return f"{asked}: {self._day_asked(leaf)}"
        value = self._number(type_, leaf.value)
        texts = {"at_least": _("at least %(value)s", value=value), "at_most": _("at most %(value)s", value=value)}
        return f"{asked}: {texts.get(leaf.operator, value)}"

    def _day_asked(self, leaf: Leaf) -> str:
        if leaf.operator == "within_days":
            return _in_the_last(leaf.value)
        day = formatting.date(leaf.value, locale=current_locale())
        return str(_("before %(day)s", day=day) if leaf.operator == "before" else _("after %(day)s", day=day))

    def _asked(self, leaf: Leaf) -> str:
        words = [str(_(leaf.attribute.label))]
        if leaf.parameter is not None and leaf.attribute.parameter is not None:
            name = self._parameter_name(leaf.attribute, leaf.parameter)
            words.append(f"({name})")
        if leaf.window_days is not None:
            words.append(_in_the_next(leaf.window_days) if leaf.attribute.ahead else _in_the_last(leaf.window_days))
        return " ".join(words)

    def _parameter_name(self, attribute: Attribute, value: str) -> str:
        choices = attribute.parameter.choices if attribute.parameter is not None else None
        if choices is not None and value in choices:
            return str(_(choices[value]))
        return self.names.get(f"{attribute.name}:parameter", {}).get(value, value)

    def _name(self, attribute: Attribute, value: str) -> str:
        if attribute.choices is not None and value in attribute.choices:
            return str(_(attribute.choices[value]))
        return self.names.get(attribute.name, {}).get(value, value)

    def _number(self, type_: str, value: int) -> str:
        if type_ == "money" and self.currency is not None:
            return formatting.money(value, self.currency, locale=current_locale())
        return formatting.count(value, locale=current_locale())

    def _found(self, attribute: Attribute, found: Any) -> str:
        if attribute.type == "flag":
            return str(_("yes") if found else _("no"))
        if found is None and (attribute.may_lack or attribute.type not in {"whole", "money"}):
            return str(_("none"))
        if attribute.type == "day":
            return self._day_found(found)
        if attribute.type in {"whole", "money"}:
            return self._number(attribute.type, int(found or 0))
        return self._name(attribute, str(found))

    def _day_found(self, found: datetime) -> str:
        day, today = formatting.day_in(found, self.moment.zone), formatting.day_in(self.moment.at, self.moment.zone)
        words = formatting.date(day, locale=current_locale(), today=today)
        days = (today - day).days
        if days == 0:
            return str(_("%(day)s, today", day=words))
        return str(_n("%(day)s, %(num)s day ago", "%(day)s, %(num)s days ago", days, day=words))


def _in_the_last(days: int) -> str:
    return str(_n("in the last %(num)s day", "in the last %(num)s days", days))


def _in_the_next(days: int) -> str:
    return str(_n("in the next %(num)s day", "in the next %(num)s days", days))
