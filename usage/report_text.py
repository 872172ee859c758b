"""A report as text: CSV and JSON with every digit, and a table for the terminal."""

import json
from decimal import Decimal

from usage.csv_records import csv_line
from usage.csv_rows import escaped
from usage.totals import Report, Totals

TOTAL = "total"
FIGURE_NAMES = (
    "calls",
    "input_tokens",
    "cached_input_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cost_usd",
    "estimated_usd",
    "unknown_price_calls",
)
_HEADINGS = ("calls", "input", "cached", "output", "reasoning", "cost USD", "estimated", "no price")


def exact_usd(cost: Decimal) -> str:
    """An amount with every digit that it has, and no zeros after them: 0.00111."""
    text = format(cost, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def csv_text(report: Report) -> str:
    """The rows and the total as CSV, amounts exact, names that a spreadsheet would run escaped."""
    lines = [csv_line([report.by, *FIGURE_NAMES])]
    for key, totals in _rows_and_total(report):
        lines.append(csv_line([escaped(key), *map(exact_text, figures(totals))]))
    return b"".join(lines).decode()


def json_text(report: Report) -> str:
    """The same as JSON; amounts are texts, since a JSON number may lose digits."""
    content = {
        "by": report.by,
        "rows": [{report.by: row.key, **_json_figures(row.totals)} for row in report.rows],
        "total": _json_figures(report.total),
        "problems": [{"line": problem.line_number, "reason": problem.reason} for problem in report.problems],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def table_text(report: Report) -> str:
    """The same as a table for a terminal, figures at the right and decimal points in line."""
    decimals = max(2, *(_decimals(totals) for _, totals in _rows_and_total(report)))
    table = [[report.by, *_HEADINGS]]
    for key, totals in _rows_and_total(report):
        table.append([_printable(key), *(_terminal_text(figure, decimals) for figure in figures(totals))])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    head, *rows, total = [_aligned(cells, widths) for cells in table]
    rule = "-" * len(head)
    return "\n".join([head, rule, *rows, rule, total]) + "\n"


def figures(totals: Totals) -> list[int | Decimal]:
    """The figures in the order of FIGURE_NAMES."""
    return [getattr(totals, name) for name in FIGURE_NAMES]


def exact_text(figure: int | Decimal) -> str:
    """A figure with every digit of it."""
    return exact_usd(figure) if isinstance(figure, Decimal) else str(figure)


def _rows_and_total(report: Report) -> list[tuple[str, Totals]]:
    return [*((row.key, row.totals) for row in report.rows), (TOTAL, report.total)]


def _json_figures(totals: Totals) -> dict[str, int | str]:
    return {
        name: exact_usd(figure) if isinstance(figure, Decimal) else figure
        for name, figure in zip(FIGURE_NAMES, figures(totals), strict=True)
    }


def _decimals(totals: Totals) -> int:
    return max(len(exact_usd(cost).partition(".")[2]) for cost in (totals.cost_usd, totals.estimated_usd))


def _terminal_text(figure: int | Decimal, decimals: int) -> str:
    return f"{figure:,.{decimals}f}" if isinstance(figure, Decimal) else f"{figure:,}"


def _printable(text: str) -> str:
    """Without characters that would steer a terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _aligned(cells: list[str], widths: list[int]) -> str:
    name, *numbers = cells
    padded = (number.rjust(width) for number, width in zip(numbers, widths[1:], strict=True))
    return "  ".join([name.ljust(widths[0]), *padded])
