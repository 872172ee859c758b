from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from usage.budgets.limits import Level, Limit, Scope, UsedLimit, crossed_by, most_used
from usage.units import Period

DOLLAR = Decimal(1)
DAILY = Limit(Decimal("1.00"), "day")
MONTHLY = Limit(Decimal("20.00"), "month")


@pytest.mark.parametrize(
    ("period", "scope", "name"),
    [
        ("day", "all", "the daily budget of $1.00"),
        ("month", "all", "the monthly budget of $1.00"),
        ("day", "person", "the daily budget of $1.00 for each person"),
        ("month", "own", "your own monthly budget of $1.00"),
        ("ever", "conversation", "this chat's budget of $1.00"),
    ],
)
def test_a_limit_has_a_name_that_fits_into_a_sentence(period: Period, scope: Scope, name: str) -> None:
    assert Limit(DOLLAR, period, scope).name == name


@pytest.mark.parametrize(
    ("period", "zone", "now", "start"),
    [
        ("day", "Europe/Lisbon", "2026-11-25T10:00Z", "2026-11-26T00:00+00:00"),
        ("month", "Europe/Lisbon", "2026-11-25T10:00Z", "2026-12-01T00:00+00:00"),
        ("month", "UTC", "2026-12-31T23:59Z", "2027-01-01T00:00+00:00"),
        ("month", "UTC", "2027-01-31T23:59Z", "2027-02-01T00:00+00:00"),
        # a minute before and after midnight in the zone, which is another day in UTC
        ("day", "Asia/Tokyo", "2026-11-25T14:59Z", "2026-11-26T00:00+09:00"),
        ("day", "Asia/Tokyo", "2026-11-25T15:00Z", "2026-11-27T00:00+09:00"),
        ("month", "Asia/Tokyo", "2026-11-30T14:59Z", "2026-12-01T00:00+09:00"),
        ("month", "Asia/Tokyo", "2026-11-30T15:00Z", "2027-01-01T00:00+09:00"),
        # a day of 23 hours, of 25, and the doubled hour of the latter
        ("day", "Europe/Lisbon", "2026-03-29T00:30Z", "2026-03-30T00:00+01:00"),
        ("day", "Europe/Lisbon", "2026-10-25T00:30Z", "2026-10-26T00:00+00:00"),
        ("day", "Europe/Lisbon", "2026-10-25T01:30Z", "2026-10-26T00:00+00:00"),
        # clocks that go forward at midnight: the day begins at 01:00; and back to the day before
        ("day", "Africa/Cairo", "2026-04-23T12:00Z", "2026-04-24T01:00+03:00"),
        ("day", "America/Havana", "2026-10-31T12:00Z", "2026-11-01T00:00-04:00"),
        ("day", "America/Santiago", "2026-04-04T12:00Z", "2026-04-05T00:00-04:00"),
    ],
)
def test_a_limit_starts_again_as_the_next_day_or_month_begins_in_the_zone(
    period: Period, zone: str, now: str, start: str
) -> None:
    limit = Limit(DOLLAR, period)
    found = limit.next_start(datetime.fromisoformat(now), ZoneInfo(zone))
    assert found is not None
    assert found.isoformat(timespec="minutes") == start


def test_the_limit_of_a_conversation_never_starts_again() -> None:
    assert Limit(DOLLAR, "ever", "conversation").next_start(datetime.now(UTC), UTC) is None


def used(spent: str, limit: Limit = DAILY) -> UsedLimit:
    """A limit of which so much is spent."""
    return UsedLimit(limit, Decimal(spent))


@pytest.mark.parametrize(
    ("spent", "percent", "level", "warning"),
    [
        ("0", 0, "fine", ""),
        ("0.499999999999", 49, "fine", ""),
        ("0.5", 50, "half", "50% of the daily budget of $1.00 is spent."),
        ("0.799999999999", 79, "half", "79% of the daily budget of $1.00 is spent."),
        ("0.8", 80, "near", "80% of the daily budget of $1.00 is spent."),
        ("0.999999999999", 99, "near", "99% of the daily budget of $1.00 is spent."),
        ("1", 100, "spent", "The daily budget of $1.00 is spent."),
        ("1.5", 150, "spent", "The daily budget of $1.00 is spent."),
    ],
)
def test_there_are_warnings_at_50_80_and_100_percent(
    spent: str, percent: int, level: Level, warning: str
) -> None:
    found = used(spent)
    assert (found.percent, found.level, found.warning) == (percent, level, warning)


def test_a_budget_of_nothing_is_spent_from_the_start() -> None:
    nothing = used("0", Limit(Decimal(0), "day"))
    assert (nothing.level, nothing.warning) == ("spent", "The daily budget of $0.00 is spent.")


def test_the_limit_that_is_used_most_is_the_one_to_show() -> None:
    assert most_used([used("0.10"), used("19", MONTHLY), used("0.90")]) == used("19", MONTHLY)
    assert most_used([]) is None


@pytest.mark.parametrize(
    ("spent", "cost", "crosses"),
    [
        ("0.80", "0.000001", True),
        ("0.80", "0.40", True),
        ("0.81", "0.01", False),
        ("0.81", "0.010001", True),
        ("0.79", "0.29", False),
        ("0.49", "0.49", False),
        ("1.20", "0.20", False),
        ("1.20", "0.200001", True),
        ("0.80", "0", False),
        ("0.80", None, False),
    ],
)
def test_a_threshold_is_crossed_by_one_call_only(spent: str, cost: str | None, crosses: bool) -> None:
    found = crossed_by(None if cost is None else Decimal(cost), [used(spent)])
    assert found == (used(spent) if crosses else None)


def test_of_several_limits_that_a_call_took_over_a_threshold_the_most_used_is_told() -> None:
    crossed = [used("0.55"), used("16.1", MONTHLY), used("9", DAILY)]
    assert crossed_by(Decimal("0.2"), crossed) == used("16.1", MONTHLY)
