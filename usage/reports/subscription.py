"""Paying by the token against a subscription, month by month."""

from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from usage.reports.call_table import CallTable, Filter, day_of
from usage.reports.sheets import TOTAL, Cell, Column, Sheet
from usage.reports.table_sums import by_day, merged, spending
from usage.reports.totals import Totals
from usage.units import EXACT, day_group, days_in_month, format_amount, month_at_this_rate

DEFAULT_USD = Decimal(20)
_COLUMNS = (
    Column("month", "Month"),
    Column("cost_usd", "Cost", "usd"),
    Column("subscription_usd", "Subscription", "usd"),
    Column("saved_usd", "Saved", "usd"),
    Column("saved_so_far_usd", "Saved so far", "usd"),
    Column("unknown_price_calls", "No price", "count"),
)


def months_against(table: CallTable, chosen: Filter, monthly_usd: Decimal, today: date) -> Sheet:
    """What each month cost against a subscription, oldest first: saved by paying as you go, below 0 lost.

    Months count whole, whatever day the choice begins or ends on, from the first with a call to this one,
    which is held against the full price as far as it has come.
    """
    months = _months(table, chosen, today)
    rows: list[list[Cell]] = []
    so_far = Decimal(0)
    for month, totals in months.items():
        saved = EXACT.subtract(monthly_usd, totals.cost_usd)
        so_far = EXACT.add(so_far, saved)
        rows.append([month, totals.cost_usd, monthly_usd, saved, so_far, totals.unknown_price_calls])
    return Sheet(
        name="subscription",
        title="Subscription or pay as you go",
        columns=_COLUMNS,
        rows=rows,
        total=_total(months, monthly_usd, so_far) if rows else None,
        note=_note(cumulative_month(table, chosen, today), monthly_usd, today),
    )


def cumulative_month(table: CallTable, chosen: Filter, today: date) -> list[tuple[date, Decimal]]:
    """What this month had cost by the end of each of its days, up to today."""
    first = today.replace(day=1)
    this_month = Filter(first, today, chosen.user, chosen.conversation_id)
    days = by_day(table, spending(table, this_month))
    costs = {day_of(number): totals.cost_usd for number, totals in days.items()}
    found: list[tuple[date, Decimal]] = []
    so_far = Decimal(0)
    for number in range(today.day):
        day = first + timedelta(days=number)
        so_far = EXACT.add(so_far, costs.get(day, Decimal(0)))
        found.append((day, so_far))
    return found


def _months(table: CallTable, chosen: Filter, today: date) -> dict[str, Totals]:
    """The totals of every month from the first one with a call, also of those without any."""
    first = chosen.first_day and chosen.first_day.replace(day=1)
    last = today if chosen.last_day is None else min(today, _month_end(chosen.last_day))
    whole = Filter(first, last, chosen.user, chosen.conversation_id)
    days = by_day(table, spending(table, whole))
    if not days:
        return {}
    found = merged(days, lambda day: day_group("month", day_of(day)))
    months: dict[str, Totals] = {}
    month = day_of(min(days)).replace(day=1)
    while month <= last:
        name = day_group("month", month)
        months[name] = found.get(name, Totals())
        month = _month_end(month) + timedelta(days=1)
    return months


def _total(months: dict[str, Totals], monthly_usd: Decimal, saved: Decimal) -> list[Cell]:
    whole = sum(months.values(), Totals())
    price = EXACT.multiply(monthly_usd, Decimal(len(months)))
    return [TOTAL, whole.cost_usd, price, saved, saved, whole.unknown_price_calls]


def _note(month: list[tuple[date, Decimal]], monthly_usd: Decimal, today: date) -> str:
    """When this month reaches the price, or what it comes to."""
    start = f"{day_group('month', today)} so far, against the whole price of {format_amount(monthly_usd)}: "
    spent = month[-1][1]
    reached = next((day for day, cost in month if cost >= monthly_usd), None)
    if reached:
        return f"{start}the price was reached on {reached.isoformat()}."
    at_this_rate = month_at_this_rate(spent, today)
    if at_this_rate < monthly_usd:
        return f"{start}at this rate the month comes to {format_amount(at_this_rate)}, below the price."
    days = int((monthly_usd * today.day / spent).to_integral_value(ROUND_CEILING))
    reached = today.replace(day=min(days, days_in_month(today)))
    return f"{start}at this rate the price is reached on {reached.isoformat()}."


def _month_end(day: date) -> date:
    return day.replace(day=days_in_month(day))
