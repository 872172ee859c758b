"""Puts conversations into the store of a running app, as if they had been held."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from chat.conversation import Conversation, Turn
from chat.store import ConversationStore
from tests.helpers.fakes import CALL, ENTRY, TURN
from usage.ledger import LOCAL_USER, Call, LedgerEntry
from usage.units import Endpoint, free_price

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def store_conversation(
    data_dir: Path,
    title: str,
    said: list[tuple[str, str]],
    *,
    model: str = "earlier",
    conversation_id: str = "",
    **ending: Any,
) -> str:
    """Store a conversation of these questions and replies; returns its id.

    `ending` is what else became of each turn, such as `reasoning`.
    """
    conversation_id = conversation_id or title.lower().replace(" ", "-")
    store = ConversationStore(f"sqlite:///{data_dir / 'tally.db'}")
    conversation = Conversation(id=conversation_id, user=LOCAL_USER, title=title)
    for number, (question, reply) in enumerate(said):
        turn = _turn(conversation_id, conversation.current_turn_id, number, question, model)
        call = _call(turn)
        store.add_turns(conversation.followed_by([turn]), [call], "an earlier run")
        ended: dict[str, Any] = {"status": "completed", "reply": reply, "entry": _entry(call), **ending}
        conversation = conversation.followed_by([replace(turn, **ended)])
        store.finish_turn(conversation.turns[-1])
    store.close()
    return conversation_id


def store_comparison(data_dir: Path, title: str, replies: dict[str, str], *, reasoning: str = "") -> str:
    """Store a conversation of one question that was put to these models; returns its id."""
    conversation_id = title.lower().replace(" ", "-")
    turns = [
        replace(
            _turn(conversation_id, None, number, title, model), comparison_id=f"comparison-{conversation_id}"
        )
        for number, model in enumerate(replies)
    ]
    calls = [_call(turn) for turn in turns]
    store = ConversationStore(f"sqlite:///{data_dir / 'tally.db'}")
    conversation = Conversation(id=conversation_id, user=LOCAL_USER, title=title)
    store.add_turns(conversation.followed_by(turns), calls, "an earlier run")
    for turn, call in zip(turns, calls, strict=True):
        ended = replace(turn, status="completed", reply=replies[turn.model], entry=_entry(call))
        store.finish_turn(replace(ended, reasoning=reasoning))
    store.close()
    return conversation_id


def _turn(conversation_id: str, parent_id: str | None, number: int, question: str, model: str) -> Turn:
    return replace(
        TURN,
        id=f"{conversation_id}-{number}",
        conversation_id=conversation_id,
        parent_id=parent_id,
        question=question,
        model=model,
        created_at=BEGAN + timedelta(minutes=number),
    )


def _call(turn: Turn) -> Call:
    return replace(
        CALL,
        id=f"call-{turn.id}",
        started_at=turn.created_at,
        user=LOCAL_USER,
        conversation_id=turn.conversation_id,
        turn_id=turn.id,
        endpoint=Endpoint("127.0.0.1", "local"),
        model=turn.model,
    )


def _entry(call: Call) -> LedgerEntry:
    return replace(ENTRY, call=call, price=free_price("local"), cost_usd=Decimal(0))
