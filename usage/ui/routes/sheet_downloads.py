"""Which sheet an address asks for, and who may have it."""

from collections.abc import Mapping
from datetime import datetime

from usage.reports import SHEETS, Asked, Calls, Filter, PricedModels, Registered, Sheet
from usage.units import PERIODS, days_of


class DownloadError(Exception):
    """There is no such download for this person; `status` is the answer's, the text says why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def wanted_sheet(
    name: str,
    queries: Mapping[str, str],
    viewer: str | None,
    calls: Calls,
    now: datetime,
    models: PricedModels,
) -> Sheet:
    """Return the sheet that an address asks for, of no more than its viewer may see (None: everybody's).

    `queries` are those of the address, `now` is local. Raises DownloadError, PricesError and LedgerError.
    """
    if name not in SHEETS:
        raise DownloadError(404, f"There is no such table; there are {', '.join(SHEETS)}.")
    sheet = SHEETS[name]
    days = days_of(wanted_period(queries), now.date())
    person = _person(queries, viewer) if sheet.is_personal else viewer
    chosen = Filter(days.first, days.last, person)
    options = _options(sheet, queries)
    return sheet.answer(Asked(calls=calls, chosen=chosen, now=now, models=lambda: models, options=options))


def wanted_period(queries: Mapping[str, str]) -> str:
    """Return the name of the period; all time where none is given. Raises DownloadError."""
    period = queries.get("period", "all")
    if period not in PERIODS:
        raise DownloadError(400, f"period must be one of {', '.join(PERIODS)}.")
    return period


def _options(sheet: Registered, queries: Mapping[str, str]) -> dict[str, object]:
    options = {}
    for option in sheet.options:
        text = queries.get(option.name)
        try:
            options[option.name] = option.value(text)
        except ValueError as exc:
            raise DownloadError(400, f"{option.name} is {text!r}: {exc}.") from exc
    return options


def _person(queries: Mapping[str, str], viewer: str | None) -> str:
    """Return whose statement it is: for most people only their own."""
    person = queries.get("user", viewer)
    if person is None:
        raise DownloadError(400, "user must name the person whose statement this is.")
    if viewer not in (None, person):
        raise DownloadError(403, "This is somebody else's statement.")
    return person
