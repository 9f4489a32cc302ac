"""The report as a terminal shows it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from backend.replay.words import Say, notes, title_of, uplift
from backend.shared import formatting
from backend.shared.i18n import load_translations
from backend.shared.wording import N_

Rows = Iterable[Sequence[str]]


class ReportText:
    """Prints a report in one language."""

    def __init__(self, report: Mapping[str, Any], *, locale: str, console: Console) -> None:
        self._report, self._locale, self._console = report, locale, console
        self._say = speaker(locale)
        self._count = partial(formatting.count, locale=locale)
        self._share = partial(formatting.percent, locale=locale)
        self._outcomes = [one for one in (report["outcome"], report["against"]) if one]

    def show(self) -> None:
        """All of it."""
        report, say = self._report, self._say
        past = report["past"]
        self._console.print(
            say(
                N_("Receipts: %(receipts)s, returns: %(returns)s, members: %(members)s, turnover: %(turnover)s"),
                receipts=self._count(past["receipts"]),
                returns=self._count(past["returns"]),
                members=self._count(past["members"]),
                turnover=self._money(past["turnover_minor"]),
            ),
            style="bold",
        )
        for note in notes(report, say, locale=self._locale):
            self._console.print(f"· {note}")
        self._figures()
        self._months()
        self._deciles()
        for outcome in self._outcomes:
            self._rules(outcome)
            self._tiers(outcome)
            self._budgets(outcome)
        if report["difference"]:
            self._difference(report["difference"])

    def _figures(self) -> None:
        say, count = self._say, self._count
        lines: tuple[tuple[str, Callable[[Mapping[str, Any]], str]], ...] = (
            (N_("Points given"), lambda one: count(one["points_given"])),
            (N_("Taken back by returns"), lambda one: count(one["points_taken_back"])),
            (N_("Burnt"), lambda one: count(one["points_burnt"])),
            (N_("Spent"), lambda one: count(one["points_spent"])),
            (N_("Still held"), lambda one: count(one["points_outstanding"])),
            (N_("Owed by members"), lambda one: count(one["points_owed"])),
            (N_("Members with points"), lambda one: count(one["members_with_points"])),
            (N_("Discounts"), lambda one: self._money(one["discounts_minor"])),
            (N_("Cost"), lambda one: self._money(one["cost_minor"])),
            (N_("Cost, of turnover"), lambda one: self._share(one["cost_share_basis_points"])),
            (N_("Break-even uplift"), lambda one: uplift(one, locale=self._locale)),
        )
        rows = [[say(label), *(figure(one) for one in self._outcomes)] for label, figure in lines]
        self._table("", ["", *(self._name(one) for one in self._outcomes)], rows)

    def _months(self) -> None:
        say, count = self._say, self._count
        heads = [N_("Month"), N_("Given"), N_("Spent"), N_("Burnt"), N_("On hand at its end"), N_("Liability")]
        for outcome in self._outcomes:
            rows = [
                [
                    month["month"],
                    count(month["given"]),
                    count(month["spent"]),
                    count(month["burnt"]),
                    count(month["outstanding"]),
                    self._money(month["liability_minor"]),
                ]
                for month in outcome["months"]
            ]
            self._table(say(N_("Liability by month")) + self._of(outcome), [say(head) for head in heads], rows)

    def _deciles(self) -> None:
        say, count = self._say, self._count
        heads = [N_("Tenth"), N_("Members"), N_("Points"), N_("Least"), N_("Most"), N_("Share")]
        for outcome in self._outcomes:
            rows = [
                [
                    str(line["decile"]),
                    count(line["members"]),
                    count(line["points"]),
                    count(line["points_from"]),
                    count(line["points_to"]),
                    self._share(line["share_basis_points"]),
                ]
                for line in outcome["deciles"]
            ]
            title = say(N_("Members by points, from the least to the most")) + self._of(outcome)
            self._table(title, [say(head) for head in heads], rows)

    def _rules(self, outcome: Mapping[str, Any]) -> None:
        say, count = self._say, self._count
        heads = [say(head) for head in (N_("Rule"), N_("Receipts"), N_("Points"), N_("Share"))]
        rows = [
            [
                title_of(line["title"], line["rule"], locale=self._locale),
                count(line["receipts"]),
                count(line["points"]),
                self._share(line["share_basis_points"]),
            ]
            for line in outcome["rules"]
        ]
        rows += [
            [title_of(one["title"], one["rule"], locale=self._locale), "0", "0", self._share(0)]
            for one in outcome["silent_rules"]
        ]
        self._table(say(N_("What the rules gave")) + self._of(outcome), heads, rows)

    def _tiers(self, outcome: Mapping[str, Any]) -> None:
        say = self._say
        rows = [
            [title_of(line["title"], say(N_("None yet")), locale=self._locale), self._count(line["members"])]
            for line in outcome["tiers"]
        ]
        if rows:
            self._table(say(N_("Tiers at the end")) + self._of(outcome), [say(N_("Tier")), say(N_("Members"))], rows)

    def _budgets(self, outcome: Mapping[str, Any]) -> None:
        say = self._say
        rows = [
            [line["budget"], self._day(line["period_from"]), self._count(line["points"]), self._count(line["used"])]
            for line in outcome["budgets"]
        ]
        if rows:
            heads = [say(head) for head in (N_("Budget"), N_("Period from"), N_("Points"), N_("Used"))]
            self._table(say(N_("Budgets")) + self._of(outcome), heads, rows)

    def _day(self, day: str | None) -> str:
        return "" if day is None else formatting.date(date.fromisoformat(day), locale=self._locale)

    def _difference(self, difference: Mapping[str, Any]) -> None:
        say = self._say
        self._console.print(
            say(
                N_("Against %(other)s: %(points)s points, %(cost)s of cost"),
                other=self._name(self._outcomes[1]),
                points=formatting.signed(difference["points_given"], locale=self._locale),
                cost=self._money(difference["cost_minor"], signed=True),
            ),
            style="bold",
        )
        for title, side in ((N_("Who wins"), difference["winners"]), (N_("Who loses"), difference["losers"])):
            heads = [say(head) for head in (N_("Member"), N_("Points"), N_("Before"), N_("Worth"))]
            rows = [
                [
                    line["member"],
                    self._count(line["points"]),
                    self._count(line["points_against"]),
                    self._money(line["worth_minor"], signed=True),
                ]
                for line in side["most"]
            ]
            total = f"{self._count(side['members'])}, {self._money(side['worth_minor'], signed=True)}"
            self._table(f"{say(title)}: {total}", heads, rows)
        self._console.print(f"{say(N_('Unchanged'))}: {self._count(difference['unchanged'])}")

    def _name(self, outcome: Mapping[str, Any]) -> str:
        version = f" {outcome['version']}" if outcome["version"] else ""
        return title_of(outcome["title"], outcome["programme"], locale=self._locale) + version

    def _of(self, outcome: Mapping[str, Any]) -> str:
        return f" · {self._name(outcome)}" if len(self._outcomes) > 1 else ""

    def _money(self, amount_minor: int, *, signed: bool = False) -> str:
        text = formatting.money(amount_minor, self._report["currency"], locale=self._locale)
        return f"+{text}" if signed and amount_minor > 0 else text

    def _table(self, title: str, heads: Sequence[str], rows: Rows) -> None:
        table = Table(title=title or None, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
        for place, head in enumerate(heads):
            table.add_column(head, justify="right" if place else "left", no_wrap=place > 0)
        for row in rows:
            table.add_row(*row)
        self._console.print(table)


def speaker(locale: str) -> Say:
    """gettext without an application."""
    translations = load_translations(locale) if locale != "en" else None

    def say(text: str, **facts: Any) -> str:
        said = translations.gettext(text) if translations else text
        return said % facts if facts else said

    return say
