"""What people have paid for a shared key: the entries that say so."""

from datetime import datetime
from decimal import Decimal

from texts import _
from usage.ledger import Call, LedgerEntry
from usage.units import Endpoint

# What a row can hold: fifteen digits before the point and twelve after it.
_LIMIT_USD = Decimal(10) ** 15
_DECIMALS = 12


def settle_entry(user: str, usd: Decimal, now: datetime, new_id: str) -> LedgerEntry:
    """Return the entry that says this person has paid this much now (UTC). It costs nothing and is no call.

    Raises ValueError, its text fit to show, unless the amount is positive and a row can hold all of it.
    """
    if not (usd.is_finite() and 0 < usd < _LIMIT_USD and usd == round(usd, _DECIMALS)):
        text = _("{usd} is not a payment: expected more than 0 USD, with at most {most} decimals.")
        raise ValueError(text.format(usd=usd, most=_DECIMALS))
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
        cost_usd=Decimal(0),
        settled_usd=usd,
        recorded_at=now,
    )
