"""What a conversation is called in a table: a link for its owner, for others only that it is there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from html import escape
from urllib.parse import urlencode

_ID_SHOWN = 8


@dataclass(frozen=True, slots=True)
class ChatNames:
    """The titles of the reader's own conversations by id, and the ids of those of other people."""

    own: Mapping[str, str] = field(default_factory=dict)
    others: Collection[str] = frozenset()

    def text(self, conversation_id: str | None) -> str:
        """The title; of a conversation that is gone, or somebody else's, the beginning of its id."""
        if not conversation_id:
            return "–"
        if title := self.own.get(conversation_id):
            return title
        kind = "Another person’s" if conversation_id in self.others else "Deleted"
        return f"{kind} chat {_short(conversation_id)}"

    def html(self, conversation_id: str | None) -> str:
        """The same escaped, and a link where it can be opened."""
        name = escape(self.text(conversation_id))
        if conversation_id not in self.own:
            return name
        return f'<a href="?{escape(urlencode({"c": conversation_id}))}">{name}</a>'


def _short(conversation_id: str) -> str:
    shown = conversation_id[:_ID_SHOWN]
    return shown if shown == conversation_id else f"{shown}…"
