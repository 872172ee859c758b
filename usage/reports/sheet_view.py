"""Draws any sheet as a table that sorts and filters (see usage.js), with its total and its note."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from html import escape
from typing import assert_never
from urllib.parse import urlencode

from texts import _, ngettext
from usage.reports.questions.usage_by import is_by_date, name_on_page
from usage.reports.sheet_text import NOT_KNOWN
from usage.reports.sheets import Cell, Column, Kind, Sheet, in_words
from usage.units import exact_text, exact_usd, format_amount, format_exact, format_tokens, format_usd

MOST_ROWS = 200
_LONG = 40  # characters from which a text may take several lines
_ID_SHOWN = 8
_FIGURES: tuple[Kind, ...] = ("count", "usd", "percent")


@dataclass(frozen=True, slots=True)
class ChatNames:
    """What a conversation is called: a link for its owner, for others only that it is there.

    `own` has the titles of the reader's own conversations by id, `others` the ids of other people's.
    """

    own: Mapping[str, str] = field(default_factory=dict)
    others: Collection[str] = frozenset()

    def html(self, conversation_id: str) -> str:
        """Return the title as a link; for what is gone or somebody else's, the beginning of its id."""
        if title := self.own.get(conversation_id):
            return f'<a href="?{escape(urlencode({"c": conversation_id}))}">{escape(title)}</a>'
        shown = conversation_id[:_ID_SHOWN]
        text = _("Another person’s chat {id}") if conversation_id in self.others else _("Deleted chat {id}")
        return escape(text.format(id=shown if shown == conversation_id else f"{shown}…"))


def sheet_html(
    sheet: Sheet, names: ChatNames, *, nothing: str, download: str | None = None, heading: bool = True
) -> str:
    """Return the sheet as a section of the page; `nothing` stands in place of a table without rows.

    Amounts are rounded for reading, with every digit in `data-exact`. Long sheets are cut, their totals
    never; `download` is the address of the whole.
    """
    title = f"<h3>{escape(sheet.title)}</h3>" if heading else ""
    if not sheet.rows:
        return f'<section class="usage-sheet">{title}<p class="usage-empty">{escape(nothing)}</p></section>'
    cut = replace(sheet, rows=sheet.rows[:MOST_ROWS])
    rows = [
        [_text(row[0], sheet.columns[0].kind, names)]
        + [
            _cell(cell, column.kind, gap, names)
            for cell, column, gap in zip(row[1:], sheet.columns[1:], gaps[1:], strict=True)
        ]
        for row, gaps in zip(cut.rows_and_total, cut.gaps(), strict=True)
    ]
    total = "" if sheet.total is None else _row(_("Total"), rows.pop()[1:])
    body = "".join(_row(name, cells) for name, *cells in rows)
    link = ""
    if download:
        file = escape(f"{sheet.name}.csv")
        link = f'<a class="usage-link" href="{escape(download)}" download="{file}">CSV</a>'
    note = f'<p class="usage-note">{escape(sheet.note)}</p>' if sheet.note else ""
    return f'<section class="usage-sheet">{_table(sheet, body, total, title, link)}{note}</section>'


def usage_html(sheet: Sheet, names: ChatNames) -> str:
    """Return the usage by a grouping as a table; newest first for days, weeks and months.

    Amounts are rounded for reading; each has its exact figure in `data-exact`, the total shows it.
    """
    if not sheet.rows or sheet.total is None:
        return f'<p class="usage-empty">{_("No calls in this period.")}</p>'
    by, kind = sheet.columns[0].name, sheet.columns[0].kind
    cut = replace(sheet, rows=(sheet.rows[::-1] if is_by_date(by) else sheet.rows)[:MOST_ROWS])
    *gaps, gaps_of_total = cut.gaps()
    body = "".join(
        _row(name_on_page(by, _text(row[0], kind, names)), _usage_cells(row, gap))
        for row, gap in zip(cut.rows, gaps, strict=True)
    )
    total = _row(_("Total"), _usage_cells(sheet.total, gaps_of_total)) + (
        f'<tr class="usage-exact"><th scope="row">{_("Exact cost")}</th><td class="figure" colspan="6">'
        f'${exact_usd(Decimal(sheet.total[6] or 0))}</td><td colspan="2"></td></tr>'
    )
    return f'<section class="usage-sheet">{_table(sheet, body, total)}</section>'


