"""The page of a statement, to print: plain HTML without scripts, each digit of each amount in it."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from html import escape
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from texts import _
from usage.ledger import LedgerError
from usage.reports import Calls, Cell, Column, PricedModels, Sheet, cell_text
from usage.ui.routes.downloads import Viewer
from usage.ui.routes.sheet_downloads import DownloadError, wanted_sheet

_STYLE = """
body { max-width: 46em; margin: 2em auto; padding: 0 1em; font: 11pt/1.5 system-ui, sans-serif; }
body { color: #111; background: #fff; }
h1 { margin: 0; font-size: 1.4em; }
p { margin: 0.3em 0 1em; color: #444; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3em 0.5em; border-bottom: 1px solid #ccc; text-align: right; font-weight: 400; }
th:first-child { text-align: left; white-space: nowrap; }
div { overflow-x: auto; }
thead { display: table-header-group; }
thead th { border-bottom: 2px solid #111; }
tr { break-inside: avoid; }
tfoot > tr > * { border-top: 2px solid #111; border-bottom: 0; font-weight: 600; }
tfoot { display: table-row-group; }
@media print { body { max-width: none; margin: 0; padding: 0; } .screen { display: none; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def statement_route(
    calls: Calls, viewer_of_request: Viewer, clock: Callable[[], datetime], models: PricedModels
) -> Route:
    """GET /statement?user=…&by=day|month; 401 without sign-in, 403 for somebody else's statement."""

    def statement(request: Request) -> Response:
        signed_in, user = viewer_of_request(request)
        if not signed_in:
            return PlainTextResponse("Sign in to see this.", 401)
        now = clock().astimezone(calls.timezone)
        try:
            sheet = wanted_sheet("statement", request.query_params, user, calls, now, models)
        except DownloadError as exc:
            return PlainTextResponse(str(exc), exc.status)
        except LedgerError as exc:
            return PlainTextResponse(str(exc), 500)
        return HTMLResponse(statement_html(sheet, now.date()), headers={"Cache-Control": "no-store"})

    return Route("/statement", statement)


def statement_links_html(person: str) -> str:
    """Links to a person's statement: by day and by month, to print and as CSV."""

    def links(by: str) -> str:
        query = escape(urlencode({"user": person, "by": by}))
        return (
            f'by {by} <a class="usage-link" href="statement?{query}" target="_blank">to print</a> or '
            f'<a class="usage-link" href="download/statement.csv?{query}" download>as CSV</a>'
        )

    return (
        f'<p class="usage-statements">Statement for {escape(person)}: {links("day")} · {links("month")}</p>'
    )


def statement_html(sheet: Sheet, today: date) -> str:
    """The whole page; `today` is local."""
    decimals = sheet.decimals(exact=True)
    head = "".join(f'<th scope="col">{escape(_heading(column))}</th>' for column in sheet.columns)
    rows = "".join(_row(row, sheet.columns, decimals) for row in sheet.rows)
    total = _row([_("Total open"), *sheet.total[1:]], sheet.columns, decimals) if sheet.total else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(sheet.title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(sheet.title)}</h1><p>{escape(_period(sheet, today))}</p>"
        f"<div><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody><tfoot>{total}</tfoot></table></div>"
        f'<p>{escape(sheet.note)}</p><p class="screen">Print it, or save it as PDF, with your browser.</p>'
        "</body></html>"
    )


def _period(sheet: Sheet, today: date) -> str:
    """From the first line's time to today; what was carried over has no time."""
    times = [str(row[0]) for row in sheet.rows if row[1] is not None]
    begin = f"From {times[0]} to" if times else "As of"
    return f"{begin} {today.isoformat()}, in USD."


def _heading(column: Column) -> str:
    return f"{_(column.heading)} (USD)" if column.kind == "usd" else _(column.heading)


def _row(cells: Sequence[Cell], columns: Sequence[Column], decimals: Sequence[int]) -> str:
    first, *others = map(escape, map(cell_text, cells, columns, decimals))
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{each}</td>" for each in others)}</tr>'
