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
from usage.forecast.image_tokens import (
    Detail,
    ImageTokens,
    image_tokens,
    page_tokens,
    sees_pictures,
    takes_original,
)
from usage.forecast.price_changes import PriceChange, PriceStep, price_change
from usage.forecast.prompt import Document, Image, Message, Part, Prompt, Role, Text
from usage.forecast.tokenizer import TokenCount, Tokenizer
from usage.forecast.worst_case import WorstCase, longest_reply, worst_case

__all__ = [
    "CachedPrompt",
    "Detail",
    "Document",
    "Forecast",
    "Image",
    "ImageTokens",
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
    "image_tokens",
    "longest_reply",
    "page_tokens",
    "price_change",
    "sees_pictures",
    "sum_of",
    "takes_original",
    "with_reply",
    "worst_case",
]
