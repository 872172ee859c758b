"""Turns and calls as columns of text, and back."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter

from chat.conversation import Turn
from usage.ledger import Call

TURN_COLUMNS = tuple(field.name for field in fields(Turn))
_JSON_COLUMNS = ("parameters", "remarks", "entry")
_turns = TypeAdapter(Turn)
_calls = TypeAdapter(Call)


def row_of(turn: Turn) -> dict[str, Any]:
    """A turn's columns."""
    values: dict[str, Any] = _turns.dump_python(turn, mode="json")
    return values | {name: json.dumps(values[name]) for name in _JSON_COLUMNS}


def turn_of(row: Mapping[str, Any]) -> Turn:
    """The turn that a row holds, whatever columns of others are in it too."""
    values = {name: row[name] for name in TURN_COLUMNS}
    return _turns.validate_python(values | {name: json.loads(values[name]) for name in _JSON_COLUMNS})


def text_of_call(call: Call) -> str:
    """A call in one column."""
    return _calls.dump_json(call).decode()


def call_of(text: str) -> Call:
    """Return the call that a column holds."""
    values = json.loads(text)
    if "price_list" in values:  # left behind by a version that wrote the endpoint's two parts apart
        values["endpoint"] = {"host": values["endpoint"], "billed_by": values.pop("price_list")}
    return _calls.validate_python(values)
