"""When points burn: periods, the ends of months, quarters and years, in zones whose clocks jump."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backend.programmes import earning
from backend.programmes.document import read_programme
from backend.programmes.errors import BadProgramme
from backend.programmes.expiry import Expiry
from tests.factories.till import DEMO_PROGRAMME

MOSCOW, BERLIN, APIA, ST_JOHNS = "Europe/Moscow", "Europe/Berlin", "Pacific/Apia", "America/St_Johns"
ZONES = (MOSCOW, BERLIN, APIA, ST_JOHNS)
GUIDE = Path(__file__).parents[2] / "docs/programme.md"
MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}
TICK = timedelta(microseconds=1)
# St John's changed its clocks at one minute past midnight until 2011; Apia left out 30 December 2011.
MOMENTS = st.integers(631_152_000, 4_733_510_400).map(lambda seconds: datetime.fromtimestamp(seconds, tz=UTC))
"""1990 to 2120."""


def local(year: int, month: int, day: int, hour: int = 12, minute: int = 0, *, zone: str = MOSCOW) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone))


def in_zone(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def last_day(span: str, day: date) -> date:
    """The last day of the month, quarter or year of a day, reckoned on days alone."""
    month = -(-day.month // MONTHS_OF[span]) * MONTHS_OF[span]
    return date(day.year, month, monthrange(day.year, month)[1])


# A period


def test_days_are_of_24_hours_whatever_the_clocks_do() -> None:
    before = local(2026, 3, 28, zone=BERLIN)
    burns = Expiry(days=1).burns_at(before, zone=None)
    assert in_zone(burns, BERLIN) == "2026-03-29 13:00"


def test_months_keep_the_time_of_day_over_a_change_of_clocks() -> None:
    burns = Expiry(months=6).burns_at(local(2026, 1, 15, zone=BERLIN), zone=BERLIN)
    assert in_zone(burns, BERLIN) == "2026-07-15 12:00"


@pytest.mark.parametrize(
    ("day", "months", "burns_on"),
    [
        ((2027, 1, 31), 1, "2027-02-28"),
        ((2028, 1, 31), 1, "2028-02-29"),
        ((2028, 2, 29), 12, "2029-02-28"),
        ((2028, 2, 29), 48, "2032-02-29"),
        ((2026, 8, 31), 1, "2026-09-30"),
        ((2026, 11, 30), 3, "2027-02-28"),
        ((2026, 12, 1), 1, "2027-01-01"),
        ((2026, 12, 31), 12, "2027-12-31"),
    ],
)
def test_a_month_that_is_too_short_ends_the_period_on_its_last_day(
    day: tuple[int, int, int], months: int, burns_on: str
) -> None:
    burns = Expiry(months=months).burns_at(local(*day), zone=MOSCOW)
    assert in_zone(burns, MOSCOW) == f"{burns_on} 12:00"


def test_a_time_that_the_clocks_skip_comes_as_much_later() -> None:
    burns = Expiry(months=1).burns_at(local(2026, 2, 28, 2, 30, zone=BERLIN) + timedelta(days=1), zone=BERLIN)
    assert in_zone(burns, BERLIN) == "2026-04-01 02:30"
    skipped = Expiry(months=12).burns_at(local(2025, 3, 29, 2, 30, zone=BERLIN), zone=BERLIN)
    assert in_zone(skipped, BERLIN) == "2026-03-29 03:30"


def test_a_day_that_the_calendar_skips_gives_the_next_one() -> None:
    burns = Expiry(months=1).burns_at(local(2011, 11, 30, zone=APIA), zone=APIA)
    assert in_zone(burns, APIA) == "2011-12-31 12:00"


# Its end rounded


@pytest.mark.parametrize(
    ("span", "burns_on"), [("month", "2027-11-30"), ("quarter", "2027-12-31"), ("year", "2027-12-31")]
)
def test_points_live_through_the_last_day_of_the_span(span: str, burns_on: str) -> None:
    expiry = Expiry(days=365, round_to=span)
    burns = expiry.burns_at(local(2026, 11, 22), zone=MOSCOW)
    assert in_zone(burns, MOSCOW) == f"{burns_on} 23:59"
    assert in_zone(burns + TICK, MOSCOW) == f"{date.fromisoformat(burns_on) + timedelta(days=1)} 00:00"


def test_the_end_of_the_month_is_the_shops_and_not_the_worlds() -> None:
    new_year_in_moscow = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)
    expiry = Expiry(months=1, round_to="month")
    assert in_zone(expiry.burns_at(new_year_in_moscow, zone=MOSCOW), MOSCOW) == "2027-02-28 23:59"
    assert in_zone(expiry.burns_at(new_year_in_moscow, zone=ST_JOHNS), ST_JOHNS) == "2027-01-31 23:59"


def test_february_of_a_leap_year_ends_on_the_29th() -> None:
    burns = Expiry(days=30, round_to="month").burns_at(local(2028, 1, 20), zone=MOSCOW)
    assert in_zone(burns, MOSCOW) == "2028-02-29 23:59"


def test_midnight_that_comes_twice_ends_the_month_the_second_time() -> None:
    """On 1 November 2009 the clocks of St John's went from 00:01 back to 23:01 of 31 October."""
    burns = Expiry(days=1, round_to="month").burns_at(local(2009, 10, 20, zone=ST_JOHNS), zone=ST_JOHNS)
    assert burns == local(2009, 11, 1, 0, 0, zone=ST_JOHNS).replace(fold=1).astimezone(UTC) - TICK
    assert in_zone(burns, ST_JOHNS) == "2009-10-31 23:59"


