"""Which days a period is, seen from a Friday in January."""

from datetime import date

import pytest

from usage.units import PERIODS, Days, PeriodError, days_of, format_day, format_days, format_time

TODAY = date(2026, 1, 16)


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("today", Days(date(2026, 1, 16), date(2026, 1, 16))),
        ("yesterday", Days(date(2026, 1, 15), date(2026, 1, 15))),
        ("week", Days(date(2026, 1, 12), date(2026, 1, 16))),
        ("last-week", Days(date(2026, 1, 5), date(2026, 1, 11))),
        ("7-days", Days(date(2026, 1, 10), date(2026, 1, 16))),
        ("30-days", Days(date(2025, 12, 18), date(2026, 1, 16))),
        ("month", Days(date(2026, 1, 1), date(2026, 1, 16))),
        ("last-month", Days(date(2025, 12, 1), date(2025, 12, 31))),
        ("year", Days(date(2026, 1, 1), date(2026, 1, 16))),
        ("all", Days(None, None)),
    ],
)
def test_a_period_with_a_name_is_whole_days(period: str, days: Days) -> None:
    assert days_of(period, TODAY) == days
    assert period in PERIODS


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("1d", Days(date(2026, 1, 16), date(2026, 1, 16))),
        ("17d", Days(date(2025, 12, 31), date(2026, 1, 16))),
        ("2024-02-29", Days(date(2024, 2, 29), date(2024, 2, 29))),
        ("2024-02", Days(date(2024, 2, 1), date(2024, 2, 29))),
        ("2025-12-24..2026-01-06", Days(date(2025, 12, 24), date(2026, 1, 6))),
        ("2025-11..yesterday", Days(date(2025, 11, 1), date(2026, 1, 15))),
        ("7d..", Days(date(2026, 1, 10), None)),
        ("..2025-12", Days(None, date(2025, 12, 31))),
        ("..", Days(None, None)),
    ],
)
def test_any_other_period_is_written_as_its_days(period: str, days: Days) -> None:
    assert days_of(period, TODAY) == days


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
        ("2026-01-02..2026-01-01", "expected a first day that is not after the last"),
        ("today..yesterday", "expected a first day that is not after the last"),
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
