"""Conversations as the page shows them: messages, receipts, and replies that grow."""

from chat.markup import FORMULAS, GrowingReplies
from chat.ui.messages.attachments import RefusedUploadError, file_routes, read_attached, received
from chat.ui.messages.columns import ComparePanel
from chat.ui.messages.event_data import data_of, texts_in, texts_of
from chat.ui.messages.message_text import edited_text, message_route
from chat.ui.messages.notices import failure, page_state
from chat.ui.messages.plain import TimeOfDay, said_at
from chat.ui.messages.shown_turns import (
    ChatbotMessage,
    is_being_finished,
    messages_of,
    question_message,
    turn_at,
)
from chat.ui.messages.versions import versions_html
from chat.ui.messages.welcome import state_before, state_now, welcome

__all__ = [
    "FORMULAS",
    "ChatbotMessage",
    "ComparePanel",
    "GrowingReplies",
    "RefusedUploadError",
    "TimeOfDay",
    "data_of",
    "edited_text",
    "failure",
    "file_routes",
    "is_being_finished",
    "message_route",
    "messages_of",
    "page_state",
    "question_message",
    "read_attached",
    "received",
    "said_at",
    "state_before",
    "state_now",
    "texts_in",
    "texts_of",
    "turn_at",
    "versions_html",
    "welcome",
]
