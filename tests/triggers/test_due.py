"""`wflow.triggers.due`: against cronsim itself, against the definition of a due time, and at both changes of clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, product
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from wflow.triggers.due import Schedule

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
RIGA = ZoneInfo("Europe/Riga")
ZONES = (UTC, BERLIN, NEW_YORK, LORD_HOWE, ZoneInfo("Pacific/Auckland"), ZoneInfo("Asia/Kathmandu"))


def at(text: str, zone: ZoneInfo = BERLIN) -> float:
    """Seconds since the epoch of a time with an offset; without one it is a wall time of the zone."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()


def told(moments: Iterator[float], zone: ZoneInfo, count: int) -> list[str]:
    """The first moments as ``03-29 03:00+0200``."""
    return [f"{datetime.fromtimestamp(moment, zone):%m-%d %H:%M%z}" for moment in islice(moments, count)]


# What the fields mean: expression, a wall time (UTC, 2024 is a leap year that begins on a Monday), the next due times.
FIELDS = [
    ("* * * * *", "2024-01-01 00:00", ["01-01 00:01", "01-01 00:02"]),
    ("7 * * * *", "2024-01-01 00:07", ["01-01 01:07", "01-01 02:07"]),
    ("5,10,15 4 * * *", "2024-01-01 04:05", ["01-01 04:10", "01-01 04:15", "01-02 04:05"]),
    ("10-12,50-51 * * * *", "2024-01-01 00:00", ["01-01 00:10", "01-01 00:11", "01-01 00:12", "01-01 00:50"]),
    ("*/25 * * * *", "2024-01-01 00:00", ["01-01 00:25", "01-01 00:50", "01-01 01:00"]),
    ("10-30/10 9 * * *", "2024-01-01 00:00", ["01-01 09:10", "01-01 09:20", "01-01 09:30", "01-02 09:10"]),
    ("50/4 0 * * *", "2024-01-01 00:00", ["01-01 00:50", "01-01 00:54", "01-01 00:58", "01-02 00:50"]),
    ("0 0 L * *", "2024-01-31 00:00", ["02-29 00:00", "03-31 00:00", "04-30 00:00"]),
    ("0 0 l * *", "2024-01-01 00:00", ["01-31 00:00"]),
    ("0 0 L/3 * *", "2024-01-01 00:00", ["01-31 00:00", "02-29 00:00"]),
    ("0 0 LW * *", "2024-03-01 00:00", ["03-29 00:00", "04-30 00:00", "05-31 00:00", "06-28 00:00"]),
    ("0 0 29 2 *", "2024-03-01 00:00", ["02-29 00:00"]),
    ("0 0 * * 0", "2024-01-01 00:00", ["01-07 00:00", "01-14 00:00"]),
    ("0 0 * * 7", "2024-01-01 00:00", ["01-07 00:00", "01-14 00:00"]),
    ("0 0 * * 1", "2024-01-01 00:00", ["01-08 00:00", "01-15 00:00"]),
    ("0 0 * * MON", "2024-01-01 00:00", ["01-08 00:00", "01-15 00:00"]),
    ("0 0 * * wed-thu", "2024-01-01 00:00", ["01-03 00:00", "01-04 00:00", "01-10 00:00"]),
    ("0 0 * * sun-mon", "2024-01-01 00:00", ["01-07 00:00", "01-08 00:00", "01-14 00:00"]),
    ("0 0 * * */3", "2024-01-01 00:00", ["01-03 00:00", "01-06 00:00", "01-07 00:00", "01-10 00:00"]),
    ("0 0 * * 3#2", "2024-01-01 00:00", ["01-10 00:00", "02-14 00:00", "03-13 00:00"]),
    ("0 0 * * 5L", "2024-01-01 00:00", ["01-26 00:00", "02-23 00:00", "03-29 00:00", "04-26 00:00"]),
    ("0 0 * * 0L", "2024-01-01 00:00", ["01-28 00:00", "02-25 00:00"]),
    ("0 0 * * 7L", "2024-01-01 00:00", ["01-28 00:00", "02-25 00:00"]),
    ("0 0 * * 1,2,4#1", "2024-01-01 00:00", ["01-02 00:00", "01-04 00:00", "01-08 00:00"]),
    ("0 0 1 JUL *", "2024-01-01 00:00", ["07-01 00:00", "07-01 00:00"]),
    ("0 0 13 * 5", "2024-01-01 00:00", ["01-05 00:00", "01-12 00:00", "01-13 00:00", "01-19 00:00"]),
    ("0 0 8-14 * */7", "2024-01-01 00:00", ["01-14 00:00", "02-11 00:00", "03-10 00:00"]),
    ("0 0 */100,8-14 * TUE", "2024-01-02 00:00", ["01-09 00:00", "02-13 00:00", "03-12 00:00"]),
]


