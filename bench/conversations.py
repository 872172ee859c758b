"""Puts conversations of any length into Tally's store, as if they had been held."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from chat.completion import Parameters
from chat.conversation import Turn
from chat.store import ConversationStore
from usage.ledger import LedgerEntry
from usage.meter import Call
from usage.tokens import TokenUsage

CHARACTERS = 1600
SENTENCE = "A window function computes over a set of rows related to the current one. "
LAST = "This is the last reply."
USER = "local"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A conversation of messages of 1,600 characters, held with the model that the page goes on with."""

    id: str
    messages: int
    model: str


def seed(data_dir: Path, conversations: Iterable[Earlier]) -> None:
    """Store these conversations in a data folder."""
    data_dir.mkdir(parents=True, exist_ok=True)
    store = ConversationStore(f"sqlite:///{data_dir / 'tally.db'}")
    for conversation in conversations:
        for number in range(conversation.messages // 2):
            _add_turn(store, conversation, number)
    store.close()


def _add_turn(store: ConversationStore, conversation: Earlier, number: int) -> None:
    text = (SENTENCE * (CHARACTERS // len(SENTENCE) + 1))[:CHARACTERS]
    is_last = number == conversation.messages // 2 - 1
    turn = Turn(
        id=f"{conversation.id}-{number}",
        conversation_id=conversation.id,
        parent_id=f"{conversation.id}-{number - 1}" if number else None,
        question=text,
        model=conversation.model,
        parameters=Parameters(),
        created_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number),
    )
    call = _call(turn)
    store.add_turn(USER, conversation.id, turn, call, "bench")
    reply = f"{text}\n\n{LAST}" if is_last else text
    store.finish_turn(replace(turn, status="completed", reply=reply, entry=_entry(call)))


def _call(turn: Turn) -> Call:
    return Call(
        id=f"call-{turn.id}",
        started_at=turn.created_at,
        user=USER,
        conversation_id=turn.conversation_id,
        turn_id=turn.id,
        purpose="reply",
        endpoint="127.0.0.1",
        price_list="local",
        key_owner="app",
        model=turn.model,
    )


def _entry(call: Call) -> LedgerEntry:
    return LedgerEntry(
        call_id=call.id,
        started_at=call.started_at,
        user=call.user,
        conversation_id=call.conversation_id,
        turn_id=call.turn_id,
        purpose=call.purpose,
        endpoint=call.endpoint,
        key_owner=call.key_owner,
        model=call.model,
        resolved_model=None,
        status="completed",
        usage=TokenUsage(input=1234, output=400),
        usage_source="reported",
        input_usd_per_mtok=Decimal(0),
        cached_input_usd_per_mtok=Decimal(0),
        output_usd_per_mtok=Decimal(0),
        price_source="local",
        cost_usd=Decimal(0),
        first_token_ms=100,
        duration_ms=2000,
    )
