"""Prices: which list is in force, calls that are still without a price, and own prices."""

from usage.ui.prices.prices_view import create_prices

__all__ = [
    "create_prices",
]
