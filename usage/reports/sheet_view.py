"""Draws any sheet as a table that sorts and filters (see usage.js), with its total and its note."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape
from typing import assert_never
from urllib.parse import urlencode

from usage.reports.chat_names import ChatNames
from usage.reports.questions.usage_by import Grouping
from usage.reports.sheet_text import NOT_KNOWN
from usage.reports.sheets import TOTAL, Cell, Column, Kind, Sheet
from usage.units import column_decimals, exact_text, exact_usd, format_amount, format_tokens, format_usd

MOST_ROWS = 200
_LONG = 40  # characters from which a text may take several lines
_FIGURES: tuple[Kind, ...] = ("count", "usd", "percent")


def sheet_html(
    sheet: Sheet, names: ChatNames, *, nothing: str, download: str | None = None, heading: bool = True
) -> str:
    """The sheet as a section of the page; `nothing` stands in place of a table without rows.

    Amounts are rounded for reading, with every digit in `data-exact`. Long sheets are cut, their totals
    never; `download` is the address of the whole.
    """
    title = f"<h3>{escape(sheet.title)}</h3>" if heading else ""
    if not sheet.rows:
        return f'<section class="usage-sheet">{title}<p class="usage-empty">{escape(nothing)}</p></section>'
    shown, total = sheet.rows[:MOST_ROWS], [] if sheet.total is None else [sheet.total]
    decimals = [column_decimals(_amounts(cells)) for cells in zip(*shown, *total, strict=True)]
    body = "".join(_row(row, sheet.columns, decimals, names) for row in shown)
    foot = "".join(_row(row, sheet.columns, decimals, names, first=TOTAL.capitalize()) for row in total)
    table = f"<thead>{headings_html(sheet.columns)}</thead><tbody>{body}</tbody><tfoot>{foot}</tfoot>"
    link = ""
    if download:
        file = escape(f"{sheet.name}.csv")
        link = f'<a class="usage-link" href="{escape(download)}" download="{file}">CSV</a>'
    return (
        f'<section class="usage-sheet">'
        f"{table_html(sheet.title, table, len(sheet.rows), title, link)}{_note(sheet.note)}</section>"
    )


def table_html(title: str, table: str, rows: int, heading: str = "", link: str = "") -> str:
    """The frame around a table's head, body and foot: heading, filter, link, how much is left out."""
    name = escape(title)
    return (
        f'<div class="usage-tools">{heading}<span class="usage-left" role="status"></span>'
        f'<input type="search" class="usage-filter" placeholder="Filter" aria-label="Filter: {name}" '
        f'autocomplete="off">{link}</div>'
        f'<div class="usage-scroll" tabindex="0" role="region" aria-label="{name}">'
        f"<table>{table}</table></div>{left_out_html(rows)}"
    )


def headings_html(columns: Sequence[Column]) -> str:
    """The row of headings, each a button that sorts by it."""
    return f"<tr>{''.join(map(_heading, columns))}</tr>"


def left_out_html(rows: int) -> str:
    """Says how many of so many rows are not shown; empty when all are."""
    if rows <= MOST_ROWS:
        return ""
    more = "1 more row is" if rows == MOST_ROWS + 1 else f"{rows - MOST_ROWS:,} more rows are"
    return (
        f'<p class="usage-note">{more} in the download; sorting and filtering take the {MOST_ROWS} here.</p>'
    )


def amount_cell(text: str, usd: Decimal) -> str:
    """A cell with an amount: what is read, and every digit."""
    exact = exact_usd(usd)
    sign = "-" if usd < 0 else ""
    return f'<td class="figure" data-exact="{exact}" title="{sign}${exact.removeprefix("-")}">{text}</td>'


def count_cell(text: str, count: int | Decimal) -> str:
    """A cell with another figure."""
    return f'<td class="figure" data-exact="{exact_text(count)}">{text}</td>'


def _heading(column: Column) -> str:
    kind = ' class="figure"' if column.kind in _FIGURES else ""
    name = f'{escape(column.heading)}<i aria-hidden="true"></i>'
    return f'<th scope="col"{kind}><button type="button">{name}</button></th>'


def _amounts(cells: Sequence[Cell]) -> Iterator[Decimal]:
    return (cell for cell in cells if isinstance(cell, Decimal))


