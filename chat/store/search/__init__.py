"""Search: what is looked for, the index of words, and what is found."""

from chat.store.search.finding import MOST_FOUND, Found, find
from chat.store.search.search_index import (
    forget_conversation,
    index_reply,
    index_title,
    index_turns,
    is_behind,
    make_index,
)
from chat.store.search.search_query import SearchQuery, read_query
from chat.store.search.upkeep import SearchUpkeep

__all__ = [
    "MOST_FOUND",
    "Found",
    "SearchQuery",
    "SearchUpkeep",
    "find",
    "forget_conversation",
    "index_reply",
    "index_title",
    "index_turns",
    "is_behind",
    "make_index",
    "read_query",
]
