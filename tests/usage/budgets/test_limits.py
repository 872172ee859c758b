from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from usage.budgets.limits import Limit, Scope
from usage.units import Period

DOLLAR = Decimal(1)


@pytest.mark.parametrize(
    ("period", "scope", "name"),
    [
        ("day", "all", "the daily budget of $1.00"),
        ("month", "all", "the monthly budget of $1.00"),
        ("day", "person", "the daily budget of $1.00 for each person"),
        ("month", "own", "your own monthly budget of $1.00"),
        ("ever", "conversation", "this conversation's budget of $1.00"),
    ],
)
def test_a_limit_has_a_name_that_fits_into_a_sentence(period: Period, scope: Scope, name: str) -> None:
    assert Limit(DOLLAR, period, scope).name == name


def test_a_limit_of_nothing_is_an_amount() -> None:
    assert Limit(Decimal(0), "day").name == "the daily budget of $0.00"


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
