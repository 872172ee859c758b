"""The periods that one may look at, the days they are, and the names of days, weeks and months."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from texts import N_, _, short_month_name

Period = Literal["day", "month", "ever"]

# Those that have a name. Others are written as their days: see `days_of`.
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
_LAST_DAYS = re.compile(r"([1-9]\d{0,3})(?:d|-days)", re.ASCII)
_ISO_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_MONTH_OR_DAY = re.compile(r"(\d{4}-\d{2})(-\d{2})?", re.ASCII)


class PeriodError(ValueError):
    """A text is no period; the message says what to write instead and begins with "expected"."""


class DaysReversedError(PeriodError):
    """A period ends before it begins."""


@dataclass(frozen=True, slots=True)
class Days:
    """From a first to a last day, both included; None leaves a side open."""

    first: date | None
    last: date | None


def days_of(period: str, today: date) -> Days:
    """Return the days of a period, as seen today. Raises PeriodError, also as DaysReversedError.

    It is a name in PERIODS, a number of days up to today ("7d"), a day, a month ("2026-11"), or two of these
    with two dots between, of which the first may give no first day and the second no last one ("..today").
    """
    begin, dots, end = period.partition("..")
    if not dots:
        return _days_of_one(period, today)
    first = _days_of_one(begin, today).first if begin else None
    last = _days_of_one(end, today).last if end else None
    if first and last and first > last:
        raise DaysReversedError(_("expected a first day that is before the last"))
    return Days(first, last)


def _days_of_one(period: str, today: date) -> Days:
    if found := _LAST_DAYS.fullmatch(period):
        return Days(today - timedelta(days=int(found[1]) - 1), today)
    yesterday, month = today - timedelta(days=1), today.replace(day=1)
    monday = today - timedelta(days=today.weekday())
    named = {
        "today": Days(today, today),
        "yesterday": Days(yesterday, yesterday),
        "week": Days(monday, today),
        "last-week": Days(monday - timedelta(days=7), monday - timedelta(days=1)),
        "month": Days(month, today),
        "last-month": Days(*month_of(month - timedelta(days=1))),
        "year": Days(today.replace(month=1, day=1), today),
        "all": Days(None, None),
    }
    if period in named:
        return named[period]
    text = _("expected today, yesterday, 7d, a day such as 2026-11-22 or a month such as 2026-11")
    written = _MONTH_OR_DAY.fullmatch(period)
    if not written:
        raise PeriodError(text)
    try:
        day = date.fromisoformat(f"{written[1]}{written[2] or '-01'}")
    except ValueError as exc:
        raise PeriodError(text) from exc
    return Days(day, day) if written[2] else Days(*month_of(day))


def day_group(unit: Literal["day", "week", "month"], day: date) -> str:
    """Return the group of a day, in names that sort by time: 2026-11-22, the ISO week 2026-W47, 2026-11."""
    if unit == "week":
        year, week, _weekday = day.isocalendar()
        return f"{year}-W{week:02}"
    return day.isoformat() if unit == "day" else day.isoformat()[:7]


def format_day(day: date) -> str:
    """Return a day as the page has it: "Nov 22, 2026"."""
    text = _("{month} {day}, {year}")
    return text.format(month=short_month_name(day.month), day=day.day, year=day.year)


def format_days(first: date, last: date) -> str:
    """Return days in a row as the page has them: "Nov 16 – Nov 22, 2026"."""
    if first == last:
        return format_day(first)
    begin = format_day(first)
    if first.year == last.year:
        begin = _("{month} {day}").format(month=short_month_name(first.month), day=first.day)
    return _("{first} – {last}").format(first=begin, last=format_day(last))


def format_time(name: str) -> str:
    """Return as the page has it what begins with a day, or is a month or ISO week; other texts unchanged.

    "2026-11-22 14:02" is "Nov 22, 2026, 14:02", "2026-11" is "Nov 2026", "2026-W47" its days.
    """
    try:
        return _time_on_page(name)
    except (ValueError, OverflowError):  # it only looks like one
        return name


def _time_on_page(name: str) -> str:
    """Return what `format_time` does. Raises ValueError and OverflowError for days that do not exist."""
    if found := _ISO_WEEK.fullmatch(name):
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        return format_days(monday, monday + timedelta(days=6))
    day, _blank, time = name.partition(" ")
    written = _MONTH_OR_DAY.fullmatch(day)
    if not written:
        return name
    if not written[2]:
        month = date.fromisoformat(f"{day}-01")
        return _("{month} {year}").format(month=short_month_name(month.month), year=day[:4])
    text = format_day(date.fromisoformat(day))
    return _("{day}, {time}").format(day=text, time=time) if time else text


def month_of(day: date) -> tuple[date, date]:
    """Return the first and the last day of the month that this day is in."""
    return (day.replace(day=1), day.replace(day=days_in_month(day)))


def days_in_month(day: date) -> int:
    """Return the number of days in the month of this day."""
    return calendar.monthrange(day.year, day.month)[1]


def month_at_this_rate(cost_usd: Decimal, today: date) -> Decimal:
    """Return what the whole month will cost at the rate so far, today counting as a whole day."""
    return cost_usd * days_in_month(today) / today.day
