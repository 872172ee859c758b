"""What calls cost by the token: own prices, the published list, and which price holds for a call."""

from usage.prices.book import LatePrices, PriceBook, PricesOfAnswer
from usage.prices.hosts import billers, endpoint_of, host_of, is_local_host
from usage.prices.model_choice import chat_generation, is_chat_model, is_same_model, names_behind
from usage.prices.own_prices import OWN_PRICES, OwnPrice, OwnPrices
from usage.prices.price_editing import remove_own_price, set_own_price
from usage.prices.price_fields import FIELDS, SAME_AS, PriceField, PricesError, read_day
from usage.prices.price_file import PriceFile, WatchedFile, replace_file
from usage.prices.price_updates import PriceUpdates
from usage.prices.published import ASKED_TIERS, PriceList, tier_name

__all__ = [
    "ASKED_TIERS",
    "FIELDS",
    "OWN_PRICES",
    "SAME_AS",
    "LatePrices",
    "OwnPrice",
    "OwnPrices",
    "PriceBook",
    "PriceField",
    "PriceFile",
    "PriceList",
    "PriceUpdates",
    "PricesError",
    "PricesOfAnswer",
    "WatchedFile",
    "billers",
    "chat_generation",
    "endpoint_of",
    "host_of",
    "is_chat_model",
    "is_local_host",
    "is_same_model",
    "names_behind",
    "read_day",
    "remove_own_price",
    "replace_file",
    "set_own_price",
    "tier_name",
]
