"""The page of a statement, to print: plain HTML without scripts."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from html import escape
from urllib.parse import urlencode

from texts import _
from usage.reports import Cell, Column, Sheet, cell_text
from usage.units import Currency, format_amount, format_day, format_exact, format_time

_STYLE = """
body { max-width: 46em; margin: 2em auto; padding: 0 1em; font: 11pt/1.5 system-ui, sans-serif; }
body { color: #111; background: #fff; }
h1 { margin: 0; font-size: 1.4em; }
p { margin: 0.3em 0 1em; color: #444; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3em 0.5em; border-bottom: 1px solid #ccc; text-align: right; font-weight: 400; }
th:first-child { text-align: left; white-space: nowrap; }
div { overflow-x: auto; }
td::after { content: attr(data-room); visibility: hidden; }
thead { display: table-header-group; }
thead th { border-bottom: 2px solid #111; }
tr { break-inside: avoid; }
tfoot > tr > * { border-top: 2px solid #111; border-bottom: 0; font-weight: 600; }
tfoot { display: table-row-group; }
@media print { body { max-width: none; margin: 0; padding: 0; } .screen { display: none; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def statement_links_html(person: str, currency: Currency | None = None) -> str:
    """Return links to a person's statement: by day and by month, to print and as CSV."""

    def links(by: str) -> dict[str, str]:
        asked = {"user": person, "by": by} | (currency.query if currency else {})
        query = escape(urlencode(asked))
        to_print, as_csv = escape(_("to print")), escape(_("as CSV"))
        return {
            "print": f'<a class="usage-link" href="statement?{query}" target="_blank">{to_print}</a>',
            "csv": f'<a class="usage-link" href="download/statement.csv?{query}" download>{as_csv}</a>',
        }

    html = escape(_("Statement for {person}: {by_day} · {by_month}")).format(
        person=escape(person),
        by_day=escape(_("by day {print} or {csv}")).format(**links("day")),
        by_month=escape(_("by month {print} or {csv}")).format(**links("month")),
    )
    return f'<p class="usage-statements">{html}</p>'


def statement_html(sheet: Sheet, today: date) -> str:
    """Return the whole page; `today` is local."""
    sheet = sheet.converted()
    gaps = sheet.gaps()
    headings = [each.headline + (" (USD)" if each.kind == "usd" else "") for each in sheet.columns]
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    rows = "".join(map(_row, sheet.rows, [sheet.columns] * len(gaps), gaps))
    total = _row([_("Amount due"), *sheet.total[1:]], sheet.columns, gaps[-1]) if sheet.total else ""
    how = _("Print it, or save it as PDF, with your browser.")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(sheet.title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(sheet.title)}</h1><p>{escape(_period(sheet, today))}</p>"
        f"<div><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody><tfoot>{total}</tfoot></table></div>"
        f"{_exact_total_html(sheet)}"
        f'<p>{escape(sheet.note)}</p><p class="screen">{escape(how)}</p>'
        "</body></html>"
    )


def _period(sheet: Sheet, today: date) -> str:
    """Return the time from the first line to today; what was carried over has none."""
    times = [str(row[0]) for row in sheet.rows if row[1] is not None]
    text = _("From {first} to {today}, in USD.") if times else _("As of {today}, in USD.")
    return text.format(first=format_time(times[0]) if times else "", today=format_day(today))


def _exact_total_html(sheet: Sheet) -> str:
    """Return the total with every digit, if the table has it rounded."""
    cells = zip(sheet.columns, sheet.total or (), strict=False)
    amounts = [cell for column, cell in cells if column.kind == "usd" and isinstance(cell, Decimal)]
    text = _("Total open, exactly: {usd}.")
    return "".join(
        f"<p>{escape(text).format(usd=format_exact(usd))}</p>"
        for usd in amounts
        if format_exact(usd) != format_amount(usd)
    )


def _row(cells: Sequence[Cell], columns: Sequence[Column], gaps: Sequence[int]) -> str:
    first, *others = map(escape, map(cell_text, cells, columns))
    first = format_time(first)
    rooms = (f' data-room="{"0" * gap}"' if gap else "" for gap in gaps[1:])
    figures = "".join(f"<td{room}>{text}</td>" for text, room in zip(others, rooms, strict=True))
    return f'<tr><th scope="row">{first}</th>{figures}</tr>'