def _row(
    cells: Sequence[Cell],
    columns: Sequence[Column],
    decimals: Sequence[int],
    names: ChatNames,
    first: str | None = None,
) -> str:
    """Return one row with its columns' decimals; `first` stands in place of its first cell's own text."""
    name = escape(first) if first else _text(cells[0], columns[0].kind, decimals[0], names)
    others = (
        _cell(cell, column.kind, places, names)
        for cell, column, places in zip(cells[1:], columns[1:], decimals[1:], strict=True)
    )
    return f'<tr><th scope="row">{name}</th>{"".join(others)}</tr>'


def _cell(cell: Cell, kind: Kind, decimals: int, names: ChatNames) -> str:
    text = _text(cell, kind, decimals, names)
    if isinstance(cell, Decimal) and kind == "usd":
        return amount_cell(text, cell)
    if isinstance(cell, int | Decimal):
        return count_cell(text, cell)
    if kind in _FIGURES:
        return f'<td class="figure">{text}</td>'
    if kind == "conversation":
        return f'<td class="chat">{text}</td>'
    is_long = isinstance(cell, str) and len(cell) > _LONG
    return f'<td class="long">{text}</td>' if is_long else f"<td>{text}</td>"


def _text(cell: Cell, kind: Kind, decimals: int, names: ChatNames) -> str:
    if cell is None or cell == "":
        return NOT_KNOWN
    if isinstance(cell, str):
        return names.html(cell) if kind == "conversation" else escape(cell)
    match kind:
        case "usd":
            return format_amount(Decimal(cell), decimals)
        case "percent":
            return f"{cell:,.1f} %"
        case "count":
            return format_tokens(int(cell))
        case "text" | "conversation":
            return str(cell)
        case _:
            assert_never(kind)


def _note(note: str) -> str:
    return f'<p class="usage-note">{escape(note)}</p>' if note else ""


def usage_html(sheet: Sheet, by: Grouping, names: ChatNames) -> str:
    """Return the usage by a grouping as a table; newest first for days, weeks and months.

    Amounts are rounded for reading; each has its exact figure in `data-exact`, the total shows it.
    """
    if not sheet.rows or sheet.total is None:
        return '<p class="usage-empty">No calls in this period.</p>'
    rows = sheet.rows[::-1] if by in ("day", "week", "month") else sheet.rows
    body = "".join(_usage_row(_usage_name(str(row[0]), by, names), row) for row in rows[:MOST_ROWS])
    table = (
        f"<thead>{headings_html(sheet.columns)}</thead><tbody>{body}</tbody>"
        f"<tfoot>{_usage_row('Total', sheet.total)}"
        f'<tr class="usage-exact"><th scope="row">Exact cost</th><td class="figure" colspan="6">'
        f'${exact_usd(_usd(sheet.total[6]))}</td><td colspan="2"></td></tr></tfoot>'
    )
    return f'<section class="usage-sheet">{table_html(sheet.title, table, len(rows))}</section>'


def usage_downloads_html(by: Grouping, period: str) -> str:
    """Return links to the table as it is shown, and to the ledger."""
    query = escape(urlencode({"by": by, "period": period}))
    return (
        f'<a class="usage-button" href="download/table.csv?{query}" download>Table as CSV</a>'
        '<a class="usage-button" href="download/usage.csv" download>All calls (usage.csv)</a>'
    )


def _usage_name(key: str, by: Grouping, names: ChatNames) -> str:
    match by:
        case "conversation":
            return names.html(key)
        case "hour":
            return f"{key}:00"
        case _:
            return escape(key) or NOT_KNOWN


def _usage_row(name: str, cells: Sequence[Cell]) -> str:
    counts = map(_count, cells[1:6])
    cost_usd, estimated_usd, unknown = _usd(cells[6]), _usd(cells[7]), _count(cells[8])
    cost = amount_cell(format_usd(cost_usd), cost_usd)
    if unknown and not cost_usd:
        cost = f'<td class="figure">{format_usd(None)}</td>'
    estimated = format_usd(estimated_usd, estimated=True) if estimated_usd else NOT_KNOWN
    return (
        f'<tr><th scope="row">{name}</th>'
        f"{''.join(count_cell(format_tokens(count), count) for count in counts)}{cost}"
        f"{amount_cell(estimated, estimated_usd)}"
        f"{count_cell(format_tokens(unknown) if unknown else NOT_KNOWN, unknown)}</tr>"
    )


def _usd(cell: Cell) -> Decimal:
    return Decimal(cell or 0)


def _count(cell: Cell) -> int:
    return int(cell or 0)
