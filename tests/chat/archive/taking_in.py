"""How tests of the archive take something in, and look at what is there then."""

import io
import json
from typing import Any

from chat.archive import Import, ImportResult, NotImportableError, found_in
from chat.conversation import Conversation, Turn
from chat.store import ConversationStore, WholeConversation, WholeConversations
from tests.helpers.fakes import NOW


def take_in(
    store: ConversationStore, content: Any, user: str = "ada", name: str = "export.json"
) -> ImportResult:
    """Import bytes, or anything else as JSON, and return the result."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    importing = Import(WholeConversations(store.database), user, NOW)
    try:
        for _progress in importing.run(found_in(io.BytesIO(raw), name)):
            pass
    except NotImportableError as exc:
        importing.result.fail(name, str(exc))
    return importing.result


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    """Return how many came in, grew, were there already, and failed."""
    return result.came_in, result.grown, result.already, result.failed


def kept(store: ConversationStore, user: str = "ada") -> list[WholeConversation]:
    """Return all conversations of a person."""
    return [*WholeConversations(store.database).all(user)]


def the_only(store: ConversationStore, user: str = "ada") -> Conversation:
    """Return the one conversation that a person has."""
    [whole] = kept(store, user)
    return whole.conversation


def said(turns: tuple[Turn, ...]) -> list[tuple[str, str]]:
    """Return the questions and replies of turns."""
    return [(turn.question, turn.reply) for turn in turns]
