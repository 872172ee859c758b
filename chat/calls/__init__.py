"""From a question to its end: the question, the preparation, the reply under way, and its records."""

from chat.calls.attached_files import OwnFiles, require_taken
from chat.calls.caching import likely_cached
from chat.calls.preparation import Preparation
from chat.calls.question import (
    MOST_MODELS,
    Ask,
    checked_model,
    known_message_id,
    models_asked,
    still_waiting,
)
from chat.calls.records import RETRY_EVERY_S, Records
from chat.calls.runner import TurnRunner
from chat.calls.titles import TITLE_PARAMETERS, title_question

__all__ = [
    "MOST_MODELS",
    "RETRY_EVERY_S",
    "TITLE_PARAMETERS",
    "Ask",
    "OwnFiles",
    "Preparation",
    "Records",
    "TurnRunner",
    "checked_model",
    "known_message_id",
    "likely_cached",
    "models_asked",
    "require_taken",
    "still_waiting",
    "title_question",
]
