"""From a question to its end: the question, the preparation, the reply under way, and its records."""

from chat.calls.attached_files import OwnFiles, require_taken
from chat.calls.caching import likely_cached, loses_cache
from chat.calls.preparation import Preparation
from chat.calls.question import (
    MOST_MODELS,
    MOST_OF_SUMMARY,
    SUMMARY_QUESTION,
    Ask,
    Counter,
    checked_model,
    known_message_id,
    models_asked,
    still_waiting,
    summary_parameters,
    turn_tokens,
)
from chat.calls.records import RETRY_EVERY_S, Records
from chat.calls.runner import TurnRunner
from chat.calls.running_turn import whole_characters
from chat.calls.titles import TITLE_PARAMETERS, title_question

__all__ = [
    "MOST_MODELS",
    "MOST_OF_SUMMARY",
    "RETRY_EVERY_S",
    "SUMMARY_QUESTION",
    "TITLE_PARAMETERS",
    "Ask",
    "Counter",
    "OwnFiles",
    "Preparation",
    "Records",
    "TurnRunner",
    "checked_model",
    "known_message_id",
    "likely_cached",
    "loses_cache",
    "models_asked",
    "require_taken",
    "still_waiting",
    "summary_parameters",
    "title_question",
    "turn_tokens",
    "whole_characters",
]
