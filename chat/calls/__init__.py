"""From a question to its end: what is asked, the reply under way, and what is written of it."""

from chat.calls.preparation import Preparation, Taken
from chat.calls.question import MOST_MODELS, Ask, known_message_id, models_asked
from chat.calls.records import RETRY_EVERY_S, Records
from chat.calls.runner import TurnRunner

__all__ = [
    "MOST_MODELS",
    "RETRY_EVERY_S",
    "Ask",
    "Preparation",
    "Records",
    "Taken",
    "TurnRunner",
    "known_message_id",
    "models_asked",
]
