"""How much is kept of temporary conversations, all of it in memory, and for how long."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from chat.conversation import Conversation
from chat.store.database import StoreError
from chat.store.schema import CONVERSATIONS, TURNS
from chat.store.search import forget_conversation
from texts import _

MOST_OF_A_PERSON = 10
KEPT_FOR = timedelta(hours=12)  # after the last message
MOST_CHARACTERS = 50_000_000  # of everybody's together
MOST_CHARACTERS_OF_A_PERSON = 10_000_000


def make_room(connection: Connection, conversation: Conversation, now: datetime) -> None:
    """Forget temporary conversations that are too old or too many, once something was added to this one.

    One with a reply under way stays. Raises StoreError where those that stay, this one too, fill the room.
    """
    id_, updated_at = CONVERSATIONS.c.id, CONVERSATIONS.c.updated_at
    under_way = select(TURNS.c.conversation_id).where(TURNS.c.pending_call.is_not(None))
    may_go = (id_ != conversation.id) & id_.not_in(under_way)
    own = (
        select(id_)
        .where(CONVERSATIONS.c.username == conversation.user, may_go)
        .order_by(updated_at.desc())
        .offset(MOST_OF_A_PERSON - 1)
    )
    old = select(id_).where(updated_at < (now - KEPT_FOR).isoformat(), may_go)
    for query in (own, old):
        for found in connection.execute(query).scalars().all():
            forget_conversation(connection, found)
            connection.execute(delete(CONVERSATIONS).where(id_ == found))
    sizes = (func.length(TURNS.c[name]) for name in ("question", "reply", "reasoning"))
    by_person = (
        select(CONVERSATIONS.c.username, func.sum(sum(sizes, start=0)).label("characters"))
        .join(CONVERSATIONS, CONVERSATIONS.c.id == TURNS.c.conversation_id)
        .group_by(CONVERSATIONS.c.username)
    )
    characters = {row.username: row.characters for row in connection.execute(by_person)}
    if characters.get(conversation.user, 0) > MOST_CHARACTERS_OF_A_PERSON:
        raise StoreError(_("Your temporary chats together are too long. Go on in a chat that is saved."))
    if sum(characters.values()) > MOST_CHARACTERS:
        raise StoreError(_("All temporary chats together are too long. Go on in a chat that is saved."))
