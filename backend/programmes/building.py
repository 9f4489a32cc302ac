"""From checked data to the frozen programme: conditions are read, parts that name each other are held together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from backend.programmes.conditions.condition import Condition, Scope, ScopePlace
from backend.programmes.conditions.errors import BadCondition
from backend.programmes.conditions.parsing import read_condition
from backend.programmes.earning_schema import WAYS
from backend.programmes.mistakes import Mistake
from backend.programmes.programme import BASE_STACK, EarningRule, Level, Programme, Reward, Terms, Tiers
from backend.programmes.referral import Referral, ReferralReward
from backend.programmes.standing_schema import THRESHOLDS
from backend.programmes.yaml_places import Path, Places
from backend.shared.schemas import CURRENCIES

VARYING = (
    "rounding",
    "availability",
    "expiry",
    "referral",
    "redemption",
    "earning_exclusions",
    "returns",
    "discount",
    "stacking",
)
"""The sections that terms may replace, as the document names them."""
REWARD_WAYS = ("points", "rate_basis_points", "coupon")
"""What a reward of inviting may give."""
CONDITIONS: tuple[tuple[str, str, ScopePlace], ...] = (
    ("earning", "when", "receipt"),
    ("earning", "lines", "line"),
    ("rewards", "when", "reward"),
    ("terms", "where", "terms"),
)
"""Where conditions stand, and what each may look at."""


@dataclass(slots=True)
class Builder:
    """Builds one programme of one document, and collects what is wrong on the way."""

    data: Mapping[str, Any]
    document: Mapping[str, Any]
    """The same before defaults were filled in: it tells what is said from what is not."""
    places: Places
    version: int = 0
    mistakes: list[Mistake] = field(default_factory=list)
    _tier_names: tuple[str, ...] = ()

    def build(self) -> Programme:
        """The programme; it is one only where `mistakes` stays empty."""
        data = self.data
        tiers = self._tiers(data["tiers"]) if data["tiers"] else None
        self._tier_names = tuple(level.tier for level in tiers.levels) if tiers else ()
        programme = Programme(
            programme=data["programme"],
            title=data["title"],
            currency=data["currency"],
            point_value_minor=data["point_value_minor"],
            earning=self._rules(data["earning"], ("earning",), data["stacking"]),
            screening=tuple(data["screening"]),
            transfers=data["transfers"],
            version=self.version,
            unattached=data["unattached"],
            adjustments=data["adjustments"],
            kind=data["kind"],
            actions=tuple(data["actions"]),
            tiers=tiers,
            budgets=tuple(data["budgets"]),
            rewards=tuple(self._reward(reward, number) for number, reward in enumerate(data["rewards"])),
            **self._varying(data, ()),
        )
        return replace(
            programme, terms=tuple(self._terms(programme, terms, number) for number, terms in enumerate(data["terms"]))
        )

    def found(self, kind: str, path: Path, *, at_key: bool = False, **facts: Any) -> None:
        """Notes a mistake at a value, or at its key."""
        line, column = self.places.of_key(path) if at_key else self.places.of_value(path)
        self.mistakes.append(Mistake(line, column, ".".join(map(str, path)), kind, facts))

    def _rules(
        self, rules: Sequence[Mapping[str, Any]], path: Path, stacking: Mapping[str, Any]
    ) -> tuple[EarningRule, ...]:
        return tuple(self._rule(rule, (*path, number), stacking) for number, rule in enumerate(rules))

    def _rule(self, rule: Mapping[str, Any], path: Path, stacking: Mapping[str, Any]) -> EarningRule:
        ways = [way for way in WAYS if rule[way] is not None]
        if not ways:
            self.found("gives_nothing", path, at_key=True, ways=WAYS)
        for way in ways[1:]:
            self.found("gives_twice", (*path, way), at_key=True, first=ways[0], way=way)
        if rule["stack"] != BASE_STACK and rule["stack"] not in stacking:
            self.found("unknown_stack", (*path, "stack"), stack=rule["stack"], known=(BASE_STACK, *stacking))
        if rule["from_day"] and rule["until_day"] and rule["until_day"] < rule["from_day"]:
            self.found("ends_before_it_begins", (*path, "until"), first_day=rule["from_day"].isoformat())
        availability = rule["availability"]
        kept = {name: value for name, value in rule.items() if name not in ("when", "lines", "availability")}
        return EarningRule(
            **kept,
            when=self._condition(rule["when"], (*path, "when"), "receipt"),
            lines=self._condition(rule["lines"], (*path, "lines"), "line"),
            pending_days=availability["pending_days"] if availability else None,
        )

    def _tiers(self, tiers: Mapping[str, Any]) -> Tiers:
        wanted, measure = THRESHOLDS[tiers["measure"]], tiers["measure"]
        levels: list[Level] = []
        for number, level in enumerate(tiers["levels"]):
            path: Path = ("tiers", "levels", number)
            others = [key for key in THRESHOLDS.values() if key != wanted and level[key] is not None]
            for key in others:
                self.found("wrong_threshold", (*path, key), at_key=True, key=key, measure=measure, wanted=wanted)
            if level[wanted] is None and not others:
                self.found("missing_key", path, at_key=True, key=wanted)
            threshold = level[wanted] or 0
            if levels and level[wanted] is not None and threshold <= levels[-1].threshold:
                self.found("not_rising", (*path, wanted), before=levels[-1].threshold)
            if level["tier"] == "none":
                self.found("reserved_tier", (*path, "tier"))
            levels.append(Level(level["tier"], level["title"], threshold, tuple(level["benefits"])))
        return Tiers(measure, tiers["window"], tuple(levels), tiers["grace_days"], tiers["landing"])

    def _reward(self, reward: Mapping[str, Any], number: int) -> Reward:
        when = self._condition(reward["when"], ("rewards", number, "when"), "reward")
        return Reward(**{**reward, "when": when})

    def _terms(self, programme: Programme, terms: Mapping[str, Any], number: int) -> Terms:
        """Other terms: the programme with some sections replaced, and rules replaced or added by name."""
        path: Path = ("terms", number)
        where = self._condition(terms["where"], (*path, "where"), "terms")
        said = self.document["terms"][number]
        sections = tuple(name for name in VARYING if name in said)
        stacking = terms["stacking"] if "stacking" in sections else programme.stacking
        rules = {rule.rule: rule for rule in self._rules(terms["earning"], (*path, "earning"), stacking)}
        earning = [rules.pop(rule.rule, rule) for rule in programme.earning]
        changed = {**self._varying(terms, path, only=sections), "earning": (*earning, *rules.values())}
        if not sections and not terms["earning"]:
            self.found("changes_nothing", path, at_key=True)
        kept = where or Condition("", None, holds=lambda _sight: False)  # type: ignore[arg-type]
        variant = replace(programme, **changed, variant=terms["terms"])
        return Terms(terms["terms"], kept, variant, ("earning", *sections) if terms["earning"] else sections)

    def _varying(self, data: Mapping[str, Any], path: Path, *, only: Sequence[str] = VARYING) -> dict[str, Any]:
        """What terms may replace, as the programme names it."""
        named = {name: data[name] for name in only if name != "availability"}
        if "availability" in only:
            named["pending_days"] = data["availability"]["pending_days"]
        if named.get("referral") is not None:
            named["referral"] = self._referral(named["referral"], (*path, "referral"))
        return named

    def _referral(self, referral: Mapping[str, Any], path: Path) -> Referral:
        rewards = tuple(
            self._referral_reward(reward, (*path, "rewards", number))
            for number, reward in enumerate(referral["rewards"])
        )
        second_level = referral["second_level"] is not None
        for number, reward in enumerate(rewards):
            if reward.to == "second_advocate" and not second_level:
                self.found("no_second_level", (*path, "rewards", number, "to"))
        return Referral(**{**referral, "second_level": second_level, "rewards": rewards})

    def _referral_reward(self, reward: Mapping[str, Any], path: Path) -> ReferralReward:
        ways = [way for way in REWARD_WAYS if reward[way] is not None]
        if not ways:
            self.found("reward_gives_nothing", path, at_key=True, ways=REWARD_WAYS)
        if "rate_basis_points" in ways:
            for way in ways:
                if way != "rate_basis_points":
                    self.found("gives_twice", (*path, way), at_key=True, first="rate_basis_points", way=way)
        place: ScopePlace = "terms" if reward["on"] == "join" else "receipt"
        when = self._condition(reward["when"], (*path, "when"), place)
        return ReferralReward(**{**reward, "when": when})

    def _condition(self, text: str | None, path: Path, place: ScopePlace) -> Condition | None:
        if text is None:
            return None
        try:
            return read_condition(text, scope=Scope(place, self._tier_names), currency=self.data["currency"])
        except BadCondition as bad:
            self.mistakes += _at_their_places(bad, path, self.places)
            return None


def mistakes_in_conditions(document: Mapping[str, Any], places: Places) -> Iterator[Mistake]:
    """The mistakes of the conditions in a document that is wrong elsewhere too, so that both are seen at once."""
    tiers = document.get("tiers")
    levels = tiers.get("levels") if isinstance(tiers, Mapping) else None
    names = tuple(str(level.get("tier")) for level in _sections(levels))
    stated = document.get("currency")
    currency = stated if isinstance(stated, str) and stated in CURRENCIES else "XXX"
    for path, text, place in _conditions(document, ()):
        try:
            read_condition(text, scope=Scope(place, names), currency=currency)
        except BadCondition as bad:
            yield from _at_their_places(bad, path, places)


def _conditions(document: Mapping[str, Any], within: Path) -> Iterator[tuple[Path, str, ScopePlace]]:
    """Each condition of a document that nobody has checked, with its path and its scope."""
    for section, key, place in CONDITIONS:
        items = document.get(section)
        for number, item in enumerate(items) if isinstance(items, list) else ():
            if isinstance(item, Mapping) and isinstance(item.get(key), str):
                yield (*within, section, number, key), item[key], place
            if section == "terms" and isinstance(item, Mapping):
                inner = {name: item.get(name) for name in ("earning", "referral")}
                yield from _conditions(inner, (*within, section, number))
    referral = document.get("referral")
    rewards = referral.get("rewards") if isinstance(referral, Mapping) else None
    for number, reward in enumerate(rewards if isinstance(rewards, list) else ()):
        if isinstance(reward, Mapping) and isinstance(reward.get("when"), str):
            joins = reward.get("on") == "join"
            yield (*within, "referral", "rewards", number, "when"), reward["when"], "terms" if joins else "receipt"


def _sections(items: Any) -> list[Mapping[str, Any]]:
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def _at_their_places(bad: BadCondition, path: Path, places: Places) -> Iterator[Mistake]:
    for mistake in bad.mistakes:
        line, column, is_exact = places.within(path, mistake.place.line, mistake.place.column)
        facts = mistake.facts if is_exact else {**mistake.facts, "column_in_condition": mistake.place.column}
        yield Mistake(line, column, ".".join(map(str, path)), mistake.kind, facts)
