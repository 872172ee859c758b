"""A sheet as text: CSV and JSON with every digit, and a table for the terminal."""

import json
import textwrap
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, assert_never

from usage.ledger import LedgerProblem, csv_line, escaped
from usage.reports.sheets import Cell, Column, Kind, Sheet, in_words, written_usd
from usage.units import exact_text, exact_usd

NOT_KNOWN = "–"
_NOTE_WIDTH = 100
_GAP = "  "
_UNITS: dict[Kind, str] = {"usd": " USD", "rate": " USD", "percent": " %"}
_AT_THE_LEFT: tuple[Kind, ...] = ("text", "conversation", "time")


def sheet_csv(sheet: Sheet) -> str:
    """Return rows and total as CSV: amounts exact, texts that a spreadsheet would run escaped."""
    sheet = sheet.for_files()
    lines = [csv_line([column.name for column in sheet.columns])]
    lines += [csv_line(map(_csv_text, cells)) for cells in sheet.rows_and_total]
    return b"".join(lines).decode()


def sheet_json(sheet: Sheet) -> str:
    """Return rows and total as JSON, with title and note."""
    return _json(
        {"name": sheet.name, "title": sheet.title, **_figures(sheet.for_files()), "note": sheet.note}
    )


def usage_json(sheet: Sheet, problems: Sequence[LedgerProblem]) -> str:
    """Return the usage by a grouping as JSON, with the lines of the ledger that could not be read."""
    lines = [{"line": problem.line_number, "reason": problem.reason} for problem in problems]
    return _json({"by": sheet.columns[0].name, **_figures(sheet.for_files()), "problems": lines})


def sheet_table(sheet: Sheet) -> str:
    """Return the sheet for a terminal: its title, its table, its note."""
    return f"{_printable(sheet.title)}\n\n{aligned_table(sheet)}"


def aligned_table(sheet: Sheet) -> str:
    """Return the table with figures at the right and the points of each column in line, and its note."""
    note = textwrap.fill(sheet.note, _NOTE_WIDTH)
    sheet = sheet.for_people()
    lines = [[column.headline + _UNITS.get(column.kind, "") for column in sheet.columns]]
    for cells, gaps in zip(sheet.rows_and_total, sheet.gaps(), strict=True):
        texts = map(cell_text, cells, sheet.columns)
        lines.append([text + " " * gap for text, gap in zip(texts, gaps, strict=True)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    head, *table = [_aligned(texts, sheet.columns, widths) for texts in lines]
    rule = "-" * (sum(widths) + len(_GAP) * (len(widths) - 1))
    if sheet.rows and sheet.total is not None:
        table.insert(-1, rule)
    return "\n".join([head, rule, *table]) + "\n" + (f"\n{note}\n" if note else "")


def cell_text(cell: Cell, column: Column) -> str:
    """Return a cell for people to read."""
    if column.minor and not cell:
        return NOT_KNOWN
    match cell:
        case None:
            return "" if column.kind in _AT_THE_LEFT else NOT_KNOWN
        case Decimal() if column.kind == "percent":
            return f"{cell:,.1f}"
        case Decimal():
            return written_usd(cell, column)
        case int():
            return f"{cell:,}"
        case str():
            return _printable(in_words(cell))
        case _:
            assert_never(cell)


def _figures(sheet: Sheet) -> dict[str, Any]:
    """Return rows and total by the names of their columns; amounts as texts: JSON numbers may lose digits."""

    def named(columns: Sequence[Column], cells: Sequence[Cell]) -> dict[str, Any]:
        return {column.name: _json_value(cell, column) for column, cell in zip(columns, cells, strict=True)}

    return {
        "rows": [named(sheet.columns, row) for row in sheet.rows],
        "total": None if sheet.total is None else named(sheet.columns[1:], sheet.total[1:]),
    }


def _json_value(cell: Cell, column: Column) -> str | int | float | None:
    if isinstance(cell, Decimal):
        return float(cell) if column.kind == "percent" else exact_usd(cell)
    return cell


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _csv_text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            return escaped(cell)
        case int() | Decimal():
            return exact_text(cell)
        case _:
            assert_never(cell)


def _printable(text: str) -> str:
    """Return a text without characters that would steer a terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _aligned(texts: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    padded = (
        text.ljust(width) if column.kind in _AT_THE_LEFT else text.rjust(width)
        for text, column, width in zip(texts, columns, widths, strict=True)
    )
    return _GAP.join(padded).rstrip()
