"""What calls cost by the token: own prices, the published list, and which of them holds for a call."""

from usage.prices.book import PriceBook, endpoint_of
from usage.prices.hosts import host_of
from usage.prices.late_prices import LatePrices
from usage.prices.model_names import chat_generation, is_chat_model, is_same_model, names_behind
from usage.prices.own_prices import OwnPrice, OwnPrices
from usage.prices.price_editing import remove_own_price, set_own_price
from usage.prices.price_fields import (
    PricesError,
    as_written,
    read_context_window,
    read_day,
    read_endpoint,
    read_rate,
    read_request_price,
)
from usage.prices.price_file import PriceFile
from usage.prices.price_updates import PriceUpdates
from usage.prices.published import PriceList

__all__ = [
    "LatePrices",
    "OwnPrice",
    "OwnPrices",
    "PriceBook",
    "PriceFile",
    "PriceList",
    "PriceUpdates",
    "PricesError",
    "as_written",
    "chat_generation",
    "endpoint_of",
    "host_of",
    "is_chat_model",
    "is_same_model",
    "names_behind",
    "read_context_window",
    "read_day",
    "read_endpoint",
    "read_rate",
    "read_request_price",
    "remove_own_price",
    "set_own_price",
]
