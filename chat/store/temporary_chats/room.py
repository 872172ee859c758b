"""How much is kept of temporary conversations, all of it in memory, and for how long."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select

from chat.conversation import Conversation
from chat.store.database import StoreError
from chat.store.schema import CONVERSATIONS, TURNS
from chat.store.search import forget_conversation
from texts import _

MOST_OF_A_PERSON = 10
KEPT_FOR = timedelta(hours=12)  # after the last message
MOST_CHARACTERS = 50_000_000  # of everybody's together
MOST_CHARACTERS_OF_A_PERSON = 10_000_000

_MAY_GO = CONVERSATIONS.c.id.not_in(
    select(TURNS.c.conversation_id).where(TURNS.c.pending_call.is_not(None))
)  # no reply is under way there


def make_room(connection: Connection, conversation: Conversation, now: datetime) -> None:
    """Forget temporary conversations that are too old or too many, once something was added to this one.

    One with a reply under way stays. Raises StoreError where those that stay, this one too, fill the room.
    """
    forget_old(connection, now)
    own = (
        select(CONVERSATIONS.c.id)
        .where(CONVERSATIONS.c.username == conversation.user, CONVERSATIONS.c.id != conversation.id, _MAY_GO)
        .order_by(CONVERSATIONS.c.updated_at.desc())
        .offset(MOST_OF_A_PERSON - 1)
    )
    _forget(connection, own)
    characters = _characters_by_person(connection)
    if characters.get(conversation.user, 0) > MOST_CHARACTERS_OF_A_PERSON:
        raise StoreError(
            _(
                "Your temporary chats have reached their size limit. Delete one, or start a chat that is "
                "saved."
            )
        )
    if sum(characters.values()) > MOST_CHARACTERS:
        raise StoreError(_("Tally has no room left for temporary chats. Start a chat that is saved."))


def forget_old(connection: Connection, now: datetime) -> None:
    """Forget temporary conversations that nobody has written in for long, unless a reply is under way."""
    is_old = CONVERSATIONS.c.updated_at < (now - KEPT_FOR).isoformat()
    _forget(connection, select(CONVERSATIONS.c.id).where(is_old, _MAY_GO))


def _forget(connection: Connection, ids: Select[Any]) -> None:
    for found in connection.execute(ids).scalars().all():
        forget_conversation(connection, found)
        connection.execute(delete(CONVERSATIONS).where(CONVERSATIONS.c.id == found))


def _characters_by_person(connection: Connection) -> dict[str, int]:
    """Count what is kept: of turns all that may be long, system prompts too, and what waits to be sent."""
    sizes = (func.length(TURNS.c[name]) for name in ("question", "reply", "reasoning", "parameters"))
    of_turns = (
        select(TURNS.c.conversation_id, func.sum(sum(sizes, start=0)).label("characters"))
        .group_by(TURNS.c.conversation_id)
        .subquery()
    )
    of_waiting = func.coalesce(func.length(CONVERSATIONS.c.waiting), 0)
    by_person = (
        select(CONVERSATIONS.c.username, func.sum(of_turns.c.characters + of_waiting).label("characters"))
        .join(of_turns, of_turns.c.conversation_id == CONVERSATIONS.c.id)
        .group_by(CONVERSATIONS.c.username)
    )
    return {row.username: row.characters for row in connection.execute(by_person)}
