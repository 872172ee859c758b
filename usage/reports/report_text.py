"""A report as a sheet and as text: CSV and JSON with every digit, and a table for the terminal."""

from collections.abc import Sequence

from usage.reports.sheet_text import aligned_table, as_json, json_cells, sheet_csv
from usage.reports.sheets import TOTAL, Cell, Column, Sheet
from usage.reports.totals import Report, Totals

_FIGURES = (
    Column("calls", "Calls", "count"),
    Column("input_tokens", "Input", "count"),
    Column("cached_input_tokens", "Cached", "count"),
    Column("output_tokens", "Output", "count"),
    Column("reasoning_tokens", "Reasoning", "count"),
    Column("cost_usd", "Cost", "usd"),
    Column("estimated_usd", "Estimated", "usd"),
    Column("unknown_price_calls", "No price", "count"),
)
_HEADINGS = ("calls", "input", "cached", "output", "reasoning", "cost USD", "estimated", "no price")


def report_sheet(report: Report) -> Sheet:
    """The report's rows and its total, in one sheet."""
    return Sheet(
        name="table",
        title=f"Usage by {report.by}",
        columns=(Column(report.by, report.by.capitalize()), *_FIGURES),
        rows=[_cells(row.key, row.totals) for row in report.rows],
        total=_cells(TOTAL, report.total),
    )


def csv_text(report: Report) -> str:
    """The rows and the total as CSV, amounts exact, names that a spreadsheet would run escaped."""
    return sheet_csv(report_sheet(report))


def json_text(report: Report) -> str:
    """The same as JSON, with the lines of the ledger that could not be read."""
    sheet = report_sheet(report)
    return as_json(
        {
            "by": report.by,
            "rows": [json_cells(sheet.columns, row) for row in sheet.rows],
            "total": json_cells(_FIGURES, _cells(TOTAL, report.total)[1:]),
            "problems": [
                {"line": problem.line_number, "reason": problem.reason} for problem in report.problems
            ],
        }
    )


def table_text(report: Report) -> str:
    """The same as a table for a terminal, figures at the right and decimal points in line."""
    return aligned_table(report_sheet(report), [report.by, *_HEADINGS])


def _cells(name: str, totals: Totals) -> Sequence[Cell]:
    return [name, *(getattr(totals, column.name) for column in _FIGURES)]
