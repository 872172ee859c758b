"""The chart of this month against a subscription: the cost so far, and whether it will break even."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from html import escape

from usage.reports.chart import GRID_LINES, nice_ceiling, y_labels
from usage.units import days_in_month, format_amount, month_at_this_rate

_X_DAYS = 7  # a label a week


def month_chart(costs: Sequence[tuple[date, Decimal]], monthly_usd: Decimal) -> str:
    """A figure for what the month had cost by the end of each of its days so far, in USD.

    The line goes on at the rate so far, dashed; the subscription's price is a level line across.
    """
    first = costs[0][0]
    days = days_in_month(first)
    at_this_rate = month_at_this_rate(costs[-1][1], costs[-1][0])
    top = nice_ceiling(max(monthly_usd, at_this_rate, Decimal("0.01")))
    price = format_amount(monthly_usd)
    return (
        f'<figure class="usage-figure usage-month"><figcaption>{first:%B %Y}, day by day</figcaption>'
        f'<div class="usage-plot"><div class="usage-y" aria-hidden="true">{y_labels(top)}</div>'
        f"{_svg(costs, days, monthly_usd, at_this_rate, top)}</div>"
        f'<div class="usage-x" aria-hidden="true">{_x_labels(first, days)}</div>'
        f'<ul class="usage-legend"><li><i class="so-far"></i>Cost so far</li><li><i class="ahead"></i>'
        f'At this rate</li><li><i class="price"></i>Subscription {escape(price)}</li></ul></figure>'
    )


def _svg(
    costs: Sequence[tuple[date, Decimal]], days: int, price: Decimal, at_this_rate: Decimal, top: Decimal
) -> str:
    points = [(0.0, 100.0), *((day.day, _y(cost, top)) for day, cost in costs)]
    line = " ".join(f"{x:g},{y:.3f}" for x, y in points)
    x, y = points[-1]
    grid = "".join(
        f'<line x1="0" x2="{days}" y1="{height}" y2="{height}"/>'
        for height in range(0, 101, 100 // GRID_LINES)
    )
    return (
        f'<svg viewBox="0 0 {days} 100" preserveAspectRatio="none" role="img" '
        f'aria-label="Cost of this month so far, {format_amount(costs[-1][1])}, against a subscription of '
        f'{format_amount(price)}">{grid}<polygon points="{line} {x:g},100"/>'
        f'<polyline class="ahead" points="{x:g},{y:.3f} {days},{_y(at_this_rate, top):.3f}"/>'
        f'<polyline class="price" points="0,{_y(price, top):.3f} {days},{_y(price, top):.3f}"/>'
        f'<polyline class="so-far" points="{line}"/>{_hovers(costs)}</svg>'
    )


def _y(usd: Decimal, top: Decimal) -> float:
    return float(100 - 100 * usd / top)


def _hovers(costs: Sequence[tuple[date, Decimal]]) -> str:
    """Over each day so far, what a pointer is told."""
    return "".join(
        f"<g><title>{day.isoformat()}: {format_amount(cost)} so far</title>"
        f'<rect class="usage-hover" x="{day.day - 1}" y="0" width="1" height="100"/></g>'
        for day, cost in costs
    )


def _x_labels(first: date, days: int) -> str:
    return "".join(
        f'<span style="--at:{100 * (day - 0.5) / days:.2f}%">{first.replace(day=day):%b} {day}</span>'
        for day in range(1, days + 1, _X_DAYS)
    )
