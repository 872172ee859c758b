"""Tells the apps apart whose conversations can be read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chat.archive.foreign.chatgpt import is_of_chatgpt, read_chatgpt
from chat.archive.foreign.claude import is_of_claude, read_claude
from chat.archive.foreign.libre_chat import is_of_libre_chat, read_libre_chat
from chat.archive.foreign.message_tree import ForeignConversation, whole_of
from chat.archive.foreign.open_webui import is_of_open_webui, read_open_webui
from chat.store import WholeConversation


@dataclass(frozen=True, slots=True)
class _Kind:
    is_this: Callable[[Mapping[str, Any]], bool]
    read: Callable[[Mapping[str, Any]], ForeignConversation]


_KINDS = (
    _Kind(is_of_chatgpt, read_chatgpt),
    _Kind(is_of_claude, read_claude),
    _Kind(is_of_open_webui, read_open_webui),
    _Kind(is_of_libre_chat, read_libre_chat),
)


def read_foreign(
    value: Mapping[str, Any], user: str, now: datetime, made_id: Callable[[], str]
) -> WholeConversation | None:
    """Return the conversation that another app's JSON object holds, as this person's.

    None for an object that is no conversation of these apps. `made_id` gives the id of one that has none.
    Raises NotReadableError.
    """
    kind = next((each for each in _KINDS if each.is_this(value)), None)
    if kind is None:
        return None
    foreign = kind.read(value)
    return whole_of(replace(foreign, id=foreign.id or made_id()), user, now)
