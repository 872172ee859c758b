"""What people have paid for a shared key: the entries that say so, and the balance that is left."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from usage.ledger import CALL_PURPOSES, Call, LedgerEntry
from usage.units import EXACT, Endpoint

_NOTHING = Decimal(0)
# What a row can hold: fifteen digits before the point and twelve after it.
_LIMIT_USD = Decimal(10) ** 15
_DECIMALS = 12


@dataclass(frozen=True, slots=True)
class Balance:
    """What a person still owes in USD, below 0 when too much was paid; and how many calls are not in it."""

    usd: Decimal
    unknown_price_calls: int


def settle_entry(user: str, usd: Decimal, now: datetime, new_id: str) -> LedgerEntry:
    """The entry that says this person has paid this much now (UTC). Costs nothing and is no call.

    Raises ValueError, its text fit to show, unless the amount is positive and a row can hold all of it.
    """
    if not (usd.is_finite() and 0 < usd < _LIMIT_USD and usd == round(usd, _DECIMALS)):
        raise ValueError(
            f"{usd} is no amount to settle: expected more than 0 USD, with {_DECIMALS} decimals at most."
        )
    return LedgerEntry(
        call=Call(
            id=new_id,
            started_at=now,
            user=user,
            conversation_id="",
            turn_id="",
            purpose="settlement",
            endpoint=Endpoint(""),
            key_owner="app",
            model="",
        ),
        status="completed",
        usage_source="none",
        price=None,
        cost_usd=_NOTHING,
        settled_usd=usd,
        recorded_at=now,
    )


def balance(entries: Iterable[LedgerEntry], user: str) -> Balance:
    """What a person owes for the shared key, by the whole ledger.

    The cost of all calls with the app's key, corrections among them, less all that was settled. Calls with
    the person's own key are paid by that person in any case. Of entries that are in twice, the first counts.
    """
    usd = _NOTHING
    seen: set[str] = set()
    unpriced: set[str] = set()
    corrected: set[str] = set()
    for entry in entries:
        if entry.call.user != user or entry.call.key_owner != "app" or entry.call.id in seen:
            continue
        seen.add(entry.call.id)
        usd = EXACT.add(usd, entry.cost_usd or _NOTHING)
        usd = EXACT.subtract(usd, entry.settled_usd or _NOTHING)
        if entry.call.purpose in CALL_PURPOSES and entry.cost_usd is None:
            unpriced.add(entry.call.id)
        corrected.add(entry.corrects)
    return Balance(usd, len(unpriced - corrected))
