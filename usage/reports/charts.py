"""The charts, drawn as SVG and HTML without a library or a script: cost by day and model, and one month."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from html import escape
from typing import Literal

from texts import _, month_name, short_month_name
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
    """Return a figure with one bar a day, stacked by model; of a week or a month each where days are many.

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
    caption = {
        "day": _("Cost by day and model"),
        "week": _("Cost by week and model"),
        "month": _("Cost by month and model"),
    }[unit]
    step = -(-len(bars) // _X_LABELS)
    labels = [
        (100 * (place + 0.5) / len(bars), bars[place].name) for place in range(step // 2, len(bars), step)
    ]
    return _figure(
        caption,
        _("{caption}; the same figures are in the table").format(caption=caption),
        (len(bars), top),
        "".join(_column(place, bar, colours, top) for place, bar in enumerate(bars)),
        labels,
        [
            (f'style="background:{colour}"', escape(model) or _("no name"))
            for model, colour in colours.items()
        ],
    )


def month_chart(costs: Sequence[tuple[date, Decimal]], monthly_usd: Decimal) -> str:
    """Return a figure for what the month had cost by the end of each of its days so far, in USD.

    The line goes on at the rate so far, dashed; the subscription's price is a level line across.
    """
    first, (today, spent) = costs[0][0], costs[-1]
    days, price = days_in_month(first), format_amount(monthly_usd)
    at_this_rate = month_at_this_rate(spent, today)
    top = _nice_ceiling(max(monthly_usd, at_this_rate, Decimal("0.01")))
    heights = [100.0, *(_y(cost, top) for _day, cost in costs)]
    line = " ".join(f"{day},{height:.3f}" for day, height in enumerate(heights))
    end, level = f"{today.day},{heights[-1]:.3f}", f"{_y(monthly_usd, top):.3f}"
    hovers = "".join(
        f"<g><title>{_('{day}: {usd} so far').format(day=day, usd=format_amount(cost))}</title>"
        f'<rect class="usage-hover" x="{day.day - 1}" y="0" width="1" height="100"/></g>'
        for day, cost in costs
    )
    labelled = (first.replace(day=day) for day in range(1, days + 1, _MONTH_LABEL_DAYS))
    return _figure(
        _("{month} {year}, day by day").format(month=month_name(first.month), year=first.year),
        _("Cost of this month so far, {usd}, against a subscription of {price}").format(
            usd=format_amount(spent), price=price
        ),
        (days, top),
        f'<polygon points="{line} {today.day},100"/>'
        f'<polyline class="ahead" points="{end} {days},{_y(at_this_rate, top):.3f}"/>'
        f'<polyline class="price" points="0,{level} {days},{level}"/>'
        f'<polyline class="so-far" points="{line}"/>{hovers}',
        [(100 * (day.day - 0.5) / days, f"{short_month_name(day.month)} {day.day}") for day in labelled],
        [
            ('class="so-far"', _("Cost so far")),
            ('class="ahead"', _("At this rate")),
            ('class="price"', _("Subscription {price}").format(price=price)),
        ],
        kind=" usage-month",
    )


def _figure(
    caption: str,
    description: str,
    size: tuple[int, Decimal],
    drawing: str,
    labels: Iterable[tuple[float, str]],
    legend: Iterable[tuple[str, str]],
    kind: str = "",
) -> str:
    """Return a drawing of `size`, units across and USD up, with its axes and its legend.

    `labels` stand below it, each with its place in percent; `legend` has what makes a mark look as it does.
    """
    width, top = size
    heights = range(0, 101, 100 // _GRID_LINES)
    grid = "".join(f'<line x1="0" x2="{width}" y1="{y}" y2="{y}"/>' for y in heights)
    amounts = "".join(
        f'<span style="bottom:{height}%">{format_usd(top * height / 100)}</span>' for height in heights[1:]
    )
    below = "".join(f'<span style="--at:{place:.2f}%">{text}</span>' for place, text in labels)
    marks = "".join(f"<li><i {look}></i>{text}</li>" for look, text in legend)
    return (
        f'<figure class="usage-figure{kind}"><figcaption>{caption}</figcaption>'
        f'<div class="usage-plot"><div class="usage-y" aria-hidden="true">{amounts}</div>'
        f'<svg viewBox="0 0 {width} 100" preserveAspectRatio="none" role="img" '
        f'aria-label="{description}">{grid}{drawing}</svg></div>'
        f'<div class="usage-x" aria-hidden="true">{below}</div><ul class="usage-legend">{marks}</ul></figure>'
    )


def _y(usd: Decimal, top: Decimal) -> float:
    return float(100 - 100 * usd / top)


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
    """Return the next amount that divides well: 1, 2, 4, 6, 8 or 10 times a power of ten."""
    unit = Decimal(1).scaleb(amount.adjusted())
    return next(unit * step for step in (1, 2, 4, 6, 8, 10) if unit * step >= amount)


def _column(place: int, bar: _Bar, colours: Mapping[str, str], top: Decimal) -> str:
    """Return the parts of one bar from the bottom up, and over its whole height what a pointer is told."""
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
