"""The charts, drawn as SVG and HTML without a library or a script: cost by day and model, and one month."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from html import escape
from typing import Literal

from usage.reports.questions.usage_by import ModelDay
from usage.units import EXACT, day_group, days_in_month, format_amount, format_usd, month_at_this_rate

# Told apart in light and dark, 3:1 to either ground. A model keeps its colour by its place among all models
# of the ledger.
_COLOURS = (
    "#4c7ecf",
    "#cf7526",
    "#3fa17f",
    "#c2588c",
    "#8b6fd0",
    "#948823",
    "#3594b5",
    "#cc5f57",
    "#7e8c9a",
    "#6d9a3f",
)
_MOST_DAILY_BARS = 100
_MOST_WEEKLY_BARS = 106
_GRID_LINES = 4
_X_LABELS = 5
_MONTH_LABEL_DAYS = 7  # a label a week


@dataclass(slots=True)
class _Bar:
    name: str
    costs: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @property
    def total(self) -> Decimal:
        return sum(self.costs.values(), Decimal(0))


def cost_chart(
    costs: Sequence[ModelDay], models: Sequence[str], first_day: date | None, last_day: date
) -> str:
    """A figure with one bar a day, stacked by model; of a week or a month each where days are many.

    `models` are all that the ledger knows, in an order that only grows: it gives the colours. Empty
    without costs.
    """
    if not any(cost.cost_usd for cost in costs):
        return ""
    first = first_day or date.fromisoformat(costs[0].day)
    last = max(last_day, date.fromisoformat(costs[-1].day))
    unit, bars = _bars(costs, first, last)
    shown = [model for model in models if any(bar.costs.get(model) for bar in bars)]
    colours = {model: _COLOURS[models.index(model) % len(_COLOURS)] for model in shown}
    top = _nice_ceiling(max(bar.total for bar in bars))
    return (
        f'<figure class="usage-figure"><figcaption>Cost by {unit} and model</figcaption>'
        f'<div class="usage-plot"><div class="usage-y" aria-hidden="true">{_y_labels(top)}</div>'
        f"{_svg(bars, colours, top, unit)}</div>"
        f'<div class="usage-x" aria-hidden="true">{_x_labels(bars)}</div>'
        f'<ul class="usage-legend">{_legend(colours)}</ul></figure>'
    )


def month_chart(costs: Sequence[tuple[date, Decimal]], monthly_usd: Decimal) -> str:
    """A figure for what the month had cost by the end of each of its days so far, in USD.

    The line goes on at the rate so far, dashed; the subscription's price is a level line across.
    """
    first = costs[0][0]
    days = days_in_month(first)
    at_this_rate = month_at_this_rate(costs[-1][1], costs[-1][0])
    top = _nice_ceiling(max(monthly_usd, at_this_rate, Decimal("0.01")))
    price = format_amount(monthly_usd)
    return (
        f'<figure class="usage-figure usage-month"><figcaption>{first:%B %Y}, day by day</figcaption>'
        f'<div class="usage-plot"><div class="usage-y" aria-hidden="true">{_y_labels(top)}</div>'
        f"{_month_svg(costs, days, monthly_usd, at_this_rate, top)}</div>"
        f'<div class="usage-x" aria-hidden="true">{_month_labels(first, days)}</div>'
        f'<ul class="usage-legend"><li><i class="so-far"></i>Cost so far</li><li><i class="ahead"></i>'
        f'At this rate</li><li><i class="price"></i>Subscription {escape(price)}</li></ul></figure>'
    )


def _bars(costs: Sequence[ModelDay], first: date, last: date) -> tuple[str, list[_Bar]]:
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    unit = _unit(len(days))
    bars = {name: _Bar(name) for name in (day_group(unit, day) for day in days)}
    for cost in costs:
        bar = bars[day_group(unit, date.fromisoformat(cost.day))]
        bar.costs[cost.model] = EXACT.add(bar.costs[cost.model], cost.cost_usd)
    return unit, list(bars.values())


def _unit(days: int) -> Literal["day", "week", "month"]:
    if days <= _MOST_DAILY_BARS:
        return "day"
    return "week" if days <= _MOST_WEEKLY_BARS * 7 else "month"


def _nice_ceiling(amount: Decimal) -> Decimal:
    """The next amount that divides well: 1, 2, 4, 6, 8 or 10 times a power of ten."""
    unit = Decimal(1).scaleb(amount.adjusted())
    return next(unit * step for step in (1, 2, 4, 6, 8, 10) if unit * step >= amount)


def _y_labels(top: Decimal) -> str:
    """The amounts beside the lines of the grid, the highest at the top."""
    return "".join(
        f'<span style="bottom:{100 * line // _GRID_LINES}%">{format_usd(top * line / _GRID_LINES)}</span>'
        for line in range(1, _GRID_LINES + 1)
    )


def _x_labels(bars: Sequence[_Bar]) -> str:
    step = -(-len(bars) // _X_LABELS)
    return "".join(
        f'<span style="--at:{100 * (place + 0.5) / len(bars):.2f}%">{bars[place].name}</span>'
        for place in range(step // 2, len(bars), step)
    )


def _svg(bars: Sequence[_Bar], colours: Mapping[str, str], top: Decimal, unit: str) -> str:
    grid = "".join(
        f'<line x1="0" x2="{len(bars)}" y1="{y}" y2="{y}"/>' for y in range(0, 101, 100 // _GRID_LINES)
    )
    columns = "".join(_column(place, bar, colours, top) for place, bar in enumerate(bars))
    return (
        f'<svg viewBox="0 0 {len(bars)} 100" preserveAspectRatio="none" role="img" '
        f'aria-label="Cost by {unit} and model; the same figures are in the table">{grid}{columns}</svg>'
    )


def _column(place: int, bar: _Bar, colours: Mapping[str, str], top: Decimal) -> str:
    """The parts of one bar from the bottom up, and over its whole height what a pointer is told."""
    y, parts, lines = 100.0, [], [f"{bar.name}: {format_usd(bar.total)}"]
    for model, colour in colours.items():
        if cost := bar.costs.get(model):
            height = float(cost / top * 100)
            y -= height
            box = f'x="{place + 0.12:.2f}" y="{y:.3f}" width=".76" height="{height:.3f}"'
            parts.append(f'<rect {box} fill="{colour}"/>')
            lines.append(f"{model}: {format_usd(cost)}")
    if not parts:
        return ""
    title = escape("\n".join(lines))
    hover = f'<rect class="usage-hover" x="{place}" y="0" width="1" height="100"/>'
    return f"<g><title>{title}</title>{hover}{''.join(parts)}</g>"


def _legend(colours: Mapping[str, str]) -> str:
    return "".join(
        f'<li><i style="background:{colour}"></i>{escape(model) or "no name"}</li>'
        for model, colour in colours.items()
    )


def _month_svg(
    costs: Sequence[tuple[date, Decimal]], days: int, price: Decimal, at_this_rate: Decimal, top: Decimal
) -> str:
    points = [(0.0, 100.0), *((day.day, _y(cost, top)) for day, cost in costs)]
    line = " ".join(f"{x:g},{y:.3f}" for x, y in points)
    x, y = points[-1]
    grid = "".join(
        f'<line x1="0" x2="{days}" y1="{height}" y2="{height}"/>'
        for height in range(0, 101, 100 // _GRID_LINES)
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


def _month_labels(first: date, days: int) -> str:
    return "".join(
        f'<span style="--at:{100 * (day - 0.5) / days:.2f}%">{first.replace(day=day):%b} {day}</span>'
        for day in range(1, days + 1, _MONTH_LABEL_DAYS)
    )
