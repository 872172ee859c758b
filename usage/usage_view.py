"""What the Usage tab shows, as HTML: four figures, the table, notices, downloads. All text is escaped."""

import calendar
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from html import escape
from urllib.parse import urlencode

from usage.csv_records import LedgerProblem
from usage.money import format_tokens, format_usd
from usage.report_text import exact_usd
from usage.totals import Grouping, Report, ReportRow, Spend, Totals

GROUPING_NAMES: dict[Grouping, str] = {
    "day": "Day",
    "week": "Week",
    "month": "Month",
    "model": "Model",
    "conversation": "Conversation",
    "user": "User",
}
_HEADINGS = ("Calls", "Input", "Cached", "Output", "Reasoning", "Cost", "Estimated", "No price")
_MOST_ROWS = 200
_PROBLEMS_NAMED = 3
_NOTHING_YET = (
    "Here you will see what every day, model and conversation has cost, as a chart and a table. "
    "Send a first message, and it starts to fill."
)


def figures_html(spend: Spend, now: datetime) -> str:
    """Today, this month, what the month will come to at this rate, and what a turn costs; `now` is local."""
    month = spend.month
    priced = month.calls - month.unknown_price_calls
    figures = [
        ("Today", _spent(spend.today)),
        ("This month", _spent(month)),
        ("Month at this rate", _figure(_projection(month.cost_usd, now), estimated=True)),
        ("Average a turn", _figure(month.cost_usd / priced) if priced else "–"),
    ]
    items = (f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in figures)
    return f'<dl class="usage-figures">{"".join(items)}</dl>'


def table_html(report: Report, titles: Mapping[str, str]) -> str:
    """The report as a table with its total; newest first for days, weeks and months.

    Amounts are rounded for reading; each has its exact figure in `data-exact`, the total shows it.
    `titles` names conversations. Long reports are cut, their totals never.
    """
    rows = report.rows[::-1] if report.by in ("day", "week", "month") else report.rows
    if not rows:
        return '<p class="usage-empty">No calls in this period.</p>'
    headings = "".join(f'<th scope="col">{heading}</th>' for heading in _HEADINGS)
    body = "".join(_row(_name_of(row, report.by, titles), row.totals) for row in rows[:_MOST_ROWS])
    left_out = len(rows) - _MOST_ROWS
    note = f"<caption>{left_out:,} more rows are in the download.</caption>" if left_out > 0 else ""
    return (
        f'<div class="usage-scroll" tabindex="0" role="region" aria-label="Usage table"><table>{note}'
        f'<thead><tr><th scope="col">{GROUPING_NAMES[report.by]}</th>{headings}</tr></thead>'
        f"<tbody>{body}</tbody><tfoot>{_total_row(report.total)}</tfoot></table></div>"
    )


def nothing_yet_html() -> str:
    """What stands where the chart will be, before the first call."""
    return f'<p class="usage-empty">{_NOTHING_YET}</p>'


def notice_html(text: str) -> str:
    """A quiet note."""
    return f'<p class="usage-problems">{escape(text)}</p>'


def problems_html(problems: Sequence[LedgerProblem]) -> str:
    """A quiet note naming the lines of the ledger that are left out; empty without any."""
    if not problems:
        return ""
    named = "; ".join(
        f"line {problem.line_number} {problem.reason}" for problem in problems[:_PROBLEMS_NAMED]
    )
    more = " …" if len(problems) > _PROBLEMS_NAMED else ""
    count = "1 row" if len(problems) == 1 else f"{len(problems):,} rows"
    return notice_html(f"{count} of usage.csv left out: {named}{more}")


def downloads_html(by: Grouping, period: str) -> str:
    """Links to the table as it is shown, and to the ledger."""
    query = escape(urlencode({"by": by, "period": period}))
    return (
        f'<a class="usage-button" href="download/table.csv?{query}" download>Table as CSV</a>'
        '<a class="usage-button" href="download/usage.csv" download>All calls (usage.csv)</a>'
    )


def _spent(totals: Totals) -> str:
    if totals.unknown_price_calls == totals.calls > 0:
        return format_usd(None)
    unknown = totals.unknown_price_calls
    note = f" <small>+ {unknown:,} of unknown price</small>" if unknown else ""
    return _figure(totals.cost_usd, estimated=totals.estimated_usd > 0) + note


def _figure(cost_usd: Decimal, estimated: bool = False) -> str:
    """Shorter than elsewhere: from a dollar on to the cent, and nothing is $0.00."""
    if cost_usd == 0:
        return "$0.00"
    return format_usd(round(cost_usd, 2) if cost_usd >= 1 else cost_usd, estimated)


def _projection(cost_usd: Decimal, now: datetime) -> Decimal:
    """What the month costs if it goes on like this."""
    start = datetime.combine(now.date().replace(day=1), time(), now.tzinfo)
    days = calendar.monthrange(now.year, now.month)[1]
    elapsed = max(now - start, timedelta(hours=1))
    return cost_usd * days * 86_400 / Decimal(elapsed.total_seconds())


def _name_of(row: ReportRow, by: Grouping, titles: Mapping[str, str]) -> str:
    if by == "conversation":
        return titles.get(row.key) or f"Deleted chat {row.key[:8]}"
    return row.key or "–"


def _row(name: str, totals: Totals) -> str:
    return f'<tr><th scope="row">{escape(name)}</th>{_cells(totals)}</tr>'


def _total_row(totals: Totals) -> str:
    exact = f"${exact_usd(totals.cost_usd)}"
    return (
        f'<tr><th scope="row">Total</th>{_cells(totals)}</tr>'
        f'<tr class="usage-exact"><th scope="row">Exact cost</th><td colspan="6">{exact}</td>'
        '<td colspan="2"></td></tr>'
    )


def _cells(totals: Totals) -> str:
    counts = (
        totals.calls,
        totals.input_tokens,
        totals.cached_input_tokens,
        totals.output_tokens,
        totals.reasoning_tokens,
    )
    unknown = totals.unknown_price_calls
    cost = format_usd(None if unknown == totals.calls else totals.cost_usd)
    estimated = format_usd(totals.estimated_usd, estimated=True) if totals.estimated_usd else "–"
    return (
        "".join(f"<td>{format_tokens(count)}</td>" for count in counts)
        + _amount(cost, totals.cost_usd)
        + _amount(estimated, totals.estimated_usd)
        + f"<td>{format_tokens(unknown) if unknown else '–'}</td>"
    )


def _amount(text: str, cost_usd: Decimal) -> str:
    exact = exact_usd(cost_usd)
    return f'<td data-exact="{exact}" title="${exact}">{text}</td>'
