"""The addresses that hand out tables and the ledger, to each person only what that person may see."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from usage.ledger import LedgerError
from usage.prices import PricesError
from usage.reports import Calls, PricedModels, sheet_csv
from usage.ui.routes.sheet_downloads import DownloadError, wanted_period, wanted_sheet

# Whether somebody is signed in, and whose calls that person may see: None = everybody's.
Viewer: TypeAlias = Callable[[Request], tuple[bool, str | None]]


def download_routes(
    calls: Calls,
    viewer_of_request: Viewer,
    clock: Callable[[], datetime],
    models: PricedModels,
) -> list[Route]:
    """GET /download/usage.csv and, for each sheet in the register, /download/SHEET.csv?period=….

    401 without sign-in. `models` are those that a what-if can hold calls against.
    """

    def ledger(request: Request) -> Response:
        signed_in, user = viewer_of_request(request)
        if not signed_in:
            return _refusal()
        return StreamingResponse(
            calls.ledger.as_csv(user), media_type="text/csv", headers=_headers("usage.csv")
        )

    def sheet(request: Request) -> Response:
        signed_in, user = viewer_of_request(request)
        if not signed_in:
            return _refusal()
        name, queries = request.path_params["name"], request.query_params
        now = clock().astimezone(calls.timezone)
        try:
            made = wanted_sheet(name, queries, user, calls, now, models)
        except DownloadError as exc:
            return PlainTextResponse(str(exc), exc.status)
        except PricesError as exc:
            return PlainTextResponse(str(exc), 400)
        except LedgerError as exc:
            return PlainTextResponse(str(exc), 500)
        filename = f"{made.name}-{wanted_period(queries)}.csv"
        return Response(sheet_csv(made), media_type="text/csv", headers=_headers(filename))

    return [
        Route("/download/usage.csv", ledger),
        Route("/download/{name}.csv", sheet),
    ]


def _refusal() -> Response:
    return PlainTextResponse("Sign in to download this.", 401)


def _headers(filename: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
