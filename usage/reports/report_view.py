"""The report by day, model or another grouping as the page shows it: a table with its exact total."""

from html import escape
from urllib.parse import urlencode

from usage.reports.chat_names import ChatNames
from usage.reports.sheet_text import NOT_KNOWN
from usage.reports.sheet_view import MOST_ROWS, amount_cell, count_cell, headings_html, table_html
from usage.reports.sheets import Column
from usage.reports.totals import Grouping, Report, Totals
from usage.units import exact_usd, format_tokens, format_usd

GROUPING_NAMES: dict[Grouping, str] = {
    "day": "Day",
    "week": "Week",
    "month": "Month",
    "hour": "Hour of day",
    "model": "Model",
    "conversation": "Conversation",
    "user": "Person",
    "purpose": "Purpose",
    "endpoint": "Endpoint",
}
_FIGURES = ("Calls", "Input", "Cached", "Output", "Reasoning", "Cost", "Estimated", "No price")


def report_html(report: Report, names: ChatNames) -> str:
    """The report as a table; newest first for days, weeks and months. Its total is that of all rows.

    Amounts are rounded for reading; each has its exact figure in `data-exact`, the total shows it.
    """
    rows = report.rows[::-1] if report.by in ("day", "week", "month") else report.rows
    if not rows:
        return '<p class="usage-empty">No calls in this period.</p>'
    columns = [Column("", GROUPING_NAMES[report.by]), *(Column("", name, "count") for name in _FIGURES)]
    body = "".join(_row(_name(row.key, report.by, names), row.totals) for row in rows[:MOST_ROWS])
    table = (
        f"<thead>{headings_html(columns)}</thead><tbody>{body}</tbody>"
        f"<tfoot>{_total_rows(report.total)}</tfoot>"
    )
    title = f"Usage by {GROUPING_NAMES[report.by].lower()}"
    return f'<section class="usage-sheet">{table_html(title, table, len(rows))}</section>'


def downloads_html(by: Grouping, period: str) -> str:
    """Links to the table as it is shown, and to the ledger."""
    query = escape(urlencode({"by": by, "period": period}))
    return (
        f'<a class="usage-button" href="download/table.csv?{query}" download>Table as CSV</a>'
        '<a class="usage-button" href="download/usage.csv" download>All calls (usage.csv)</a>'
    )


def _name(key: str, by: Grouping, names: ChatNames) -> str:
    match by:
        case "conversation":
            return names.html(key)
        case "hour":
            return f"{key}:00"
        case _:
            return escape(key) or NOT_KNOWN


def _row(name: str, totals: Totals) -> str:
    return f'<tr><th scope="row">{name}</th>{_cells(totals)}</tr>'


def _total_rows(total: Totals) -> str:
    exact = f"${exact_usd(total.cost_usd)}"
    return (
        f"{_row('Total', total)}"
        f'<tr class="usage-exact"><th scope="row">Exact cost</th><td class="figure" colspan="6">{exact}</td>'
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
    estimated = format_usd(totals.estimated_usd, estimated=True) if totals.estimated_usd else NOT_KNOWN
    return (
        "".join(count_cell(format_tokens(count), count) for count in counts)
        + _cost_cell(totals)
        + amount_cell(estimated, totals.estimated_usd)
        + count_cell(format_tokens(unknown) if unknown else NOT_KNOWN, unknown)
    )


def _cost_cell(totals: Totals) -> str:
    if totals.unknown_price_calls and not totals.cost_usd:
        return f'<td class="figure">{format_usd(None)}</td>'
    return amount_cell(format_usd(totals.cost_usd), totals.cost_usd)
