"""What is otherwise in one version than in another, in words of both languages."""

from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from backend.programmes.cli import programme as commands
from backend.programmes.differences import differences, in_words
from backend.programmes.document import read_programme

GALLERY = Path(__file__).parents[2] / "backend/programmes/gallery"
CAFE = (GALLERY / "cafe.yaml").read_text(encoding="utf-8")
GROCERY = (GALLERY / "grocery.yaml").read_text(encoding="utf-8")
BANK = (GALLERY / "bank-referral.yaml").read_text(encoding="utf-8")


def told(old: str, new: str, locale: str = "en") -> list[str]:
    found = differences(read_programme(old), read_programme(new))
    return [in_words(said, locale).replace("\N{NO-BREAK SPACE}", " ") for said in found]


class Change(NamedTuple):
    """What is written otherwise, and the sentence that tells it: up to `Before:`, and after it."""

    document: str
    old: str
    new: str
    told: str
    before: str


CHANGES = [
    Change(
        CAFE,
        "rate_basis_points: 500",
        "rate_basis_points: 700",
        "Rule base, share of the amount: 7%.",
        "5%.",
    ),
    Change(
        CAFE,
        "receipt.total >= money(500)",
        "receipt.total >= money(600)",
        "Rule double_beans, holds when: the day is Saturday or Sunday, and the receipt is at least ₽600.",
        "the day is Saturday or Sunday, and the receipt is at least ₽500.",
    ),
    Change(
        CAFE,
        "from: 2026-11-20 ",
        "from: 2026-11-21 ",
        "Rule double_beans, first day: 21 November 2026.",
        "20 November 2026.",
    ),
    Change(
        CAFE,
        "policy: best",
        "policy: first",
        "Stack promotions, what counts of its rules: the first.",
        "the one that gives most.",
    ),
    Change(
        CAFE,
        "points: 50, per_member: 1",
        "points: 60, per_member: 1",
        "Action survey, points: 60 points.",
        "50 points.",
    ),
    Change(
        CAFE,
        "period: month",
        "period: week",
        "Budget beans_a_month, for each: week.",
        "month.",
    ),
    Change(
        CAFE,
        "price_points: 300",
        "price_points: 350",
        "Reward cappuccino, price: 350 points.",
        "300 points.",
    ),
    Change(
        CAFE,
        "per_day: 40, ",
        "",
        "Reward cappuccino, limits: 5 a member.",
        "40 a day, 5 a member.",
    ),
    Change(
        CAFE,
        "pending_days: 0",
        "pending_days: 3",
        "The programme, points may be spent after: 3 days.",
        "0 days.",
    ),
    Change(
        CAFE,
        "expiry: {days: 180, prolonged_by: activity}",
        "expiry: {months: 6}",
        "The programme, points burn after: 6 months.",
        "180 days, begun anew by each purchase and spend.",
    ),
    Change(
        CAFE,
        "redemption: {maximum_share_basis_points: 5000}\n",
        "",
        "The programme, points may pay of a receipt: 100%.",
        "50%.",
    ),
    Change(
        CAFE,
        "advocate_points: 200",
        "advocate_points: 300",
        "Recommendations, for the advocate: 300 points.",
        "200 points.",
    ),
    Change(
        CAFE,
        "    maximum_points: 50\n",
        "",
        "Rule tenth_purchase, at most: nothing is said of it any more.",
        "50 points.",
    ),
    Change(
        GROCERY,
        'store.region == "kazan"',
        'store.region == "ufa"',
        "Terms opening_in_kazan, hold where: the region is “ufa”.",
        "the region is “kazan”.",
    ),
    Change(
        GROCERY,
        "points_per_amount: {points: 2, amount_minor: 1000}",
        "points_per_amount: {points: 3, amount_minor: 1000}",
        "Terms opening_in_kazan, Rule base, points for an amount: 3 points for each ₽10.",
        "2 points for each ₽10.",
    ),
    Change(
        GROCERY,
        "    redemption: {maximum_share_basis_points: 10000}\n",
        "    redemption: {maximum_share_basis_points: 9000}\n",
        "Terms opening_in_kazan, points may pay of a receipt: 90%.",
        "100%.",
    ),
    Change(
        BANK,
        "from_referrals: 5",
        "from_referrals: 6",
        "Tier guide, begins at: 6.",
        "5.",
    ),
    Change(
        BANK,
        "landing: soft",
        "landing: hard",
        "Tiers, a review lands: where it measured.",
        "one level down at most.",
    ),
    Change(
        BANK,
        "advocate_points: 1500",
        "advocate_points: 1600",
        "Terms ambassadors, Recommendations, for the advocate: 1,600 points.",
        "1,500 points.",
    ),
    Change(
        BANK,
        "{rule: disposable_email, mode: active}",
        "{rule: disposable_email, mode: shadow}",
        "Rule against fraud disposable_email, mode: in shadow.",
        "active.",
    ),
]


@pytest.mark.parametrize("change", CHANGES, ids=[change.told[:40] for change in CHANGES])
def test_one_change_is_one_sentence(change: Change) -> None:
    assert change.old in change.document
    changed = change.document.replace(change.old, change.new, 1)
    assert told(change.document, changed) == [f"{change.told} Before: {change.before}"]


@pytest.mark.parametrize("path", sorted(GALLERY.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_same_programme_has_no_differences_however_it_is_written(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    without_comments = "\n".join(line.split(" #")[0] for line in text.split("\n") if not line.startswith("#"))
    assert told(text, without_comments) == []


def test_what_is_new_and_what_is_gone_is_told_whole() -> None:
    rule = "  - rule: evening\n    title: {en: Evening, ru: Вечер}\n    when: at.hour >= 20\n    points: 5\n"
    longer = CAFE.replace("\nstacking:", rule + "\nstacking:", 1)
    assert told(CAFE, longer) == [
        "Rule evening, new: title – Evening; points once a receipt – 5 points; holds when – the hour is at least 20."
    ]
    was = "название – Вечер; баллы один раз за чек – 5 баллов; действует, когда – час – не меньше 20."
    assert told(longer, CAFE, "ru") == [f"Правило evening: больше нет. Было: {was}"]


def test_another_order_is_told_where_it_means_something() -> None:
    first, second = (GROCERY.index(f"  - terms: {name}") for name in ("opening_in_kazan", "abroad"))
    end = GROCERY.index("\nbudgets:")
    swapped = GROCERY[:first] + GROCERY[second:end] + GROCERY[first:second] + GROCERY[end:]
    assert told(GROCERY, swapped) == [
        "Terms, in this order: abroad, opening_in_kazan. Before: opening_in_kazan, abroad."
    ]


@pytest.mark.parametrize("locale", ["en", "ru"])
def test_any_two_programmes_can_be_compared(locale: str) -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted(GALLERY.glob("*.yaml"))]
    for old in texts:
        for new in texts:
            assert bool(told(old, new, locale)) == (old != new)


def test_the_command_compares_files(tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(CAFE, encoding="utf-8")
    new.write_text(CAFE.replace("rate_basis_points: 500", "rate_basis_points: 700"), encoding="utf-8")
    found = CliRunner().invoke(commands, ["diff", str(old), str(new), "--lang", "ru"])
    assert (found.exit_code, found.output.replace("\N{NO-BREAK SPACE}", " ")) == (
        1,
        "Правило base, доля суммы: 7 %. Было: 5 %.\n",
    )
    same = CliRunner().invoke(commands, ["diff", str(old), str(old), "--lang", "en"])
    assert (same.exit_code, same.output) == (0, "The two say the same.\n")
