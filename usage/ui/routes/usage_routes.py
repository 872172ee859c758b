"""The addresses that hand out tables, statements and the ledger, to each person only what they may see."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from texts import _
from usage.ledger import LedgerError
from usage.prices import PricesError
from usage.reports import SHEETS, Asked, Calls, Filter, PricedModels, Registered, Sheet, sheet_csv
from usage.ui.routes.statement_page import statement_html
from usage.units import AmountError, Currency, CurrencyError, Days, PeriodError, days_of, read_currency

# Whether somebody is signed in, and whose calls that person may see: None = everybody's.
Viewer: TypeAlias = Callable[[Request], tuple[bool, str | None]]


class DownloadError(Exception):
    """This person cannot have what was asked for; `status` is the answer's, the text says why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def usage_routes(
    calls: Calls, viewer_of_request: Viewer, clock: Callable[[], datetime], models: PricedModels
) -> list[Route]:
    """Make the addresses of the ledger, of each sheet in the register, and of statements to print.

    Each answers 401 without sign-in. `models` are those that a what-if can hold calls against.
    """

    def wanted(name: str, request: Request, viewer: str | None) -> Sheet:
        """Return the sheet that was asked for, of no more than its viewer may see."""
        if name not in SHEETS:
            text = _("There is no such table; there are {names}.")
            raise DownloadError(404, text.format(names=", ".join(SHEETS)))
        sheet, queries = SHEETS[name], request.query_params
        now = clock().astimezone(calls.timezone)
        days = _days(queries, now.date())
        person = _person(queries, viewer) if sheet.is_personal else viewer
        asked = Asked(
            calls=calls,
            chosen=Filter(days.first, days.last, person),
            now=now,
            models=lambda: models,
            options=_options(sheet, queries),
        )
        return sheet.answer(asked).also_in(_currency(queries))

    def ledger(_request: Request, viewer: str | None) -> Response:
        rows = calls.ledger.as_csv(viewer)
        return StreamingResponse(rows, media_type="text/csv", headers=_headers("usage.csv"))

    def sheet(request: Request, viewer: str | None) -> Response:
        made = wanted(request.path_params["name"], request, viewer)
        headers = _headers(f"{made.name}-{_period(request.query_params)}.csv")
        return Response(sheet_csv(made), media_type="text/csv", headers=headers)

    def statement(request: Request, viewer: str | None) -> Response:
        today = clock().astimezone(calls.timezone).date()
        return HTMLResponse(
            statement_html(wanted("statement", request, viewer), today), headers={"Cache-Control": "no-store"}
        )

    def route(address: str, answer: Callable[[Request, str | None], Response]) -> Route:
        def answer_or_refuse(request: Request) -> Response:
            is_signed_in, viewer = viewer_of_request(request)
            if not is_signed_in:
                return PlainTextResponse(_("Sign in to see this."), 401)
            try:
                return answer(request, viewer)
            except DownloadError as exc:
                return PlainTextResponse(str(exc), exc.status)
            except PricesError as exc:
                return PlainTextResponse(str(exc), 400)
            except LedgerError as exc:
                return PlainTextResponse(str(exc), 500)

        return Route(address, answer_or_refuse)

    return [
        route("/download/usage.csv", ledger),
        route("/download/{name}.csv", sheet),
        route("/statement", statement),
    ]


def _headers(filename: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "Cache-Control": "no-store",
    }


def _period(queries: Mapping[str, str]) -> str:
    """Return the period that is asked for; all time where none is given."""
    return queries.get("period", "all")


def _days(queries: Mapping[str, str], today: date) -> Days:
    """Return the days of the period. Raises DownloadError."""
    try:
        return days_of(_period(queries), today)
    except PeriodError as exc:
        text = _("period is {period}: {reason}.")
        raise DownloadError(400, text.format(period=repr(_period(queries)), reason=exc)) from exc


def _options(sheet: Registered, queries: Mapping[str, str]) -> dict[str, object]:
    options = {}
    for option in sheet.options:
        text = queries.get(option.name)
        try:
            options[option.name] = option.value(text)
        except ValueError as exc:
            wrong = _("{name} is {text}: {reason}.")
            raise DownloadError(400, wrong.format(name=option.name, text=repr(text), reason=exc)) from exc
    return options


def _currency(queries: Mapping[str, str]) -> Currency | None:
    """Return the currency that is asked for beside USD. Raises DownloadError."""
    code, rate = queries.get("currency", ""), queries.get("rate", "")
    try:
        return read_currency(code, rate)
    except CurrencyError as exc:
        text = _("currency is {code}: {reason}.")
        raise DownloadError(400, text.format(code=repr(code), reason=exc)) from exc
    except AmountError as exc:
        text = _("rate is {rate}: {reason}.")
        raise DownloadError(400, text.format(rate=repr(rate), reason=exc)) from exc


def _person(queries: Mapping[str, str], viewer: str | None) -> str:
    """Return whose statement it is: for most people only their own."""
    person = queries.get("user", viewer)
    if person is None:
        raise DownloadError(400, _("user must name the person whose statement this is."))
    if viewer not in (None, person):
        raise DownloadError(403, _("This is somebody else’s statement."))
    return person
