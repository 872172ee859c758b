"""What a call will cost, worked out before it is made."""

from usage.forecast.forecast import Elsewhere, Outlook, ReplyLengths, outlook, sum_of, with_reply
from usage.forecast.tokenizer import TokenCount, Tokenizer
from usage.forecast.worst_case import LONGEST_REPLY_TOKENS, WorstCase, most_tokens, worst_case

__all__ = [
    "LONGEST_REPLY_TOKENS",
    "Elsewhere",
    "Outlook",
    "ReplyLengths",
    "TokenCount",
    "Tokenizer",
    "WorstCase",
    "most_tokens",
    "outlook",
    "sum_of",
    "with_reply",
    "worst_case",
]
