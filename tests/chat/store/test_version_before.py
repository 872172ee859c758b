"""Calls and entries in columns of text, as this version writes them and as the one before it did."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chat.providers import Parameters
from chat.store.schema import TURN_COLUMNS, call_of, row_of, text_of_call, turn_of
from tests.helpers.fakes import CALL, ENTRY, TURN
from usage.ledger import LedgerEntry
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


TEXT_OF_ENTRY = (
    '{"call_id": "call-1", "started_at": "2026-11-22T10:30:00Z", "user": "ada", '
    '"conversation_id": "conversation-1", "turn_id": "turn-1", "purpose": "reply", '
    '"endpoint": "api.example.com", "key_owner": "app", "model": "priced", "resolved_model": null, '
    '"status": "completed", "usage": {"input": 100, "cached_input": null, "cache_write": null, '
    '"output": 10, "reasoning": null}, "usage_source": "reported", "input_usd_per_mtok": "1", '
    '"cached_input_usd_per_mtok": "1", "output_usd_per_mtok": "10", "price_source": "prices.toml", '
    '"cost_usd": "0.0002", "first_token_ms": 120, "duration_ms": 900, "service_tier": null, '
    '"cache_write_usd_per_mtok": "1", "reasoning_usd_per_mtok": null, "per_request_usd": "0", '
    '"estimated_input_tokens": null, "history_tokens": null, "note": "", "corrects": "", '
    '"settled_usd": null, "recorded_at": null}'
)
RATES = [name for name in json.loads(TEXT_OF_ENTRY) if "_usd_per_" in name]
TEXT_WITHOUT_PRICE = json.dumps(
    json.loads(TEXT_OF_ENTRY)
    | dict.fromkeys([*RATES, "per_request_usd", "cost_usd"])
    | {"price_source": "unknown", "note": "fate unknown: x"}
)
OLD_ENTRY = replace(ENTRY, cost_source=None)
UNPRICED = replace(OLD_ENTRY, price=None, cost_usd=None, note="fate unknown: x")


def columns(row: dict[str, Any]) -> list[Any]:
    """The columns in the order in which they are read."""
    return [row[column.name] for column in TURN_COLUMNS]


@pytest.mark.parametrize("entry", [ENTRY, UNPRICED, None])
def test_a_turn_is_read_as_it_was_written(entry: LedgerEntry | None) -> None:
    turn = replace(TURN, status="completed", reply="Because.", entry=entry)
    assert turn_of(columns(row_of(turn))) == turn


@pytest.mark.parametrize(("text", "entry"), [(TEXT_OF_ENTRY, OLD_ENTRY), (TEXT_WITHOUT_PRICE, UNPRICED)])
def test_the_entry_of_a_turn_of_the_version_before_is_read(text: str, entry: LedgerEntry) -> None:
    row = row_of(replace(TURN, status="completed")) | {"entry": text}
    assert turn_of(columns(row)).entry == entry


def test_the_parameters_of_a_turn_that_knew_no_service_tier_are_read() -> None:
    turn = replace(TURN, parameters=Parameters(temperature=0.2, stop=("END",)))
    row = row_of(turn)
    written = json.loads(row["parameters"])
    assert written.pop("service_tier", "left out") is None
    assert turn_of(columns(row | {"parameters": json.dumps(written)})) == turn
