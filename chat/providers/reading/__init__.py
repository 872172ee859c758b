"""Reads what endpoints answer: bytes become JSON values, these text, reasoning, counts, models."""

from chat.providers.reading.charges import charge_of_generation
from chat.providers.reading.event_stream import Event, events_of
from chat.providers.reading.model_inputs import inputs_by_name
from chat.providers.reading.model_list import models_listed
from chat.providers.reading.reply_reader import ReplyReader, error_in

__all__ = [
    "Event",
    "ReplyReader",
    "charge_of_generation",
    "error_in",
    "events_of",
    "inputs_by_name",
    "models_listed",
]
