"""Who owes how much for the shared key: all that it cost, less all that was settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

import numpy as np
import numpy.typing as npt

from usage.reports import (
    TOTAL,
    CallTable,
    Cell,
    Column,
    Filter,
    Places,
    Sheet,
    Totals,
    by_day,
    by_text,
    day_of,
    merged,
    spending,
)
from usage.units import EXACT, day_group

CARRIED_OVER = "carried over"
_BALANCE_COLUMNS = (
    Column("user", "Person"),
    Column("calls", "Calls since", "count"),
    Column("cost_usd", "Cost in all", "usd"),
    Column("settled_usd", "Settled", "usd"),
    Column("open_usd", "Open", "usd"),
    Column("last_settled", "Last settled"),
    Column("unknown_price_calls", "No price", "count"),
)
_STATEMENT_COLUMNS = (
    Column("period", "Period"),
    Column("calls", "Calls", "count"),
    Column("input_tokens", "Input", "count"),
    Column("output_tokens", "Output", "count"),
    Column("cost_usd", "Cost", "usd"),
    Column("unknown_price_calls", "No price", "count"),
)
_HOW = (
    "Calls with the shared key. Open is all that they cost, less all that was settled, so that no call falls "
    "between two settlements: one that was recorded after a settlement is in the next balance."
)


@dataclass(frozen=True, slots=True)
class _Account:
    """One person's use of the shared key, in all and since the last settlement (None: none yet)."""

    user: str
    whole: Totals
    since: Totals
    settled_usd: Decimal
    last_settled: date | None

    @property
    def open_usd(self) -> Decimal:
        return EXACT.subtract(self.whole.cost_usd, self.settled_usd)


def balances(table: CallTable, user: str | None = None) -> Sheet:
    """What each person, or one of them, has open, highest first."""
    accounts = sorted(_accounts(table, user), key=lambda each: (-each.open_usd, each.user))
    return Sheet(
        name="settle",
        title="Settle up",
        columns=_BALANCE_COLUMNS,
        rows=[_balance(account) for account in accounts],
        total=_balance(_together(accounts)) if accounts else None,
        note=_HOW,
    )


def statement(table: CallTable, user: str, by: Literal["day", "month"] = "day") -> Sheet:
    """What one person's open amount is made of: what the last settlement left, then each day or month.

    Lines are of the local days of what was recorded after it; the total is what is open.
    """
    account = next(iter(_accounts(table, user)), None) or _Account(user, Totals(), Totals(), Decimal(0), None)
    groups = merged(by_day(table, _since(table, user)), lambda day: day_group(by, day_of(day)))
    rows = [_line(name, groups[name], groups[name].cost_usd) for name in sorted(groups)]
    if account.last_settled is not None:
        left = EXACT.subtract(account.open_usd, account.since.cost_usd)
        rows.insert(0, [CARRIED_OVER, None, None, None, left, None])
    return Sheet(
        name="statement",
        title=f"Statement for {user}",
        columns=_STATEMENT_COLUMNS,
        rows=rows,
        total=_line(TOTAL, account.since, account.open_usd),
        note=f"{_HOW} {_last_settled(account)}",
    )


def open_amounts(table: CallTable) -> dict[str, Decimal]:
    """What each person who has used the shared key or settled has open, in USD."""
    return {account.user: account.open_usd for account in _accounts(table, None)}


def _accounts(table: CallTable, user: str | None) -> list[_Account]:
    """The accounts of all who have used the shared key or settled."""
    shared, payments = _shared(table, user), _payments(table, user)
    wholes, sinces = by_text(table, shared, "user"), by_text(table, _since(table, user), "user")
    settled: dict[str, Decimal] = {}
    last: dict[str, date] = {}
    for place in payments.tolist():
        person = table.text("user", place)
        amount = table.settled.get(place, Decimal(0))
        settled[person] = EXACT.add(settled.get(person, Decimal(0)), amount)
        last[person] = table.day(place)
    return [
        _Account(
            person,
            wholes.get(person, Totals()),
            sinces.get(person, Totals()),
            settled.get(person, Decimal(0)),
            last.get(person),
        )
        for person in wholes | settled
    ]


def _shared(table: CallTable, user: str | None) -> Places:
    """Calls with the shared key and their corrections."""
    places = spending(table, Filter(user=user))
    return places[table.is_one_of("key_owner", ["app"], places)]


def _payments(table: CallTable, user: str | None) -> Places:
    places = table.chosen(Filter(user=user))
    return places[table.is_one_of("purpose", ["settlement"], places)]


def _since(table: CallTable, user: str | None) -> Places:
    """What of the shared key's use was recorded after each person's last settlement."""
    last = np.full(len(table.names["user"]), -1)
    payments = _payments(table, user)
    last[table.at("user", payments)] = payments  # in the order of the ledger: the last one stays
    shared = _shared(table, user)
    is_new: npt.NDArray[np.bool_] = shared > last[table.at("user", shared)]
    return shared[is_new]


def _together(accounts: Sequence[_Account]) -> _Account:
    settled = Decimal(0)
    for account in accounts:
        settled = EXACT.add(settled, account.settled_usd)
    wholes, sinces = (account.whole for account in accounts), (account.since for account in accounts)
    return _Account(TOTAL, sum(wholes, Totals()), sum(sinces, Totals()), settled, None)


def _balance(account: _Account) -> list[Cell]:
    return [
        account.user,
        account.since.calls,
        account.whole.cost_usd,
        account.settled_usd,
        account.open_usd,
        None if account.last_settled is None else account.last_settled.isoformat(),
        account.whole.unknown_price_calls,
    ]


def _line(name: str, totals: Totals, cost_usd: Decimal) -> list[Cell]:
    counts = (totals.calls, totals.input_tokens, totals.output_tokens)
    return [name, *counts, cost_usd, totals.unknown_price_calls]


def _last_settled(account: _Account) -> str:
    if account.last_settled is None:
        return "Nothing was settled yet."
    return f"Last settled on {account.last_settled.isoformat()}."