@pytest.mark.parametrize(("expression", "wall", "expected"), FIELDS)
def test_a_field_means_what_it_means_to_cron(expression: str, wall: str, expected: list[str]) -> None:
    found = told(Schedule(expression).after(at(wall + "+00:00")), ZoneInfo("UTC"), len(expected))
    assert [one.removesuffix("+0000") for one in found] == expected


def test_an_expression_that_never_comes_due_ends() -> None:
    never = Schedule("0 0 */100 * FRI#4", BERLIN)
    assert never.next_after(at("2024-01-01")) is None
    assert never.latest_until(at("2024-01-01")) is None
    assert list(never.between(at("2024-01-01"), at("2025-01-01"))) == []


def test_seconds_may_be_given_as_a_sixth_field_in_front() -> None:
    schedule = Schedule("*/20 59 23 * * *", BERLIN)
    after = at("2024-05-05 23:59:10")
    assert [due - after for due in islice(schedule.after(after), 3)] == [10.0, 30.0, 86390.0]
    assert schedule.latest_until(after) == after - 10


@pytest.mark.parametrize(
    ("moment", "later", "earlier"),
    [("2024-05-05 10:00:00", 60, 0), ("2024-05-05 10:00:00.25", 59.75, -0.25), ("2024-05-05 10:00:59.5", 0.5, -59.5)],
)
def test_a_due_time_counts_once_it_has_come_and_not_before(moment: str, later: float, earlier: float) -> None:
    schedule, now = Schedule("* * * * *", BERLIN), at(moment)
    assert schedule.next_after(now) == now + later
    assert schedule.latest_until(now) == now + earlier


