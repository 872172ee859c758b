"""Keeps the messages that wait for the end of a reply, each with its conversation."""

import json
from collections.abc import Sequence

from pydantic import TypeAdapter
from sqlalchemy import select, update

from chat.conversation import Attachment, WaitingMessage
from chat.store.database import Database, StoreError
from chat.store.schema import CONVERSATIONS, owned_by
from texts import _

MOST_WAITING = 50  # in one conversation
MOST_CHARACTERS = 1_000_000  # of all that wait in one conversation

_attachments = TypeAdapter(tuple[Attachment, ...])


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
        """Add messages to what waits, or take those out that come empty; return what waits then.

        In a conversation that is not the user's nothing waits. A message that waits already stays as it is.
        Raises StoreError too when it is too much.
        """
        here = (CONVERSATIONS.c.id == conversation_id) & owned_by(user)
        with self._database.of(conversation_id).writing() as connection:
            row = connection.execute(select(CONVERSATIONS.c.waiting).where(here).with_for_update()).first()
            if row is None:
                return ()
            waiting = {each.id: each for each in waiting_of(row.waiting)}
            for each in changes:
                if each.text or each.attachments:
                    waiting.setdefault(each.id, each)
                else:
                    waiting.pop(each.id, None)
            written = waiting_json([*waiting.values()]) if waiting else None
            if len(waiting) > MOST_WAITING or len(written or "") > MOST_CHARACTERS:
                raise StoreError(
                    _("Too many messages are waiting in this chat. Send or remove some of them first.")
                )
            connection.execute(update(CONVERSATIONS).where(here).values(waiting=written))
        return tuple(waiting.values())


def waiting_of(written: str | None) -> tuple[WaitingMessage, ...]:
    """Return the messages that a column holds."""
    return tuple(
        WaitingMessage(id_, text, _attachments.validate_python(*attachments or [()]))
        for id_, text, *attachments in json.loads(written or "[]")
    )


def waiting_json(waiting: Sequence[WaitingMessage]) -> str:
    """Return messages as a column holds them, and as the page's script reads them."""
    # A text may hold half a character, which only JSON in ASCII takes.
    return json.dumps([(id_, text, _attachments.dump_python(files)) for id_, text, files in waiting])
