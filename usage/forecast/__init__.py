"""What a call will cost, worked out before it is made."""

from usage.forecast.forecast import (
    CachedPrompt,
    Forecast,
    OtherModel,
    ReplyLengths,
    forecast_of,
    sum_of,
    with_reply,
)
from usage.forecast.price_changes import PriceChange, PriceStep, price_change
from usage.forecast.prompt import Detail, Document, Image, Message, Part, Prompt, Role, Text
from usage.forecast.tokenizer import TokenCount, Tokenizer
from usage.forecast.worst_case import WorstCase, longest_reply, worst_case

__all__ = [
    "CachedPrompt",
    "Detail",
    "Document",
    "Forecast",
    "Image",
    "Message",
    "OtherModel",
    "Part",
    "PriceChange",
    "PriceStep",
    "Prompt",
    "ReplyLengths",
    "Role",
    "Text",
    "TokenCount",
    "Tokenizer",
    "WorstCase",
    "forecast_of",
    "longest_reply",
    "price_change",
    "sum_of",
    "with_reply",
    "worst_case",
]
