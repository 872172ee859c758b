"""Conversations as the page shows them: messages, receipts, and replies that grow."""

from chat.ui.messages.columns import ComparePanel
from chat.ui.messages.markup import FORMULAS, GrowingReplies
from chat.ui.messages.message_text import edited_text, message_route
from chat.ui.messages.notices import failure, page_state
from chat.ui.messages.shown_turns import is_being_finished, messages_of, turn_at

__all__ = [
    "FORMULAS",
    "ComparePanel",
    "GrowingReplies",
    "edited_text",
    "failure",
    "is_being_finished",
    "message_route",
    "messages_of",
    "page_state",
    "turn_at",
]
