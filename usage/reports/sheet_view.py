"""Draws any sheet as a table that sorts and filters (see usage.js), with its total and its note."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from html import escape
from typing import assert_never
from urllib.parse import urlencode

from texts import _, ngettext
from usage.ledger import TEMPORARY
from usage.reports.questions.usage_by import is_by_date, name_on_page
from usage.reports.sheet_text import NOT_KNOWN
from usage.reports.sheets import COST, UNKNOWN, Cell, Column, Kind, Sheet, in_words
from usage.units import (
    Currency,
    exact_text,
    format_amount,
    format_exact,
    format_percent,
    format_plain,
    format_rate,
    format_time,
    format_tokens,
    format_usd,
)

MOST_ROWS = 200
_LONG = 40  # characters from which a text may take several lines
_ID_SHOWN = 8
_FIGURES: tuple[Kind, ...] = ("count", "usd", "currency", "rate", "percent")
_MONEY: tuple[Kind, ...] = ("usd", "currency", "rate")


@dataclass(frozen=True, slots=True)
class ChatNames:
    """What a conversation is called: a link for its owner, for others only that it is there.

    `own` has the titles of the reader's own conversations by id, `others` the ids of other people's. A link
    leads to the turn named in `turn`.
    """

    own: Mapping[str, str] = field(default_factory=dict)
    others: Collection[str] = frozenset()
    turn: str = ""

    def html(self, conversation_id: str) -> str:
        """Return the title as a link; for what is gone or somebody else's, the beginning of its id."""
        if title := self.own.get(conversation_id):
            query = {"c": conversation_id} | ({"turn": self.turn} if self.turn else {})
            return f'<a href="?{escape(urlencode(query))}">{escape(title)}</a>'
        id_ = conversation_id.removeprefix(TEMPORARY)
        if conversation_id in self.others:
            text = _("Another person’s chat {id}")
        else:
            text = _("Deleted chat {id}") if id_ == conversation_id else _("Temporary chat {id}")
        return escape(text.format(id=id_ if len(id_) <= _ID_SHOWN else f"{id_[:_ID_SHOWN]}…"))


def sheet_html(
    sheet: Sheet, names: ChatNames, *, nothing: str, download: str | None = None, heading: bool = True
) -> str:
    """Return the sheet as a section of the page; `nothing` stands in place of a table without rows.

    Amounts are rounded for reading, with every digit in the tooltip. Long sheets are cut, their totals
    never; `download` is the address of the whole.
    """
    title = f"<h2>{escape(sheet.title)}</h2>" if heading else ""
    if not sheet.rows:
        return f'<section class="usage-sheet">{title}<p class="usage-empty">{escape(nothing)}</p></section>'
    read = sheet.for_people()
    cut = replace(read, rows=read.rows[:MOST_ROWS])
    lines = [
        [_cell(*each, leading) for each in zip(cells, cut.columns, gaps, strict=True)]
        for cells, gaps, leading in zip(
            cut.rows_and_total, cut.gaps(), _leading(sheet, cut, names), strict=True
        )
    ]
    total = "" if cut.total is None else _row([_head(_("Total")), *lines.pop()[1:]])
    heads = (_head(_text(cells[0], cut.columns[0], names), cells[0], cut.columns[0]) for cells in cut.rows)
    body = "".join(_row([head, *line[1:]]) for head, line in zip(heads, lines, strict=True))
    link = ""
    if download:
        file = escape(f"{sheet.name}.csv")
        link = f'<a class="usage-link" href="{escape(download)}" download="{file}">CSV</a>'
    note = f'<p class="usage-note">{escape(sheet.note)}</p>' if sheet.note else ""
    return f'<section class="usage-sheet">{_table(read, body, total, title, link)}{note}</section>'


def _leading(sheet: Sheet, cut: Sheet, names: ChatNames) -> list[ChatNames]:
    """Return for each row that is drawn how its links lead to its turn, if the sheet names turns."""
    places = [place for place, column in enumerate(sheet.columns) if column.kind == "turn"]
    rows = sheet.rows[: len(cut.rows)] if places else []
    turns = [replace(names, turn=str(cells[places[0]] or "")) for cells in rows]
    return turns + [names] * (len(cut.rows_and_total) - len(turns))


def usage_html(sheet: Sheet, names: ChatNames) -> str:
    """Return the usage by a grouping as a table; newest first for days, weeks and months."""
    by = sheet.columns[0].name
    places = {column.name: place for place, column in enumerate(sheet.columns)}

    def shown(cells: Sequence[Cell]) -> list[Cell]:
        """Return a row with its name as the page has it, and no cost where none is known."""
        cost = cells[places[COST]] or (None if cells[places[UNKNOWN]] else Decimal(0))
        name = name_on_page(by, str(cells[0]))
        return [name, *(cost if place == places[COST] else cells[place] for place in range(1, len(cells)))]

    rows = [shown(cells) for cells in (reversed(sheet.rows) if is_by_date(by) else sheet.rows)]
    total = shown(sheet.total) if sheet.total else None
    nothing = _("No calls in this period.")
    return sheet_html(replace(sheet, rows=rows, total=total), names, nothing=nothing, heading=False)


