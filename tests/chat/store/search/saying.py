"""Puts messages into a store for tests of search, and searches it."""

from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from chat.conversation import Turn
from chat.store import ConversationStore, Found, read_query
from tests.helpers.fakes import CALL, ENTRY, NOW, TURN, begin_turn


def say(
    store: ConversationStore,
    question: str,
    reply: str = "",
    *,
    id: str = "",  # noqa: A002 - the turn's
    chat: str = "",
    user: str = "ada",
    title: str = "A title",
    model: str = "gpt-6-luna",
    connection: str = "",
    at: datetime = NOW,
    parent_id: str | None = None,
) -> Turn:
    """Save a question and its reply; by themselves they are a conversation. Gives the turn as it ended."""
    turn_id = id or f"turn-{question[:20]}-{reply[:20]}"
    begun = replace(
        TURN,
        id=turn_id,
        conversation_id=chat or f"chat-{turn_id}",
        parent_id=parent_id,
        question=question,
        model=model,
        connection=connection,
        created_at=at,
    )
    call = replace(CALL, id=f"call-{turn_id}", turn_id=turn_id, user=user)
    begin_turn(store, begun, call, user=user, title=title)
    ended = replace(begun, status="completed", reply=reply, entry=replace(ENTRY, call=call))
    store.finish_turn(ended)
    return ended


def find(store: ConversationStore, typed: str, user: str = "ada", zone: tzinfo = UTC) -> tuple[Found, ...]:
    """Return what is found for what was typed."""
    return store.search(user, read_query(typed, zone))


def lines(store: ConversationStore, typed: str, user: str = "ada") -> list[str]:
    """Return the lines that are found, with their matches in brackets."""
    return [marked(each) for each in find(store, typed, user)]


def marked(found: Found) -> str:
    """Return a line with its matches in brackets."""
    shown, end = "", 0
    for begin, stop in found.marks:
        shown += f"{found.line[end:begin]}[{found.line[begin:stop]}]"
        end = stop
    return shown + found.line[end:]
