"""Turns and calls as columns of text, and back."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter

from chat.conversation import Turn
from usage.ledger import Call
from usage.units import Price

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
    values |= {name: json.loads(values[name]) for name in _JSON_COLUMNS}
    if values["entry"] and "call_id" in values["entry"]:
        values["entry"] = _nested(values["entry"])
    return _turns.validate_python(values)


def text_of_call(call: Call) -> str:
    """A call in one column."""
    return _calls.dump_json(call).decode()


def call_of(text: str) -> Call:
    """Return the call that a column holds."""
    values = json.loads(text)
    if "price_list" in values:  # left behind by a version that wrote the endpoint's two parts apart
        values["endpoint"] = {"host": values["endpoint"], "billed_by": values.pop("price_list")}
    return _calls.validate_python(values)


def _nested(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with its call and its price, which the version before wrote side by side."""
    call = {field.name: entry[field.name] for field in fields(Call) if field.name in entry}
    price = {field.name: entry[field.name] for field in fields(Price) if field.name in entry}
    return {
        **entry,
        "call": call | {"id": entry["call_id"], "endpoint": {"host": entry["endpoint"]}},
        "price": None if price["input_usd_per_mtok"] is None else price | {"source": entry["price_source"]},
    }