# Clocks in Riga are moved from 03:00 to 04:00 on 2021-03-28, and from 04:00 back to 03:00 on 2021-10-31. What Debian's
# cron does there, and cronsim after it: from a wall time on, the next due times.
CHANGES = [
    ("0 * * * *", "2021-03-28 01:30", ["03-28 02:00+0200", "03-28 04:00+0300"]),
    ("0 * * * *", "2021-10-31 02:30", ["10-31 03:00+0300", "10-31 03:00+0200", "10-31 04:00+0200"]),
    ("*/20 * * * *", "2021-03-28 02:20", ["03-28 02:40+0200", "03-28 04:00+0300", "03-28 04:20+0300"]),
    (
        "*/30 * * * *",
        "2021-10-31 02:40",
        ["10-31 03:00+0300", "10-31 03:30+0300", "10-31 03:00+0200", "10-31 03:30+0200"],
    ),
    ("* * * * *", "2021-03-28 02:58", ["03-28 02:59+0200", "03-28 04:00+0300"]),
    ("* * * * *", "2021-10-31 03:58", ["10-31 03:59+0300", "10-31 03:00+0200", "10-31 03:01+0200"]),
    ("* 2-5 * * *", "2021-03-28 02:58", ["03-28 02:59+0200", "03-28 04:00+0300"]),
    ("* 2-5 * * *", "2021-10-31 03:58", ["10-31 03:59+0300", "10-31 03:00+0200"]),
    ("0 */2 * * *", "2021-03-28 01:30", ["03-28 02:00+0200", "03-28 04:00+0300", "03-28 06:00+0300"]),
    ("0 */2 * * *", "2021-10-31 01:30", ["10-31 02:00+0300", "10-31 04:00+0200"]),
    ("40 */2 * * *", "2021-03-28 01:30", ["03-28 02:40+0200", "03-28 04:40+0300"]),
    ("40 */2 * * *", "2021-10-31 01:30", ["10-31 02:40+0300", "10-31 04:40+0200"]),
    ("0 */3 * * *", "2021-10-31 01:30", ["10-31 03:00+0300", "10-31 03:00+0200", "10-31 06:00+0200"]),
    ("0 2,3,4,5 * * *", "2021-03-28 01:30", ["03-28 02:00+0200", "03-28 04:00+0300", "03-28 05:00+0300"]),
    ("0 2,3,4,5 * * *", "2021-10-31 01:30", ["10-31 02:00+0300", "10-31 03:00+0300", "10-31 04:00+0200"]),
    ("30 2,3,4 * * *", "2021-03-28 01:30", ["03-28 02:30+0200", "03-28 04:00+0300", "03-28 04:30+0300"]),
    ("30 2,3,4 * * *", "2021-10-31 01:30", ["10-31 02:30+0300", "10-31 03:30+0300", "10-31 04:30+0200"]),
    ("0 2 * * *", "2021-03-28 01:30", ["03-28 02:00+0200", "03-29 02:00+0300"]),
    ("0 2 * * *", "2021-10-31 01:30", ["10-31 02:00+0300", "11-01 02:00+0200"]),
    ("0 3 * * *", "2021-03-27 01:30", ["03-27 03:00+0200", "03-28 04:00+0300", "03-29 03:00+0300"]),
    ("0 3 * * *", "2021-10-31 01:30", ["10-31 03:00+0300", "11-01 03:00+0200"]),
    ("15 3 * * *", "2021-03-27 01:30", ["03-27 03:15+0200", "03-28 04:00+0300", "03-29 03:15+0300"]),
    ("15 3 * * *", "2021-10-30 01:30", ["10-30 03:15+0300", "10-31 03:15+0300", "11-01 03:15+0200"]),
    ("0 4 * * *", "2021-03-27 01:30", ["03-27 04:00+0200", "03-28 04:00+0300", "03-29 04:00+0300"]),
    ("0 4 * * *", "2021-10-30 01:30", ["10-30 04:00+0300", "10-31 04:00+0200", "11-01 04:00+0200"]),
    ("0 2-5 * * *", "2021-03-28 01:30", ["03-28 02:00+0200", "03-28 04:00+0300", "03-28 05:00+0300"]),
    ("0 2-5 * * *", "2021-10-31 01:30", ["10-31 02:00+0300", "10-31 03:00+0300", "10-31 04:00+0200"]),
    ("0 0-23 * * *", "2021-03-28 01:30", ["03-28 02:00+0200", "03-28 04:00+0300", "03-28 05:00+0300"]),
    ("0 0-23 * * *", "2021-10-31 02:30", ["10-31 03:00+0300", "10-31 04:00+0200", "10-31 05:00+0200"]),
    ("0 1-23/2 * * *", "2021-03-28 00:30", ["03-28 01:00+0200", "03-28 04:00+0300", "03-28 05:00+0300"]),
    ("0 1-23/2 * * *", "2021-10-31 00:30", ["10-31 01:00+0300", "10-31 03:00+0300", "10-31 05:00+0200"]),
]


@pytest.mark.parametrize(("expression", "wall", "expected"), CHANGES)
def test_a_change_of_clocks_is_met_as_debians_cron_meets_it(expression: str, wall: str, expected: list[str]) -> None:
    assert told(Schedule(expression, RIGA).after(at(wall, RIGA)), RIGA, len(expected)) == expected


