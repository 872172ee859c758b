"""Gives calls of unknown price their cost once it is known: by entries of its own, never by rewriting."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from texts import N_, _
from usage.ledger import CALL_PURPOSES, IMPOSSIBLE, Ledger, LedgerEntry, correction
from usage.prices import OWN_PRICES
from usage.reports import TOTAL, Column, Sheet
from usage.units import EXACT, Price, cost_of

_COLUMNS = (
    Column("endpoint", N_("Endpoint")),
    Column("model", N_("Model")),
    Column("calls", N_("Calls"), "count"),
    Column("cost_usd", N_("Cost"), "usd"),
)

PriceOf = Callable[[LedgerEntry], Price | None]


@dataclass(frozen=True, slots=True)
class Applied:
    """How many calls got their cost, and the exact sum of it in USD."""

    count: int
    usd: Decimal


def correctable(entries: Iterable[LedgerEntry], price_of: PriceOf) -> list[LedgerEntry]:
    """Return the corrections that are possible now, one for each call, still without their time.

    Reads all entries once. `price_of` is asked for the price that a call was charged at when it was made,
    and says None where it is not known either.
    """
    corrections = []
    for call in _unpriced_calls(entries):
        price = price_of(call)
        cost = cost_of(price, call.usage) if price else None
        if price and cost is not None:
            source = "own" if price.source.startswith(OWN_PRICES) else "listed"
            corrections.append(correction(call, cost, price=price, cost_source=source))
    return corrections


def corrections_sheet(corrections: Sequence[LedgerEntry], note: str) -> Sheet:
    """Return how many corrections there are and what they come to, by endpoint and model."""
    groups: dict[tuple[str, str], list[LedgerEntry]] = {}
    for entry in corrections:
        groups.setdefault((entry.call.endpoint.host, entry.call.model), []).append(entry)
    return Sheet(
        name="price",
        title=_("Calls that now have a price"),
        columns=_COLUMNS,
        rows=[[*key, len(groups[key]), _cost(groups[key])] for key in sorted(groups)],
        total=[TOTAL, None, len(corrections), _cost(corrections)],
        note=note,
    )


def apply(ledger: Ledger, price_of: PriceOf, now: datetime) -> Applied:
    """Write all corrections that are possible and not in the ledger yet. Raises LedgerError.

    May be repeated, and run in two processes at once: a call's correction always has the same id.
    """
    corrections = correctable(ledger.entries(), price_of)
    written = ledger.append_missing([replace(entry, recorded_at=now) for entry in corrections])
    return Applied(len(written), _cost(written))


def _cost(entries: Iterable[LedgerEntry]) -> Decimal:
    total = Decimal(0)
    for entry in entries:
        total = EXACT.add(total, entry.cost_usd or Decimal(0))
    return total


def _unpriced_calls(entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """Return calls of unknown cost without a correction; of a call that is in twice, its first row counts."""
    seen: set[str] = set()
    corrected: set[str] = set()
    unpriced = []
    for entry in entries:
        if entry.call.id in seen:
            continue
        seen.add(entry.call.id)
        if entry.call.purpose == "correction":
            corrected.add(entry.corrects)
        elif _lacks_only_a_price(entry):
            unpriced.append(entry)
    return [entry for entry in unpriced if entry.call.id not in corrected]


def _lacks_only_a_price(entry: LedgerEntry) -> bool:
    is_open = entry.call.purpose in CALL_PURPOSES and entry.cost_usd is None
    return is_open and not entry.note.startswith(IMPOSSIBLE)  # counts that no call can have
