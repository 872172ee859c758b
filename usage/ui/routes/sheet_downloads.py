"""Which sheet a download's address asks for, and who may have it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from usage.accounts import balances, statement
from usage.reports import DEFAULT_USD, SHEETS, CallTable, Filter, PricedModels, Sheet, months_against, what_if
from usage.units import PERIODS, AmountError, days_of, read_usd

NAMES = (*SHEETS, "subscription", "settle", "statement", "what-if")


class DownloadError(Exception):
    """There is no such download for this person; `status` is the answer's, the text says why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an address asks for, `queries` as they stand in it, and who asks: `user` None sees everybody's."""

    name: str
    queries: Mapping[str, str]
    user: str | None
    now: datetime

    @property
    def period(self) -> str:
        """The period's name; all time where none is given. Raises DownloadError."""
        period = self.queries.get("period", "all")
        if period not in PERIODS:
            raise DownloadError(400, f"period must be one of {', '.join(PERIODS)}.")
        return period

    @property
    def filename(self) -> str:
        """What the file is called."""
        return f"{self.name}-{self.period}.csv"

    @property
    def today(self) -> date:
        """The local day: `now` is local."""
        return self.now.date()


def wanted_sheet(table: CallTable, wanted: Wanted, models: PricedModels) -> Sheet:
    """The sheet, of no more than this person may see. Raises DownloadError and PricesError."""
    if wanted.name not in NAMES:
        raise DownloadError(404, f"There is no such table; there are {', '.join(NAMES)}.")
    match wanted.name:
        case "settle":
            return balances(table, wanted.user)
        case "statement":
            return statement(table, _person(wanted), _lines(wanted))
    days = days_of(wanted.period, wanted.today)
    chosen = Filter(days.first, days.last, wanted.user)
    match wanted.name:
        case "subscription":
            return months_against(table, chosen, _price(wanted), wanted.today)
        case "what-if":
            names = wanted.queries.get("models")
            alternatives = (
                models.used(table, wanted.now, wanted.user)
                if names is None
                else models.alternatives(filter(None, names.split(",")), wanted.now)
            )
            return what_if(table, chosen, alternatives)
        case _:
            return SHEETS[wanted.name](table, chosen)


def _person(wanted: Wanted) -> str:
    """Whose statement it is: for most people only their own."""
    person = wanted.queries.get("user", wanted.user)
    if person is None:
        raise DownloadError(400, "user must name the person whose statement this is.")
    if wanted.user not in (None, person):
        raise DownloadError(403, "This is somebody else's statement.")
    return person


def _lines(wanted: Wanted) -> Literal["day", "month"]:
    match wanted.queries.get("by", "day"):
        case "day":
            return "day"
        case "month":
            return "month"
        case _:
            raise DownloadError(400, "by must be day or month.")


def _price(wanted: Wanted) -> Decimal:
    typed = wanted.queries.get("price")
    try:
        return read_usd(typed) if typed else DEFAULT_USD
    except AmountError as exc:
        raise DownloadError(400, f"price is {typed!r}: {exc}.") from exc
