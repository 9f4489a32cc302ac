"""What no section can see by itself: names that stand twice or nowhere, kinds that want sections."""

from collections.abc import Iterable
from typing import Any

from backend.programmes.building import Builder
from backend.programmes.mistakes import nearest
from backend.programmes.programme import BASE_STACK, Programme
from backend.programmes.referral import REFERRAL
from backend.programmes.yaml_places import Path

NAMED = (
    ("earning", "rule"),
    ("actions", "action"),
    ("terms", "terms"),
    ("budgets", "budget"),
    ("rewards", "reward"),
    ("screening", "rule"),
)
"""The lists, and by which key their items are called."""
WANTED = {"cumulative": "discount", "tiers": "tiers"}
UNWANTED = {"bonus": ("tiers", "discount"), "cumulative": ("tiers",), "tiers": ("discount",), "combined": ()}


def check(builder: Builder, programme: Programme) -> None:
    """Adds to the builder's mistakes what does not hold together."""
    document = builder.document
    for section, key in NAMED:
        _names_once(builder, document.get(section) or [], (section,), key)
    for number, terms in enumerate(document.get("terms") or []):
        _names_once(builder, terms.get("earning") or [], ("terms", number, "earning"), "rule")
    if programme.tiers:
        _names_once(builder, document["tiers"]["levels"], ("tiers", "levels"), "tier")
    _kind(builder, programme)
    _stacking(builder)
    _discounts(builder)
    _referral_rewards(builder, programme)
    _budgets(builder, programme)


def _names_once(builder: Builder, items: Iterable[Any], path: Path, key: str) -> None:
    seen: dict[str, int] = {}
    for number, item in enumerate(items):
        name = item.get(key)
        if name in seen:
            first_line, _ = builder.places.of_value((*path, seen[name], key))
            builder.found("name_twice", (*path, number, key), name=name, first_line=first_line)
        seen.setdefault(name, number)


def _kind(builder: Builder, programme: Programme) -> None:
    kind, document = programme.kind, builder.document
    wanted = WANTED.get(kind)
    if wanted and not document.get(wanted):
        builder.found("kind_needs", ("kind",), programme_kind=kind, section=wanted)
    for section in UNWANTED[kind]:
        if document.get(section):
            builder.found("kind_has_no", (section,), at_key=True, programme_kind=kind, section=section)


def _stacking(builder: Builder) -> None:
    paths: list[Path] = [("stacking", BASE_STACK)]
    paths += [("terms", number, "stacking", BASE_STACK) for number in range(len(builder.data["terms"]))]
    for path in paths:
        if path in builder.places.spots:
            builder.found("reserved_stack", path, at_key=True)


def _discounts(builder: Builder) -> None:
    discounts: list[tuple[Path, Any]] = [(("discount",), builder.data["discount"])]
    discounts += [
        (("terms", number, "discount"), terms["discount"]) for number, terms in enumerate(builder.data["terms"])
    ]
    for path, discount in discounts:
        levels = discount.levels if discount else ()
        for number, (lower, higher) in enumerate(zip(levels, levels[1:], strict=False), start=1):
            if higher.from_minor <= lower.from_minor:
                builder.found("not_rising", (*path, "levels", number, "from_minor"), before=lower.from_minor)
            if higher.rate_basis_points <= lower.rate_basis_points:
                builder.found(
                    "not_rising", (*path, "levels", number, "rate_basis_points"), before=lower.rate_basis_points
                )


def _referral_rewards(builder: Builder, programme: Programme) -> None:
    """Rewards of inviting share their names with nothing that gives points, and their coupons are in the catalogue."""
    variants = (programme, *(terms.programme for terms in programme.terms))
    taken = {rule.rule for variant in variants for rule in variant.earning} | {REFERRAL}
    taken |= {action.action for action in programme.actions}
    coupons = [reward.reward for reward in programme.rewards]
    places: list[tuple[Path, Any]] = [(("referral",), builder.document.get("referral"))]
    places += [
        (("terms", number, "referral"), terms.get("referral"))
        for number, terms in enumerate(builder.document.get("terms") or [])
    ]
    for path, referral in places:
        rewards = (referral or {}).get("rewards") or []
        _names_once(builder, rewards, (*path, "rewards"), "reward")
        for number, reward in enumerate(rewards):
            name, coupon = reward["reward"], reward.get("coupon")
            if name in taken:
                builder.found("name_taken", (*path, "rewards", number, "reward"), name=name)
            if coupon is not None and coupon not in coupons:
                place = (*path, "rewards", number, "coupon")
                builder.found("unknown_coupon", place, name=coupon, known=coupons, nearest=nearest(coupon, coupons))


def _budgets(builder: Builder, programme: Programme) -> None:
    variants = (programme, *(terms.programme for terms in programme.terms))
    known = {rule.rule for variant in variants for rule in variant.earning}
    known |= {action.action for action in programme.actions} | {REFERRAL}
    known |= {reward.reward for variant in variants if variant.referral for reward in variant.referral.rewards}
    for number, budget in enumerate(programme.budgets):
        for place, name in enumerate(budget.rules):
            if name not in known:
                builder.found(
                    "unknown_rule", ("budgets", number, "rules", place), name=name, nearest=nearest(name, sorted(known))
                )
