"""What the commands of `python -m usage` work with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from usage.accounts import Bill, fetch_costs
from usage.ledger import CsvLedger
from usage.prices import LatePrices, PriceBook, PriceFile, PriceUpdates, endpoint_of
from usage.reports import Calls, PricedModels
from usage.units import Currency


class CommandError(Exception):
    """What was asked cannot be done; the text says why and what to do."""

    exit_code = 1


class WrongArguments(CommandError):  # noqa: N818 - it is not a fault
    """What was asked makes no sense."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The ledger and the prices; `now` is UTC. Costs are shown in the `currency` too, where there is one.

    `open_ledger` opens the ledger for writing; `warn` shows a line, `secret` asks for what nobody may see,
    `costs` asks the endpoint with an admin key what was billed from a first to a last UTC day.
    """

    calls: Calls
    data_dir: Path
    prices_path: Path
    base_url: str
    provider: str | None
    now: datetime
    new_id: Callable[[], str]
    warn: Callable[[str], None]
    secret: Callable[[str], str]
    open_ledger: Callable[[], CsvLedger]
    costs: Callable[[str, date, date], Bill] = fetch_costs
    currency: Currency | None = None

    def ledger(self) -> CsvLedger:
        """Return the ledger, ready for new entries. Raises LedgerError or CommandError."""
        ledger = self.open_ledger()
        ledger.check_writable()
        return ledger

    def models(self) -> PricedModels:
        """Return the models that calls can be held against. Raises PricesError."""
        return PricedModels(self._prices(), endpoint_of(self.base_url, self.provider))

    def late_prices(self) -> LatePrices:
        """Return the prices that calls lack. Raises PricesError."""
        return LatePrices(self._prices(), self.base_url, self.provider)

    def _prices(self) -> PriceBook:
        return PriceBook(PriceFile(self.prices_path).current, PriceUpdates(self.data_dir).current)