# A due time that is skipped, and one that is doubled, with every choice, in zones whose clocks move by an hour at 02:00
# (New York) and at 03:00 (Berlin), and by half an hour at 02:00 in the southern summer (Lord Howe).
SKIPPED = [
    (BERLIN, "30 2 * * *", "2025-03-29 12:00", ["03-30 03:00+0200", "03-31 02:30+0200"], ["03-31 02:30+0200"]),
    (NEW_YORK, "15,45 2 * * *", "2025-03-08 12:00", ["03-09 03:00-0400"], ["03-10 02:15-0400"]),
    (LORD_HOWE, "15 2 * * *", "2025-10-04 12:00", ["10-05 02:30+1100"], ["10-06 02:15+1100"]),
    (LORD_HOWE, "45 2 * * *", "2025-10-04 12:00", ["10-05 02:45+1100"], ["10-05 02:45+1100"]),
]
DOUBLED = [
    (BERLIN, "30 2 * * *", "2025-10-25 12:00", "10-26 02:30+0200", "10-26 02:30+0100"),
    (NEW_YORK, "59 1 * * *", "2025-11-01 12:00", "11-02 01:59-0400", "11-02 01:59-0500"),
    (LORD_HOWE, "45 1 * * *", "2025-04-05 12:00", "04-06 01:45+1100", "04-06 01:45+1030"),
]


@pytest.mark.parametrize("doubled", ["first", "last", "both"])
@pytest.mark.parametrize(("zone", "expression", "after", "shifted", "skipped"), SKIPPED)
def test_a_skipped_due_time_is_shifted_or_left_out(
    zone: ZoneInfo, expression: str, after: str, shifted: list[str], skipped: list[str], doubled: str
) -> None:
    moment = at(after, zone)
    for choice, expected in (("shift", shifted), ("skip", skipped)):
        schedule = Schedule(expression, zone, choice, doubled)
        assert told(schedule.after(moment), zone, len(expected)) == expected


@pytest.mark.parametrize("skipped", ["shift", "skip"])
@pytest.mark.parametrize(("zone", "expression", "after", "first", "last"), DOUBLED)
def test_a_doubled_due_time_comes_the_first_time_the_last_or_both(
    zone: ZoneInfo, expression: str, after: str, first: str, last: str, skipped: str
) -> None:
    moment = at(after, zone)
    for choice, expected in (("first", [first]), ("last", [last]), ("both", [first, last])):
        schedule = Schedule(expression, zone, skipped, choice)
        assert told(schedule.between(moment, moment + 86400), zone, 9) == expected


def test_an_interval_takes_no_notice_of_the_choices() -> None:
    for zone, night in ((BERLIN, "2025-03-29 22:00"), (BERLIN, "2025-10-25 22:00"), (LORD_HOWE, "2025-04-05 22:00")):
        moment = at(night, zone)
        plain = list(Schedule("*/15 * * * *", zone).between(moment, moment + 36000))
        assert {after - before for before, after in pairwise(plain)} == {900.0}
        for skipped, doubled in product(("shift", "skip"), ("first", "last", "both")):
            assert list(Schedule("*/15 * * * *", zone, skipped, doubled).between(moment, moment + 36000)) == plain


def test_due_times_that_the_change_of_clocks_brings_together_are_one() -> None:
    schedule = Schedule("0,20,40 2,3 * * *", BERLIN)
    assert told(schedule.after(at("2025-03-30 00:00")), BERLIN, 3) == [
        "03-30 03:00+0200",
        "03-30 03:20+0200",
        "03-30 03:40+0200",
    ]


def test_due_times_are_in_true_order_where_wall_times_are_not() -> None:
    schedule = Schedule("10,50 2 * * *", BERLIN, "shift", "both")
    assert told(schedule.after(at("2025-10-26 00:00")), BERLIN, 4) == [
        "10-26 02:10+0200",
        "10-26 02:50+0200",
        "10-26 02:10+0100",
        "10-26 02:50+0100",
    ]


def test_a_day_that_a_country_leaves_out_is_a_skipped_hour_of_a_day() -> None:
    apia = ZoneInfo("Pacific/Apia")  # went from the 29th to the 31st of December 2011
    eve = at("2011-12-29 13:00", apia)
    assert told(Schedule("0 12 * * *", apia).after(eve), apia, 2) == ["12-31 00:00+1400", "12-31 12:00+1400"]
    assert told(Schedule("0 12 * * *", apia, "skip").after(eve), apia, 1) == ["12-31 12:00+1400"]
    assert told(Schedule("0 */12 * * *", apia).after(eve), apia, 2) == ["12-31 00:00+1400", "12-31 12:00+1400"]


