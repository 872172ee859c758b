"""Gives calls of unknown price their cost once it is known: by entries of its own, never by rewriting."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from usage.ledger import CALL_PURPOSES, IMPOSSIBLE, Ledger, LedgerEntry, correction_id
from usage.units import EXACT, Price, TokenUsage, cost_of

PriceOf = Callable[[LedgerEntry], Price | None]


@dataclass(frozen=True, slots=True)
class Applied:
    """How many calls got their cost, and the exact sum of it in USD."""

    count: int
    usd: Decimal


def correctable(entries: Iterable[LedgerEntry], price_of: PriceOf) -> list[LedgerEntry]:
    """The corrections that are possible now, one for each call, still without the time of their recording.

    Reads all entries once. `price_of` is asked for the price that a call was charged at when it was made,
    and says None where it is not known either.
    """
    corrections = []
    for call in _unpriced_calls(entries):
        price = price_of(call)
        cost = cost_of(price, call.usage) if price else None
        if price and cost is not None:
            corrections.append(_correction(call, price, cost))
    return corrections


def apply(ledger: Ledger, entries: Iterable[LedgerEntry], price_of: PriceOf, now: datetime) -> Applied:
    """Write all corrections that are possible and not in the ledger yet. Raises LedgerError.

    May be repeated, and run in two processes at once: a call's correction always has the same id.
    """
    corrections = [replace(entry, recorded_at=now) for entry in correctable(entries, price_of)]
    written = ledger.append_missing(corrections)
    total = Decimal(0)
    for entry in written:
        total = EXACT.add(total, entry.cost_usd or Decimal(0))
    return Applied(len(written), total)


def _unpriced_calls(entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """Calls of unknown cost without a correction; of a call that is in twice, its first row counts."""
    seen: set[str] = set()
    corrected: set[str] = set()
    unpriced = []
    for entry in entries:
        if entry.call.id in seen:
            continue
        seen.add(entry.call.id)
        if entry.call.purpose == "correction":
            corrected.add(entry.corrects)
        elif _lacks_cost(entry):
            unpriced.append(entry)
    return [entry for entry in unpriced if entry.call.id not in corrected]


def _lacks_cost(entry: LedgerEntry) -> bool:
    """Whether a price is all that is missing: counts that no call can have are not believed."""
    is_open = entry.call.purpose in CALL_PURPOSES and entry.cost_usd is None
    return is_open and not entry.note.startswith(IMPOSSIBLE)


def _correction(entry: LedgerEntry, price: Price, cost_usd: Decimal) -> LedgerEntry:
    """Return what the call lacks, on the call's day; its tokens and times are in its own row already."""
    call = replace(
        entry.call,
        id=correction_id(entry.call.id),
        purpose="correction",
        estimated_input_tokens=None,
        history_tokens=None,
    )
    return replace(
        entry,
        call=call,
        usage=TokenUsage(),
        price=price,
        cost_usd=cost_usd,
        first_token_ms=None,
        duration_ms=None,
        note="",
        corrects=entry.call.id,
    )
