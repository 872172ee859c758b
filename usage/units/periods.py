"""The periods that one may look at, the days they are, and the names of days, weeks and months."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from texts import N_

Period = Literal["day", "month", "ever"]

# The weeks begin on Monday.
PERIODS = {
    "today": N_("Today"),
    "yesterday": N_("Yesterday"),
    "week": N_("This week"),
    "last-week": N_("Last week"),
    "7-days": N_("7 days"),
    "30-days": N_("30 days"),
    "month": N_("This month"),
    "last-month": N_("Last month"),
    "year": N_("This year"),
    "all": N_("All time"),
}
_BETWEEN_DAYS = ".."  # 2026-11-01..2026-11-15; either day may be left out


@dataclass(frozen=True, slots=True)
class Days:
    """From a first to a last day, both included; None leaves a side open."""

    first: date | None
    last: date | None


def days_of(period: str, today: date) -> Days:
    """Return the days of a period in PERIODS, as seen today, or of two days: 2026-11-01..2026-11-15.

    Raises ValueError for any other text.
    """
    first, between, last = period.partition(_BETWEEN_DAYS)
    if between:
        return Days(*(date.fromisoformat(day) if day else None for day in (first, last)))
    if period not in PERIODS:
        raise ValueError(f"no period: {period!r}")
    yesterday, monday = today - timedelta(days=1), today - timedelta(days=today.weekday())
    month = today.replace(day=1)
    return {
        "today": Days(today, today),
        "yesterday": Days(yesterday, yesterday),
        "week": Days(monday, today),
        "last-week": Days(monday - timedelta(days=7), monday - timedelta(days=1)),
        "7-days": Days(today - timedelta(days=6), today),
        "30-days": Days(today - timedelta(days=29), today),
        "month": Days(month, today),
        "last-month": Days(*month_of(month - timedelta(days=1))),
        "year": Days(today.replace(month=1, day=1), today),
        "all": Days(None, None),
    }[period]


def day_group(unit: Literal["day", "week", "month"], day: date) -> str:
    """Return the group of a day, in names that sort by time: 2026-11-22, the ISO week 2026-W47, 2026-11."""
    if unit == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    return day.isoformat() if unit == "day" else day.isoformat()[:7]


def month_of(day: date) -> tuple[date, date]:
    """Return the first and the last day of the month that this day is in."""
    return (day.replace(day=1), day.replace(day=days_in_month(day)))


def days_in_month(day: date) -> int:
    """Return the number of days in the month of this day."""
    return calendar.monthrange(day.year, day.month)[1]


def month_at_this_rate(cost_usd: Decimal, today: date) -> Decimal:
    """Return what the whole month will cost at the rate so far, today counting as a whole day."""
    return cost_usd * days_in_month(today) / today.day
