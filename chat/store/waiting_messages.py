"""Keeps the messages that wait for the end of a reply, each with its conversation."""

import json
from collections.abc import Sequence

from sqlalchemy import select, update

from chat.conversation import WaitingMessage
from chat.store.database import Database, StoreError
from chat.store.schema import CONVERSATIONS, owned_by
from texts import _

MOST_WAITING = 50  # in one conversation
MOST_CHARACTERS = 1_000_000  # of all that wait in one conversation


class WaitingMessages:
    """What waits in people's conversations, in the order in which it is to be sent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, user: str, conversation_id: str) -> tuple[WaitingMessage, ...]:
        """Return what waits in one of the user's conversations; nothing where there is none of that id."""
        here = (CONVERSATIONS.c.id == conversation_id) & owned_by(user)
        with self._database.of(conversation_id).reading() as connection:
            return waiting_of(connection.execute(select(CONVERSATIONS.c.waiting).where(here)).scalar())

    def change(
        self, user: str, conversation_id: str, changes: Sequence[WaitingMessage]
    ) -> tuple[WaitingMessage, ...]:
        """Add messages to what waits, or take those out that come without a text; return what waits then.

        In a conversation that is not the user's nothing waits. A message that waits already stays as it is.
        Raises StoreError too when it is too much.
        """
        here = (CONVERSATIONS.c.id == conversation_id) & owned_by(user)
        with self._database.of(conversation_id).writing() as connection:
            row = connection.execute(select(CONVERSATIONS.c.waiting).where(here).with_for_update()).first()
            if row is None:
                return ()
            texts = dict(waiting_of(row.waiting))
            for id_, text in changes:
                if text:
                    texts.setdefault(id_, text)
                else:
                    texts.pop(id_, None)
            if len(texts) > MOST_WAITING or sum(map(len, texts.values())) > MOST_CHARACTERS:
                raise StoreError(
                    _("Too many messages are waiting in this chat. Send or remove some of them first.")
                )
            written = json.dumps([*texts.items()]) if texts else None
            connection.execute(update(CONVERSATIONS).where(here).values(waiting=written))
        return tuple(WaitingMessage(*each) for each in texts.items())


def waiting_of(written: str | None) -> tuple[WaitingMessage, ...]:
    """Return the messages that a column holds."""
    return tuple(WaitingMessage(*each) for each in json.loads(written or "[]"))