@settings(max_examples=400, deadline=None)
@given(moment=MOMENTS, days=st.integers(1, 800), span=st.sampled_from(sorted(MONTHS_OF)), zone=st.sampled_from(ZONES))
@example(moment=datetime(2011, 12, 29, 12, tzinfo=UTC), days=1, span="month", zone=APIA)
@example(moment=datetime(2009, 10, 31, 2, tzinfo=UTC), days=1, span="month", zone=ST_JOHNS)
@example(moment=datetime(2028, 2, 28, 12, tzinfo=UTC), days=1, span="quarter", zone=BERLIN)
def test_a_rounded_day_is_the_last_one_whole_and_never_sooner(
    moment: datetime, days: int, span: str, zone: str
) -> None:
    exact = Expiry(days=days).burns_at(moment, zone=None)
    burns = Expiry(days=days, round_to=span).burns_at(moment, zone=zone)
    place = ZoneInfo(zone)
    end = last_day(span, exact.astimezone(place).date())
    assert burns >= exact
    assert burns.astimezone(place).date() == end
    assert (burns + TICK).astimezone(place).date() == end + timedelta(days=1)


@settings(max_examples=400, deadline=None)
@given(moment=MOMENTS, months=st.integers(1, 60), zone=st.sampled_from(ZONES))
@example(moment=datetime(2028, 2, 29, 12, tzinfo=UTC), months=12, zone=BERLIN)
@example(moment=datetime(2011, 11, 30, 12, tzinfo=UTC), months=1, zone=APIA)
def test_months_later_is_that_month_and_that_day_or_its_last(moment: datetime, months: int, zone: str) -> None:
    place = ZoneInfo(zone)
    begins, burns = moment.astimezone(place), Expiry(months=months).burns_at(moment, zone=zone).astimezone(place)
    due = (begins.year * 12 + begins.month - 1 + months) // 12, (begins.month - 1 + months) % 12 + 1
    day = min(begins.day, monthrange(*due)[1])
    intended = begins.replace(year=due[0], month=due[1], day=day, tzinfo=None)
    late_by = burns.replace(tzinfo=None) - intended
    # An hour or a day that the clocks skip may lie between; Apia skipped 24 hours at once.
    assert late_by in {timedelta(0), timedelta(hours=1), timedelta(hours=24)}


@settings(max_examples=200, deadline=None)
@given(
    moment=MOMENTS,
    later=st.timedeltas(timedelta(hours=2), timedelta(days=400)),
    months=st.integers(1, 36),
    span=st.sampled_from([None, "month", "quarter", "year"]),
    zone=st.sampled_from(ZONES),
)
def test_a_later_purchase_never_means_an_earlier_day(
    moment: datetime, later: timedelta, months: int, span: str | None, zone: str
) -> None:
    expiry = Expiry(months=months, round_to=span)
    # Apia's skipped day is 24 hours wide: what begins on 30 November ends like what begins on the 31st would.
    slack = timedelta(hours=24) if zone == APIA else timedelta(0)
    assert expiry.burns_at(moment + later, zone=zone) + slack >= expiry.burns_at(moment, zone=zone)


