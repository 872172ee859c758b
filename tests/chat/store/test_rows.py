"""Calls in a column of text, as this version writes them and as the one before it did."""

from dataclasses import replace

from chat.store.rows import call_of, text_of_call
from tests.helpers.fakes import CALL
from usage.units import Endpoint

SENT = replace(
    CALL,
    endpoint=Endpoint("gateway.example", "openai"),
    estimated_input_tokens=12,
    history_tokens=3,
    most_output_tokens=100,
)
OF_THE_VERSION_BEFORE = (
    '{"id":"call-1","started_at":"2026-11-22T10:30:00Z","user":"ada","conversation_id":"conversation-1",'
    '"turn_id":"turn-1","purpose":"reply","endpoint":"gateway.example","price_list":"openai",'
    '"key_owner":"app","model":"priced","estimated_input_tokens":12,"history_tokens":3,'
    '"most_output_tokens":100}'
)


def test_a_call_is_read_as_it_was_written() -> None:
    assert call_of(text_of_call(SENT)) == SENT


def test_a_call_that_the_version_before_left_under_way_is_read() -> None:
    assert call_of(OF_THE_VERSION_BEFORE) == SENT
