"""Prices that a person gives."""

from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from usage.prices import OwnPrice

Amount: TypeAlias = str | int | Decimal


def own_price(
    input_usd_per_mtok: Amount, output_usd_per_mtok: Amount, day: date | None = None, **others: Any
) -> OwnPrice:
    """Return an own price from this day on; `others` are named as in the file, None is left out."""
    rates = {"input_usd_per_mtok": input_usd_per_mtok, "output_usd_per_mtok": output_usd_per_mtok}
    values = {**rates, "from": day, **others}
    return OwnPrice(
        {
            name: Decimal(value) if "usd" in name else value
            for name, value in values.items()
            if value is not None
        }
    )
