"""Which days a period is, seen from a Friday in January."""

from datetime import date

import pytest

from usage.units import PERIODS, PeriodError, days_of, format_day, format_days, format_time

TODAY = date(2026, 1, 16)


NAMED = {
    "today": "2026-01-16..2026-01-16",
    "yesterday": "2026-01-15..2026-01-15",
    "week": "2026-01-12..2026-01-16",
    "last-week": "2026-01-05..2026-01-11",
    "7-days": "2026-01-10..2026-01-16",
    "30-days": "2025-12-18..2026-01-16",
    "month": "2026-01-01..2026-01-16",
    "last-month": "2025-12-01..2025-12-31",
    "year": "2026-01-01..2026-01-16",
    "all": "..",
}
WRITTEN = {
    "1d": "2026-01-16..2026-01-16",
    "17d": "2025-12-31..2026-01-16",
    "2024-02-29": "2024-02-29..2024-02-29",
    "2024-02": "2024-02-01..2024-02-29",
    "2025-12-24..2026-01-06": "2025-12-24..2026-01-06",
    "2025-11..yesterday": "2025-11-01..2026-01-15",
    "7d..": "2026-01-10..",
    "..2025-12": "..2025-12-31",
    "..": "..",
}


@pytest.mark.parametrize(("period", "days"), [*NAMED.items(), *WRITTEN.items()])
def test_a_period_is_whole_days(period: str, days: str) -> None:
    found = days_of(period, TODAY)
    assert f"{found.first or ''}..{found.last or ''}" == days


def test_each_period_with_a_name_is_among_these() -> None:
    assert [*NAMED] == [*PERIODS]


@pytest.mark.parametrize(
    ("period", "reason"),
    [
        *(
            (text, "expected today, yesterday, 7d, a day such as 2026-11-22 or a month such as 2026-11")
            for text in (
                *("", "ever", "0d", "10000d", "-7d", "7 days", "22.11.2026", "20261122", "2026-W47"),
                *("2026-13", "2026-02-30", "２０２６-01-01", "a..b", '"..', "2026-01-01..2026-01-02..x"),
            )
        ),
        ("2026-01-02..2026-01-01", "expected a first day that is before the last"),
        ("today..yesterday", "expected a first day that is before the last"),
    ],
)
def test_what_is_no_period_says_what_to_write(period: str, reason: str) -> None:
    with pytest.raises(PeriodError) as refused:
        days_of(period, TODAY)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("2026-11-02", "Nov 2, 2026"),
        ("2026-11-22 14:02", "Nov 22, 2026, 14:02"),
        ("2026-01", "Jan 2026"),
        ("2026-W47", "Nov 16 – Nov 22, 2026"),
        ("2026-W53", "Dec 28, 2026 – Jan 3, 2027"),
        *(
            (text, text)
            for text in ("carried over", "2026", "14:02", "", "2026-13", "2026-02-30", "9999-W52", "2026-W60")
        ),
    ],
)
def test_a_time_reads_on_the_page_as_people_say_it(name: str, text: str) -> None:
    assert format_time(name) == text


def test_one_day_is_no_range() -> None:
    assert format_days(TODAY, TODAY) == format_day(TODAY) == "Jan 16, 2026"
