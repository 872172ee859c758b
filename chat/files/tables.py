"""Workbooks as tables: each sheet as CSV, which takes fewer tokens than a table in Markdown."""

import csv
import io
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from chat.files.file_bounds import MOST_CELLS, MOST_PAGES
from chat.files.file_contents import FileContents, UnreadableFileError
from chat.files.plain_texts import check_length
from texts import _, ngettext

_LARGEST_WHOLE = 2**53  # up to which a number of a workbook has all its digits


def read_workbook(data: bytes, *, has_macros: bool) -> FileContents:
    """Return a workbook's sheets, formulas as the values that were saved with them.

    Raises UnreadableFileError.
    """
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [each for each in workbook.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
        _check_number(len(sheets))
        pages, cells = [], 0
        for sheet in sheets:
            table = workbook.get_sheet_by_name(sheet.name)
            cells += table.height * table.width
            _check_cells(cells)
            pages.append(f"[{sheet.name}]\n{_as_csv(table.to_python())}")
    except CalamineError as exc:
        raise _damaged() from exc
    except BaseException as exc:
        # A workbook that breaks off can make calamine panic, which is no Exception and has no name to import.
        if type(exc).__name__ != "PanicException":
            raise
        raise _damaged() from exc
    check_length("".join(pages))
    hidden = sum(each.visible != SheetVisibleEnum.Visible for each in sheets)
    text = ngettext("{number} sheet in it is hidden.", "{number} sheets in it are hidden.", hidden)
    notes = [text.format(number=hidden)] if hidden else []
    if has_macros:
        notes.append(_("Its macros are not run."))
    return FileContents(kind="table", media_type="text/csv", pages=tuple(pages), notes=tuple(notes))


def _damaged() -> UnreadableFileError:
    return UnreadableFileError(_("This workbook is damaged, or needs a password."))


def _check_number(sheets: int) -> None:
    if sheets > MOST_PAGES:
        raise UnreadableFileError(_("This workbook has too many sheets. Attach a part of it."))


def _check_cells(cells: int) -> None:
    if cells > MOST_CELLS:
        text = _("This workbook has more than {most} cells. Attach a part of it.")
        raise UnreadableFileError(text.format(most=f"{MOST_CELLS:,}"))


def _as_csv(rows: list[list[Any]]) -> str:
    """Return rows as CSV, without what is empty at the end of each."""
    to = io.StringIO()
    writer = csv.writer(to, lineterminator="\n")
    for row in rows:
        last = next((place for place in range(len(row), 0, -1) if row[place - 1] != ""), 0)
        writer.writerow([_as_text(value) for value in row[:last]])
    return to.getvalue()


def _as_text(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    if value.is_integer() and abs(value) < _LARGEST_WHOLE:
        return str(int(value))
    return f"{value:.15g}"  # the digits that spreadsheets show: 0.3, not 0.30000000000000004
