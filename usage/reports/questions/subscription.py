"""Paying by the token against a subscription, month by month."""

from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from texts import N_, _
from usage.reports.calls import Calls, Filter
from usage.reports.sheets import TOTAL, Cell, Column, Sheet
from usage.units import (
    EXACT,
    day_group,
    days_in_month,
    format_amount,
    format_day,
    format_time,
    month_at_this_rate,
)

DEFAULT_USD = Decimal(20)
_COLUMNS = (
    Column("month", N_("Month"), "time"),
    Column("cost_usd", N_("Cost"), "usd"),
    Column("subscription_usd", N_("Subscription"), "usd"),
    Column("saved_usd", N_("Saved"), "usd"),
    Column("saved_so_far_usd", N_("Saved so far"), "usd", running=True),
    Column("unknown_price_calls", N_("No price"), "count", minor=True),
)
_MONTHS = """
SELECT
    CAST(date_trunc('month', local_day) AS DATE) AS first_day,
    coalesce(sum(cost_usd), 0) AS cost_usd,
    count(*) FILTER (WHERE is_unpriced) AS unknown_price_calls
FROM spending
WHERE CHOSEN
GROUP BY first_day
ORDER BY first_day
"""
_DAYS = """
SELECT local_day, coalesce(sum(cost_usd), 0) AS cost_usd
FROM spending
WHERE CHOSEN
GROUP BY local_day
"""


def months_against(calls: Calls, chosen: Filter, monthly_usd: Decimal, today: date) -> Sheet:
    """Return what each month cost against a subscription, oldest first: below 0 it was lost, not saved.

    Months count whole, whatever day the choice begins or ends on, from the first with a call to this one,
    which is held against the full price as far as it has come.
    """
    with calls.unchanged():
        months = _months(calls, chosen, today)
        this_month = cumulative_month(calls, chosen, today)
    rows: list[list[Cell]] = []
    spent = so_far = Decimal(0)
    for name, cost_usd, unpriced in months:
        saved = EXACT.subtract(monthly_usd, cost_usd)
        so_far, spent = EXACT.add(so_far, saved), EXACT.add(spent, cost_usd)
        rows.append([name, cost_usd, monthly_usd, saved, so_far, unpriced])
    price = EXACT.multiply(monthly_usd, Decimal(len(months)))
    unknown = sum(unpriced for _name, _cost, unpriced in months)
    return Sheet(
        name="subscription",
        title=_("Subscription or pay as you go"),
        columns=_COLUMNS,
        rows=rows,
        total=[TOTAL, spent, price, so_far, so_far, unknown] if rows else None,
        note=_note(this_month, monthly_usd, today),
    )


def cumulative_month(calls: Calls, chosen: Filter, today: date) -> list[tuple[date, Decimal]]:
    """Return what this month had cost by the end of each of its days, up to today."""
    first = today.replace(day=1)
    this_month = Filter(first, today, chosen.user, chosen.conversation_id)
    costs = dict(calls.tuples(_DAYS, this_month))
    found: list[tuple[date, Decimal]] = []
    so_far = Decimal(0)
    for number in range(today.day):
        day = first + timedelta(days=number)
        so_far = EXACT.add(so_far, costs.get(day, Decimal(0)))
        found.append((day, so_far))
    return found


def _months(calls: Calls, chosen: Filter, today: date) -> list[tuple[str, Decimal, int]]:
    """Return each month from the first with a call on: its name, its cost, its calls of unknown price."""
    first = chosen.first_day and chosen.first_day.replace(day=1)
    last = today if chosen.last_day is None else min(today, _month_end(chosen.last_day))
    whole = Filter(first, last, chosen.user, chosen.conversation_id)
    found = {month: figures for month, *figures in calls.tuples(_MONTHS, whole)}
    months = []
    month = min(found, default=date.max)
    while month <= last:
        months.append((day_group("month", month), *found.get(month, (Decimal(0), 0))))
        month = _month_end(month) + timedelta(days=1)
    return months


def _note(month: list[tuple[date, Decimal]], monthly_usd: Decimal, today: date) -> str:
    """Say when this month reaches the price, or what it comes to."""
    spent = month[-1][1]
    at_this_rate = month_at_this_rate(spent, today)
    reached = next((day for day, cost in month if cost >= monthly_usd), None)
    if reached:
        text = _("{month} so far: the cost reached the full {price} on {day}.")
    elif at_this_rate < monthly_usd:
        text = _("{month} so far: at this rate the month will cost {usd}, less than the full {price}.")
    else:
        days = int((monthly_usd * today.day / spent).to_integral_value(ROUND_CEILING))
        reached = today.replace(day=min(days, days_in_month(today)))
        text = _("{month} so far: at this rate the cost will reach the full {price} on {day}.")
    return text.format(
        month=format_time(day_group("month", today)),
        price=format_amount(monthly_usd),
        usd=format_amount(at_this_rate),
        day=format_day(reached) if reached else "",
    )


def _month_end(day: date) -> date:
    return day.replace(day=days_in_month(day))
