"""Tokens, prices, money and periods: what they are, how they are read, and how they are written."""

from usage.units.endpoint import DEMO, LOCAL, UNKNOWN, Endpoint
from usage.units.money import (
    EXACT,
    AmountError,
    column_decimals,
    editable_usd,
    exact_text,
    exact_usd,
    format_amount,
    format_price,
    format_rate,
    format_tokens,
    format_usd,
    read_usd,
)
from usage.units.periods import PERIODS, Days, Period, day_group, days_in_month, days_of, month_at_this_rate
from usage.units.price import RATES, Price, PriceSteps, Rate, cost_of, free_price, plain, price_at, price_of
from usage.units.tokens import COUNT_LIMIT, TOKENS_PER_MTOK, TokenUsage

__all__ = [
    "COUNT_LIMIT",
    "DEMO",
    "EXACT",
    "LOCAL",
    "PERIODS",
    "RATES",
    "TOKENS_PER_MTOK",
    "UNKNOWN",
    "AmountError",
    "Days",
    "Endpoint",
    "Period",
    "Price",
    "PriceSteps",
    "Rate",
    "TokenUsage",
    "column_decimals",
    "cost_of",
    "day_group",
    "days_in_month",
    "days_of",
    "editable_usd",
    "exact_text",
    "exact_usd",
    "format_amount",
    "format_price",
    "format_rate",
    "format_tokens",
    "format_usd",
    "free_price",
    "month_at_this_rate",
    "plain",
    "price_at",
    "price_of",
    "read_usd",
]