def field(low: int, high: int) -> st.SearchStrategy[str]:
    """What may stand in one field."""
    number = st.integers(low, high)
    span = st.tuples(number, number).map(lambda ends: f"{min(ends)}-{max(ends)}")
    step = st.integers(1, high)
    return st.one_of(
        st.just("*"),
        number.map(str),
        st.lists(number, min_size=2, max_size=4).map(lambda some: ",".join(map(str, some))),
        step.map("*/{}".format),
        span,
        st.tuples(span, step).map(lambda both: f"{both[0]}/{both[1]}"),
        st.tuples(number, step).map(lambda both: f"{both[0]}/{both[1]}"),
    )


expressions = st.tuples(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7)).map(" ".join)

#: Any moment of thirty years, and as often one of the days of a change of clocks.
moments = st.one_of(
    st.floats(at("2000-01-01"), at("2030-01-01")),
    st.tuples(
        st.sampled_from(
            ["2025-03-30", "2025-10-26", "2025-03-09", "2025-11-02", "2025-04-06", "2025-10-05", "2025-09-28"]
        ),
        st.floats(-86400, 86400),
    ).map(lambda both: at(both[0] + "T02:00+00:00") + both[1]),
)


@given(expressions, moments, st.sampled_from([BERLIN, NEW_YORK, ZoneInfo("Pacific/Auckland"), RIGA]))
def test_the_due_times_are_those_of_cronsim(expression: str, moment: float, zone: ZoneInfo) -> None:
    """Beyond the moment, that is: started in a doubled hour cronsim gives times of its first passing again."""
    theirs = (due.timestamp() for due in CronSim(expression, datetime.fromtimestamp(moment, zone)))
    expected = list(islice((due for due in theirs if due > moment), 6))
    assert list(islice(Schedule(expression, zone).after(moment), 6)) == expected


def is_interval(expression: str) -> bool:
    minute, hour, *_ = expression.split()
    return minute.startswith("*") or hour.startswith("*")


@settings(max_examples=20)
@given(
    expressions.filter(is_interval),
    moments,
    st.sampled_from([*ZONES, ZoneInfo("America/Santiago"), ZoneInfo("Africa/Casablanca")]),
)
@example("* */5 8,11 * *", at("2022-09-10 12:00-04:00"), ZoneInfo("America/Santiago"))
@example("51 * 3,20,25 */1 *", at("2021-10-02 12:00+10:30"), LORD_HOWE)
def test_an_interval_is_due_in_every_minute_that_the_wall_shows(expression: str, moment: float, zone: ZoneInfo) -> None:
    until = moment + 86400
    first = moment - moment % 60 + 60
    shown = {datetime.fromtimestamp(first + n * 60, zone).replace(tzinfo=None, fold=0) for n in range(1440)}
    matching = set(islice(CronSim(expression, min(shown) - timedelta(minutes=1)), 1440 + 120)) & shown
    expected = [
        due
        for due in (first + n * 60 for n in range(1440))
        if datetime.fromtimestamp(due, zone).replace(tzinfo=None, fold=0) in matching
    ]
    assert list(Schedule(expression, zone).between(moment, until)) == expected


@given(
    expressions,
    moments,
    st.sampled_from(ZONES),
    st.sampled_from(["shift", "skip"]),
    st.sampled_from(["first", "last", "both"]),
)
def test_backwards_equals_forwards(expression: str, moment: float, zone: ZoneInfo, skipped: str, doubled: str) -> None:
    schedule = Schedule(expression, zone, skipped, doubled)
    forwards = list(islice(schedule.after(moment), 8))
    assert forwards == sorted(set(forwards))
    assume(forwards)
    backwards = [schedule.latest_until(forwards[-1])]
    while (before := schedule.latest_until(backwards[-1] - 0.001)) is not None and before > moment:  # type: ignore[operator]
        backwards.append(before)
    assert backwards == forwards[::-1]