def usage_downloads_html(by: str, period: str) -> str:
    """Return links to the table as it is shown, and to the ledger."""
    query = escape(urlencode({"by": by, "period": period}))
    return (
        f'<a class="usage-button" href="download/table.csv?{query}" download>{_("Table as CSV")}</a>'
        f'<a class="usage-button" href="download/usage.csv" download>{_("All calls (usage.csv)")}</a>'
    )


def _table(sheet: Sheet, body: str, foot: str, heading: str = "", link: str = "") -> str:
    """Return the table with what stands around it: heading, filter, link, how much is left out."""
    name, left_out = escape(sheet.title), len(sheet.rows) - MOST_ROWS
    note = ""
    if left_out > 0:
        text = ngettext(
            "{more} more row is in the download; sorting and filtering take the {shown} here.",
            "{more} more rows are in the download; sorting and filtering take the {shown} here.",
            left_out,
        )
        note = f'<p class="usage-note">{text.format(more=f"{left_out:,}", shown=MOST_ROWS)}</p>'
    return (
        f'<div class="usage-tools">{heading}<span class="usage-left" role="status"></span>'
        f'<input type="search" class="usage-filter" placeholder="{_("Filter")}" '
        f'aria-label="{_("Filter")}: {name}" autocomplete="off">{link}</div>'
        f'<div class="usage-scroll" tabindex="0" role="region" aria-label="{name}"><table>'
        f"<thead><tr>{''.join(map(_heading, sheet.columns))}</tr></thead>"
        f"<tbody>{body}</tbody><tfoot>{foot}</tfoot></table></div>{note}"
    )


def _heading(column: Column) -> str:
    """Return a heading, a button that sorts by its column."""
    kind = ' class="figure"' if column.kind in _FIGURES else ""
    name = f'{escape(_(column.heading))}<i aria-hidden="true"></i>'
    return f'<th scope="col"{kind}><button type="button">{name}</button></th>'


def _row(name: str, cells: Sequence[str]) -> str:
    return f'<tr><th scope="row">{name}</th>{"".join(cells)}</tr>'


def _cell(cell: Cell, kind: Kind, gap: int, names: ChatNames) -> str:
    text = _text(cell, kind, names)
    if isinstance(cell, Decimal) and kind == "usd":
        return _amount_cell(text, cell, gap)
    if isinstance(cell, int | Decimal):
        return _figure_cell(text, cell)
    if kind in _FIGURES:
        return f'<td class="figure">{text}</td>'
    if kind == "conversation":
        return f'<td class="chat">{text}</td>'
    is_long = isinstance(cell, str) and len(cell) > _LONG
    return f'<td class="long">{text}</td>' if is_long else f"<td>{text}</td>"


def _amount_cell(text: str, usd: Decimal, gap: int) -> str:
    """Return a cell with an amount: what is read, every digit, and room for the decimals that it lacks."""
    room = f' data-room="{"0" * gap}"' if gap else ""
    return f'<td class="figure" data-exact="{exact_usd(usd)}" title="{format_exact(usd)}"{room}>{text}</td>'


def _figure_cell(text: str, figure: int | Decimal) -> str:
    return f'<td class="figure" data-exact="{exact_text(figure)}">{text}</td>'


def _text(cell: Cell, kind: Kind, names: ChatNames) -> str:
    if cell is None or cell == "":
        return NOT_KNOWN
    if isinstance(cell, str):
        return names.html(cell) if kind == "conversation" else escape(in_words(cell))
    match kind:
        case "usd":
            return format_amount(Decimal(cell))
        case "percent":
            return f"{cell:,.1f} %"
        case "count":
            return format_tokens(int(cell))
        case "text" | "conversation":
            return str(cell)
        case _:
            assert_never(kind)


def _usage_cells(row: Sequence[Cell], gaps: Sequence[int]) -> list[str]:
    """Return the cells after the name: what is free, estimated or of unknown price says so in words."""
    counts = [_figure_cell(format_tokens(count), count) for count in map(_count, row[1:6])]
    cost_usd, estimated_usd, unknown = Decimal(row[6] or 0), Decimal(row[7] or 0), _count(row[8])
    cost = _amount_cell(format_amount(cost_usd), cost_usd, gaps[6])
    if unknown and not cost_usd:
        cost = f'<td class="figure">{format_usd(None)}</td>'
    estimated = f"≈ {format_amount(estimated_usd)}" if estimated_usd else NOT_KNOWN
    no_price = _figure_cell(format_tokens(unknown) if unknown else NOT_KNOWN, unknown)
    return [*counts, cost, _amount_cell(estimated, estimated_usd, gaps[7]), no_price]


def _count(cell: Cell) -> int:
    return int(cell or 0)
