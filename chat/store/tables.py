"""The tables of the database, and the statements that are too long to stand where they are used."""

from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, Text, select, update

from chat.store.rows import TURN_COLUMNS

_metadata = MetaData()
_CONVERSATION_COLUMNS = ("id", "username", "title", "updated_at", "current_turn_id")

CONVERSATIONS = Table("conversations", _metadata, *(Column(name, Text) for name in _CONVERSATION_COLUMNS))
TURNS = Table(
    "turns",
    _metadata,
    *(Column(name, Text) for name in (*TURN_COLUMNS, "pending_call", "instance")),
    Column("is_out", Integer),  # whether the pending call has been sent and may be billed
)


def owned(user: str, conversation_id: str) -> Any:
    """The conversation with this id, if it is the user's."""
    return select(CONVERSATIONS).where(
        CONVERSATIONS.c.id == conversation_id, CONVERSATIONS.c.username == user
    )


def pending(conversation_id: str) -> Any:
    """The turns of a conversation whose call is not known to be in the ledger."""
    has_call = TURNS.c.pending_call.is_not(None)
    return select(TURNS.c.id).where(has_call, TURNS.c.conversation_id == conversation_id)


def choosing(user: str, turn_id: str) -> Any:
    """Makes a turn the current one, where a turn of the same comparison is so now."""
    chosen, current = TURNS.alias(), TURNS.alias()
    compared = (
        select(chosen.c.id)
        .join(current, current.c.comparison_id == chosen.c.comparison_id)
        .where(chosen.c.id == turn_id, chosen.c.comparison_id != "")
        .where(chosen.c.conversation_id == CONVERSATIONS.c.id)
        .where(current.c.id == CONVERSATIONS.c.current_turn_id)
    )
    return (
        update(CONVERSATIONS)
        .where(CONVERSATIONS.c.username == user, compared.exists())
        .values(current_turn_id=turn_id)
    )
