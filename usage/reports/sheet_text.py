"""A sheet as text: CSV and JSON with every digit, and a table for the terminal."""

import json
import textwrap
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, assert_never

from usage.ledger import LedgerProblem, csv_line, escaped
from usage.reports.sheets import Cell, Column, Kind, Sheet
from usage.units import exact_text, exact_usd

NOT_KNOWN = "–"
_USAGE_HEADINGS = ("calls", "input", "cached", "output", "reasoning", "cost USD", "estimated", "no price")
_NOTE_WIDTH = 100
_GAP = "  "
_UNITS: dict[Kind, str] = {"usd": " USD", "percent": " %"}
_AT_THE_LEFT: tuple[Kind, ...] = ("text", "conversation")


def sheet_csv(sheet: Sheet) -> str:
    """The rows and the total as CSV, amounts exact, texts that a spreadsheet would run escaped."""
    lines = [csv_line([column.name for column in sheet.columns])]
    lines += [csv_line(map(_csv_text, cells)) for cells in _rows_and_total(sheet)]
    return b"".join(lines).decode()


def sheet_json(sheet: Sheet) -> str:
    """The same as JSON, with title and note."""
    content = {
        "name": sheet.name,
        "title": sheet.title,
        "rows": [json_cells(sheet.columns, row) for row in sheet.rows],
        "total": None if sheet.total is None else json_cells(sheet.columns[1:], sheet.total[1:]),
        "note": sheet.note,
    }
    return as_json(content)


def sheet_table(sheet: Sheet) -> str:
    """The same as a table for a terminal, under its title, above its note."""
    headings = [column.heading + _UNITS.get(column.kind, "") for column in sheet.columns]
    note = textwrap.fill(sheet.note, _NOTE_WIDTH)
    return f"{_printable(sheet.title)}\n\n{aligned_table(sheet, headings)}" + (f"\n{note}\n" if note else "")


def usage_json(sheet: Sheet, by: str, problems: Sequence[LedgerProblem]) -> str:
    """Return the usage by a grouping as JSON, with the lines of the ledger that could not be read."""
    content = {
        "by": by,
        "rows": [json_cells(sheet.columns, row) for row in sheet.rows],
        "total": json_cells(sheet.columns[1:], (sheet.total or [])[1:]),
        "problems": [{"line": problem.line_number, "reason": problem.reason} for problem in problems],
    }
    return as_json(content)


def usage_table(sheet: Sheet, by: str) -> str:
    """Return the usage by a grouping as a table for a terminal."""
    return aligned_table(sheet, [by, *_USAGE_HEADINGS])


def aligned_table(sheet: Sheet, headings: Sequence[str]) -> str:
    """The rows and the total under these headings, figures at the right and decimal points in line."""
    decimals = max([2, *(_decimals(cell) for row in _rows_and_total(sheet) for cell in row)])
    kinds = [column.kind for column in sheet.columns]
    table = [list(headings)]
    table += [
        [_table_text(cell, kind, decimals) for cell, kind in zip(cells, kinds, strict=True)]
        for cells in _rows_and_total(sheet)
    ]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    head, *lines = [_aligned(cells, kinds, widths) for cells in table]
    rule = "-" * (sum(widths) + len(_GAP) * (len(widths) - 1))
    if sheet.rows and sheet.total is not None:
        lines.insert(-1, rule)
    return "\n".join([head, rule, *lines]) + "\n"


def json_cells(columns: Sequence[Column], cells: Sequence[Cell]) -> dict[str, Any]:
    """One row by the names of its columns; amounts are texts, since a JSON number may lose digits."""
    return {column.name: _json_value(cell, column) for column, cell in zip(columns, cells, strict=True)}


def as_json(content: dict[str, Any]) -> str:
    """JSON for people to read, too."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _rows_and_total(sheet: Sheet) -> list[Sequence[Cell]]:
    return [*sheet.rows, *([] if sheet.total is None else [sheet.total])]


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


def _json_value(cell: Cell, column: Column) -> str | int | float | None:
    if isinstance(cell, Decimal):
        return float(cell) if column.kind == "percent" else exact_usd(cell)
    return cell


def _decimals(cell: Cell) -> int:
    return len(exact_usd(cell).partition(".")[2]) if isinstance(cell, Decimal) else 0


def _table_text(cell: Cell, kind: Kind, decimals: int) -> str:
    match cell:
        case None:
            return "" if kind in _AT_THE_LEFT else NOT_KNOWN
        case Decimal():
            return f"{cell:,.1f}" if kind == "percent" else f"{cell:,.{decimals}f}"
        case int():
            return f"{cell:,}"
        case str():
            return _printable(cell)
        case _:
            assert_never(cell)


def _printable(text: str) -> str:
    """Without characters that would steer a terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _aligned(cells: Sequence[str], kinds: Sequence[Kind], widths: Sequence[int]) -> str:
    padded = (
        cell.ljust(width) if kind in _AT_THE_LEFT else cell.rjust(width)
        for cell, kind, width in zip(cells, kinds, widths, strict=True)
    )
    return _GAP.join(padded).rstrip()