def usage_downloads_html(by: str, period: str, currency: Currency | None = None) -> str:
    """Return links to the table as it is shown, and to the ledger."""
    asked = {"by": by, "period": period} | (currency.query if currency else {})
    query = escape(urlencode(asked))
    return (
        f'<a class="usage-button" href="download/table.csv?{query}" download>{_("Table as CSV")}</a>'
        f'<a class="usage-button" href="download/usage.csv" download>{_("All calls (usage.csv)")}</a>'
    )


def _table(sheet: Sheet, body: str, foot: str, heading: str = "", link: str = "") -> str:
    """Return the table with what stands around it: heading, filter, link, how much is left out."""
    name, left_out = escape(sheet.title), len(sheet.rows) - MOST_ROWS
    left = escape(_("{left} of {all} rows"))
    note = ""
    if left_out > 0:
        text = ngettext(
            "{more} more row is in the download; sorting and filtering apply only to the {shown} shown.",
            "{more} more rows are in the download; sorting and filtering apply only to the {shown} shown.",
            left_out,
        )
        note = f'<p class="usage-note">{text.format(more=f"{left_out:,}", shown=MOST_ROWS)}</p>'
    return (
        f'<div class="usage-tools">{heading}<span class="usage-left" role="status" data-says="{left}"></span>'
        f'<input type="search" class="usage-filter" placeholder="{_("Filter")}" '
        f'aria-label="{_("Filter")}: {name}" autocomplete="off">{link}</div>'
        f'<div class="usage-scroll" tabindex="0" role="region" aria-label="{name}"><table>'
        f"<thead><tr>{''.join(map(_heading, sheet.columns))}</tr></thead>"
        f"<tbody>{body}</tbody><tfoot>{foot}</tfoot></table></div>{note}"
    )


def _heading(column: Column) -> str:
    """Return a heading, a button that sorts by its column."""
    kind = ' class="figure"' if column.kind in _FIGURES else ""
    name = f'{escape(column.headline)}<i aria-hidden="true"></i>'
    return f'<th scope="col"{kind}><button type="button">{name}</button></th>'


def _row(cells: Iterable[str]) -> str:
    return f"<tr>{''.join(cells)}</tr>"


def _head(text: str, cell: Cell = None, column: Column | None = None) -> str:
    """Return the cell that names a row; a time goes with what it sorts by."""
    exact = f' data-exact="{_ordinal(str(cell))}"' if column and column.kind == "time" else ""
    return f'<th scope="row"{exact}>{text}</th>'


def _cell(cell: Cell, column: Column, gap: int, names: ChatNames) -> str:
    """Return a cell; a figure with every digit, an amount with room for the decimals that it lacks."""
    text, kind = _text(cell, column, names), column.kind
    if isinstance(cell, int | Decimal):
        exact = f' data-exact="{exact_text(cell)}"' + (" data-running" if column.running else "")
        if kind in ("usd", "rate"):
            exact += f' title="{format_exact(Decimal(cell))}"'
        if kind == "currency":
            exact += " data-currency"
        exact += f' data-room="{"0" * gap}"' if gap and kind in _MONEY else ""
        return f'<td class="figure"{exact}>{text}</td>'
    if kind in _FIGURES:
        return f'<td class="figure">{text}</td>'
    if kind == "conversation":
        return f'<td class="chat">{text}</td>'
    if kind == "time" and cell:
        return f'<td data-exact="{_ordinal(str(cell))}">{text}</td>'
    is_long = isinstance(cell, str) and len(cell) > _LONG
    return f'<td class="long">{text}</td>' if is_long else f"<td>{text}</td>"


def _ordinal(time: str) -> str:
    """Return the figures of a time, which sort as it does."""
    return "".join(filter(str.isdecimal, time))


def _text(cell: Cell, column: Column, names: ChatNames) -> str:
    if cell is None and column.name == COST:
        return format_usd(None)
    if cell is None or cell == "" or (column.minor and not cell):
        return NOT_KNOWN
    if isinstance(cell, str):
        match column.kind:
            case "conversation":
                return names.html(cell)
            case "time":
                return escape(format_time(cell))
            case _:
                return escape(in_words(cell))
    match column.kind:
        case "usd":
            return format_amount(Decimal(cell))
        case "currency":
            return format_plain(Decimal(cell))
        case "rate":
            return format_rate(Decimal(cell))
        case "percent":
            return format_percent(Decimal(cell))
        case "count":
            return format_tokens(int(cell))
        case "text" | "conversation" | "time" | "turn":
            return str(cell)
        case _:
            assert_never(column.kind)
