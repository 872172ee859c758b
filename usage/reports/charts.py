"""The charts, drawn as SVG and HTML without a library: cost by a grouping and model, and one month."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from html import escape
from typing import Literal
from urllib.parse import urlencode

from texts import _, month_name, ngettext, short_month_name
from usage.reports.questions.usage_by import ModelCost, heading_of, is_by_date, name_on_page
from usage.reports.sheet_view import ChatNames
from usage.units import (
    EXACT,
    Days,
    day_group,
    days_in_month,
    format_amount,
    format_day,
    format_time,
    format_usd,
    month_at_this_rate,
    month_of,
)

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
_MOST_RANKED = 12
_HOURS = tuple(f"{hour:02}" for hour in range(24))
_AXIS_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5))
_LINES = range(2, 7)
_USUAL_LINES = 4
_X_LABELS = 5
_MONTH_LABEL_DAYS = 7  # a label a week

_TimeUnit = Literal["day", "week", "month"]


@dataclass(slots=True)
class _Bar:
    """What one group cost by model; `days` are those that it stands for, if it is one of time."""

    name: str
    costs: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    days: Days | None = None

    @property
    def total(self) -> Decimal:
        return sum(self.costs.values(), Decimal(0))

    def told(self, models: Iterable[str]) -> str:
        """Return the amounts, a line each."""
        parts = [f"{model}: {format_usd(self.costs[model])}" for model in models if self.costs.get(model)]
        return "\n".join([f"{self.name}: {format_usd(self.total)}", *parts])


def cost_chart(
    by: str,
    costs: Sequence[ModelCost],
    models: Sequence[str],
    names: ChatNames,
    days: Days,
) -> str:
    """Return a figure with a bar for each group, stacked by model; empty if no group cost anything.

    `models` are all that the ledger knows, in an order that only grows: it gives the colours. For groups of
    time, `costs` are by day, and `days` say where the axis begins (None: with the first cost) and ends: where
    there are many of them, a bar is a week or a month. Such a bar is a link to its days. More than two years
    begin with the first cost.
    """
    if not costs:
        return ""
    used = {cost.model for cost in costs if cost.cost_usd}
    colours = {model: _COLOURS[place % len(_COLOURS)] for place, model in enumerate(models) if model in used}
    if is_by_date(by):
        by, bars = _bars_of_time(by, costs, days)
    elif by == "hour":
        bars = _bars(costs, [_Bar(hour) for hour in _HOURS])
        for bar in bars:
            bar.name = name_on_page(by, bar.name)
    else:
        bars = _bars(costs)
    if (most := max(bar.total for bar in bars)) <= 0:  # a correction can make it negative
        return ""
    if not is_by_date(by) and by != "hour":
        return _ranked(by, bars, colours, names)
    axis = _axis(most)
    shown = {place: bar for place, bar in enumerate(bars) if bar.total > 0}
    links = {place: _opening(bar, colours, by, is_stop=place == max(shown)) for place, bar in shown.items()}
    step = -(-len(bars) // _X_LABELS)
    return _figure(
        _caption(by),
        _("{caption}; the same figures are in the table").format(caption=_caption(by)),
        (len(bars), axis),
        "".join(
            f"{links[place]}{_column(place, bar, colours, axis[-1])}</a>" for place, bar in shown.items()
        ),
        [
            (100 * (place + 0.5) / len(bars), _label(by, bars[place]))
            for place in range(step // 2, len(bars), step)
        ],
        _legend(colours),
        has_links=is_by_date(by),
    )


def _label(by: str, bar: _Bar) -> str:
    """Return what stands below a bar; all days of a week would take too much room."""
    return format_day(bar.days.first) if by == "week" and bar.days and bar.days.first else bar.name


def _caption(by: str) -> str:
    if by == "model":
        return _("Cost by model")
    return _("Cost by {grouping} and model").format(grouping=heading_of(by).lower())


def _legend(colours: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        (f'style="background:{colour}"', escape(model) or _("no name")) for model, colour in colours.items()
    ]


def _bars(costs: Iterable[ModelCost], bars: Iterable[_Bar] = ()) -> list[_Bar]:
    """Return a bar for each group, in the order of `bars` and then of the costs."""
    found = {bar.name: bar for bar in bars}
    for cost in costs:
        bar = found.setdefault(cost.group, _Bar(cost.group))
        bar.costs[cost.model] = EXACT.add(bar.costs[cost.model], cost.cost_usd)
    return [*found.values()]


def _bars_of_time(by: str, costs: Sequence[ModelCost], days: Days) -> tuple[_TimeUnit, list[_Bar]]:
    """Return what a bar stands for, and the bars."""
    first_cost, last_cost = (date.fromisoformat(cost.group) for cost in (costs[0], costs[-1]))
    first = days.first or first_cost
    last = max(days.last or first, last_cost)
    if (last - first).days >= _MOST_WEEKLY_BARS * 7:
        first = max(first, first_cost)
    unit = _unit(by, (last - first).days + 1)
    bars = [_Bar(day_group(unit, begin), days=Days(begin, end)) for begin, end in _spans(unit, first, last)]
    of_time = [
        ModelCost(day_group(unit, date.fromisoformat(cost.group)), cost.model, cost.cost_usd)
        for cost in costs
    ]
    found = _bars(of_time, bars)
    for bar in found:
        bar.name = format_time(bar.name)
    return unit, found


def _spans(unit: _TimeUnit, first: date, last: date) -> Iterator[tuple[date, date]]:
    """Return the first and the last of the days that each bar stands for."""
    while first <= last:
        ends = {
            "day": first,
            "week": first + timedelta(days=6 - first.weekday()),
            "month": month_of(first)[1],
        }
        end = min(ends[unit], last)
        yield first, end
        first = end + timedelta(days=1)


def _unit(by: str, days: int) -> _TimeUnit:
    if by == "day" and days <= _MOST_DAILY_BARS:
        return "day"
    return "week" if by != "month" and days <= _MOST_WEEKLY_BARS * 7 else "month"


def _ranked(by: str, bars: Sequence[_Bar], colours: Mapping[str, str], names: ChatNames) -> str:
    """Return a figure with lying bars, the longest first; beyond the first dozen only their sum."""
    ranked = sorted((bar for bar in bars if bar.total > 0), key=lambda bar: -bar.total)
    shown, others = ranked[:_MOST_RANKED], ranked[_MOST_RANKED:]
    lines = []
    for bar in shown:
        name = names.html(bar.name) if by == "conversation" else escape(name_on_page(by, bar.name))
        parts = "".join(
            f'<i style="width:{100 * bar.costs[model] / shown[0].total:.3f}%;background:{colour}"></i>'
            for model, colour in colours.items()
            if bar.costs.get(model, 0) > 0
        )
        lines.append((name or _("no name"), escape(bar.told(colours)), parts, bar.total))
    if others:
        text = ngettext("{count} more", "{count} more", len(others)).format(count=f"{len(others):,}")
        lines.append((text, "", "", sum((bar.total for bar in others), Decimal(0))))
    items = "".join(
        f'<li><span class="usage-name">{name}</span><span class="usage-bar" title="{title}">{parts}</span>'
        f'<span class="usage-sum">{format_usd(usd)}</span></li>'
        for name, title, parts, usd in lines
    )
    legend = "" if by == "model" else _legend_html(_legend(colours))
    return (
        f'<figure class="usage-figure"><figcaption>{escape(_caption(by))}</figcaption>'
        f'<ol class="usage-ranked">{items}</ol>{legend}</figure>'
    )


def month_chart(costs: Sequence[tuple[date, Decimal]], monthly_usd: Decimal) -> str:
    """Return a figure for what the month had cost by the end of each of its days so far, in USD.

    The line goes on at the rate so far, dashed; the subscription's price is a level line across.
    """
    first, (today, spent) = costs[0][0], costs[-1]
    days, price = days_in_month(first), format_amount(monthly_usd)
    at_this_rate = month_at_this_rate(spent, today)
    axis = _axis(max(monthly_usd, at_this_rate, Decimal("0.01")))
    top = axis[-1]
    heights = [100.0, *(_y(cost, top) for _day, cost in costs)]
    line = " ".join(f"{day},{height:.3f}" for day, height in enumerate(heights))
    end, level = f"{today.day},{heights[-1]:.3f}", f"{_y(monthly_usd, top):.3f}"
    so_far = _("{day}: {usd} so far")
    hovers = "".join(
        f"<g><title>{so_far.format(day=format_time(str(day)), usd=format_amount(cost))}</title>"
        f'<rect class="usage-hover" x="{day.day - 1}" y="0" width="1" height="100"/></g>'
        for day, cost in costs
    )
    labelled = (first.replace(day=day) for day in range(1, days + 1, _MONTH_LABEL_DAYS))
    return _figure(
        _("{month} {year}, day by day").format(month=month_name(first.month), year=first.year),
        _("Cost of this month so far, {usd}, against a subscription of {price}").format(
            usd=format_amount(spent), price=price
        ),
        (days, axis),
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
    size: tuple[int, Sequence[Decimal]],
    drawing: str,
    labels: Iterable[tuple[float, str]],
    legend: Iterable[tuple[str, str]],
    kind: str = "",
    *,
    has_links: bool = False,
) -> str:
    """Return a drawing of `size`, units across and the amounts on the axis, with its axes and its legend.

    `labels` stand below it, each with its place in percent; `legend` has what makes a mark look as it does.
    """
    width, axis = size
    heights = [_y(usd, axis[-1]) for usd in (Decimal(0), *axis)]
    grid = "".join(f'<line x1="0" x2="{width}" y1="{y:g}" y2="{y:g}"/>' for y in heights)
    amounts = "".join(
        f'<span style="bottom:{100 - y:g}%">{format_usd(usd)}</span>'
        for usd, y in zip(axis, heights[1:], strict=True)
    )
    below = "".join(f'<span style="--at:{place:.2f}cqw">{text}</span>' for place, text in labels)
    return (
        f'<figure class="usage-figure{kind}"><figcaption>{escape(caption)}</figcaption>'
        f'<div class="usage-plot"><div class="usage-y" aria-hidden="true">{amounts}</div>'
        f'<svg viewBox="0 0 {width} 100" preserveAspectRatio="none" role="{"group" if has_links else "img"}" '
        f'aria-label="{escape(description)}">{grid}{drawing}</svg></div>'
        f'<div class="usage-x" aria-hidden="true">{below}</div>{_legend_html(legend)}</figure>'
    )


def _legend_html(legend: Iterable[tuple[str, str]]) -> str:
    marks = "".join(f"<li><i {look}></i>{text}</li>" for look, text in legend)
    return f'<ul class="usage-legend">{marks}</ul>'


def _y(usd: Decimal, top: Decimal) -> float:
    return float(100 - 100 * usd / top)


def _axis(most: Decimal) -> list[Decimal]:
    """Return the amounts on an axis: evenly spaced, the last closely above `most`, each reads as it is."""
    unit = Decimal(1).scaleb(most.adjusted() - 1)
    axes = []
    for step in (unit * size * each for size in (1, 10) for each in _AXIS_STEPS):
        lines = int((most / step).to_integral_value(ROUND_CEILING))
        axis = [step * line for line in range(1, lines + 1)]
        if lines in _LINES and all(map(_reads_as_it_is, axis)):
            axes.append(axis)
    return min(axes, key=lambda axis: (axis[-1], abs(len(axis) - _USUAL_LINES)))


def _reads_as_it_is(usd: Decimal) -> bool:
    return Decimal(format_amount(usd).strip("$").replace(",", "")) == usd


def _column(place: int, bar: _Bar, colours: Mapping[str, str], top: Decimal) -> str:
    """Return the parts of one bar from the bottom up, and over its whole height what a pointer is told."""
    y, parts = 100.0, []
    for model, colour in colours.items():
        if (cost := bar.costs.get(model, Decimal(0))) > 0:
            height = float(cost / top * 100)
            y = max(y - height, 0.0)
            box = f'x="{place + 0.12:.2f}" y="{y:.3f}" width=".76" height="{height:.3f}"'
            parts.append(f'<rect {box} fill="{colour}"/>')
    hover = f'<rect class="usage-hover" x="{place}" y="0" width="1" height="100"/>'
    return f"<title>{escape(bar.told(colours))}</title>{hover}{''.join(parts)}"


def _opening(bar: _Bar, models: Iterable[str], by: str, *, is_stop: bool) -> str:
    """Return the link around a bar, to its days in the next smaller parts; without days it leads nowhere.

    The Tab key stops at one of them; the arrow keys lead to the others.
    """
    if bar.days is None:
        return "<a>"
    smaller = {"day": "conversation", "week": "day", "month": "day"}[by]
    period = f"{bar.days.first}..{bar.days.last}"
    address = escape("?" + urlencode({"view": "overview", "period": period, "by": smaller}))
    name = escape(bar.told(models).replace("\n", ", "))
    return f'<a href="{address}" tabindex="{0 if is_stop else -1}" aria-label="{name}">'