# In the document


def _programme(expiry: str) -> str:
    return DEMO_PROGRAMME.replace("expiry: {days: 365}", expiry)


def test_points_without_expiry_never_burn() -> None:
    programme = read_programme(_programme(""))
    assert programme.expiry is None
    assert earning.expires_at(programme, local(2026, 11, 22), zone=None) is None
    assert earning.prolonged_until(programme, local(2026, 11, 22), zone=None) is None


def test_a_document_says_how_points_live() -> None:
    programme = read_programme(_programme("expiry: {months: 12, round_to: quarter, prolonged_by: activity}"))
    assert programme.expiry == Expiry(months=12, round_to="quarter", prolonged_by="activity")
    until = earning.prolonged_until(programme, local(2026, 11, 22), zone=MOSCOW)
    assert until is not None
    assert in_zone(until, MOSCOW) == "2027-12-31 23:59"


@pytest.mark.parametrize(
    ("expiry", "place"),
    [
        ("expiry: {days: 365, months: 12}", "expiry.months"),
        ("expiry: {}", "expiry.days"),
        ("expiry: {round_to: month}", "expiry.days"),
        ("expiry: {prolonged_by: activity}", "expiry.days"),
        ("expiry: {days: 0}", "expiry.days"),
        ("expiry: {months: 1201}", "expiry.months"),
        ("expiry: {days: 365, round_to: week}", "expiry.round_to"),
        ("expiry: {days: 365, prolonged_by: visit}", "expiry.prolonged_by"),
        ("expiry: never", "expiry"),
    ],
)
def test_settings_that_contradict_each_other_are_refused_by_place(expiry: str, place: str) -> None:
    with pytest.raises(BadProgramme) as refused:
        read_programme(_programme(expiry))
    assert place in refused.value.errors


def test_what_the_guide_shows_is_read() -> None:
    shown = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    programmes = [read_programme(_with_sections(block)) for block in shown]
    assert len(programmes) > 5
    assert any(programme.is_prolonged_by_activity for programme in programmes)
    assert any(programme.transfers for programme in programmes)
    assert any(programme.terms for programme in programmes)


def _with_sections(block: str) -> str:
    """The demo's programme with what a block of the guide says in place of its own sections of these names."""
    text = DEMO_PROGRAMME
    for section in re.findall(r"^(\w+):", block, re.MULTILINE):
        text = re.sub(rf"^{section}:.*\n(?: .*\n)*", "", text, flags=re.MULTILINE)
    return text + block


def test_the_calendar_is_never_reckoned_without_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Expiry(months=12).burns_at(local(2026, 11, 22), zone=None)


@pytest.mark.parametrize(
    ("transfers", "place"),
    [
        ("transfers: {minimum_points: 10}", "transfers.allowed"),
        ("transfers: {allowed: maybe}", "transfers.allowed"),
        ("transfers: {allowed: true, minimum_points: 0}", "transfers.minimum_points"),
        ("transfers: {allowed: true, minimum_points: 20, maximum_points_per_day: 10}", "transfers.minimum_points"),
        ("transfers: {allowed: true, maximum_points_per_day: 1.5}", "transfers.maximum_points_per_day"),
    ],
)
def test_terms_of_transfers_that_cannot_be_kept_are_refused_by_place(transfers: str, place: str) -> None:
    with pytest.raises(BadProgramme) as refused:
        read_programme(f"{DEMO_PROGRAMME}{transfers}\n")
    assert place in refused.value.errors


def test_transfers_are_allowed_only_where_the_document_says_so() -> None:
    assert read_programme(DEMO_PROGRAMME).transfers is None
    assert read_programme(f"{DEMO_PROGRAMME}transfers: {{allowed: false, minimum_points: 5}}\n").transfers is None
    allowed = read_programme(f"{DEMO_PROGRAMME}transfers: {{allowed: true}}\n").transfers
    assert allowed is not None
    assert (allowed.minimum_points, allowed.maximum_points_per_day) == (1, None)
