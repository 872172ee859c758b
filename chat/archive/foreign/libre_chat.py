"""Conversations as LibreChat exports them: messages with their parents, in a list or within each other."""

from collections.abc import Iterator, Mapping
from typing import Any

from chat.archive.foreign.loosely import (
    files_in,
    in_brackets,
    joined,
    list_in,
    moment_in,
    object_in,
    text_in,
)
from chat.archive.foreign.message_tree import ForeignConversation, Message, id_at, in_a_row
from texts import _


def is_of_libre_chat(value: Mapping[str, Any]) -> bool:
    """Return whether this is a conversation out of LibreChat's export."""
    lists = value.get("messages"), value.get("messagesTree")
    return "conversationId" in value and any(isinstance(each, list) for each in lists)


def read_libre_chat(value: Mapping[str, Any]) -> ForeignConversation:
    """Return a conversation of LibreChat's."""
    options = object_in(value.get("options"))
    listed = list_in(value.get("messagesTree")) or list_in(value.get("messages"))
    messages = [*_messages(listed)]
    if not any(each.parent for each in messages):
        messages = in_a_row(messages)
    return ForeignConversation(
        app="LibreChat",
        id=text_in(value.get("conversationId")),
        title=text_in(value.get("title")),
        messages=messages,
        at=moment_in(value.get("createdAt")),
        updated_at=moment_in(value.get("updatedAt")),
        system_prompt=text_in(options.get("promptPrefix")) or text_in(options.get("system")),
        model=text_in(options.get("model")) or text_in(value.get("endpoint")),
    )


def _messages(listed: Any) -> Iterator[Message]:
    """Yield messages and all that are within them; one within another follows it."""
    waiting = [(object_in(each), "") for each in reversed(listed)]
    place = 0
    while waiting:
        said, around = waiting.pop()
        place += 1
        message = _message(said, place, around)
        yield message
        waiting += [(object_in(each), message.id) for each in reversed(list_in(said.get("children")))]


def _message(said: Mapping[str, Any], place: int, around: str) -> Message:
    parts = [object_in(each) for each in list_in(said.get("content"))]
    is_question = said.get("isCreatedByUser") is True
    texts = [_part(each) for each in parts]
    if not any(text.strip() for text in texts):
        texts = [text_in(said.get("text"))]
    thoughts = [_text(each, "think") for each in parts if each.get("type") == "think"]
    return Message(
        id=id_at(said, "messageId", place),
        parent=text_in(said.get("parentMessageId")) or around or None,
        role="question" if is_question else "reply",
        text=joined([*files_in(said.get("files"), "filename", "name"), *texts]),
        reasoning=joined(thoughts),
        model="" if is_question else text_in(said.get("model")),
        at=moment_in(said.get("createdAt")),
    )


def _part(part: Mapping[str, Any]) -> str:
    """Return a part as text; in brackets what is none."""
    match part.get("type"):
        case "text":
            return _text(part, "text")
        case "think":
            return ""
        case "tool_call":
            return in_brackets(_("Tool used"), text_in(object_in(part.get("tool_call")).get("name")) or "?")
        case "error":
            return in_brackets(_("Error"), _text(part, "error"))
        case "image_file" | "image_url":
            return in_brackets(_("Picture"))
        case kind:
            return in_brackets(_("Not shown"), text_in(kind) or "?")


def _text(part: Mapping[str, Any], name: str) -> str:
    """Return the text of a part, which may stand a level deeper."""
    found = part.get(name)
    return text_in(found) or text_in(object_in(found).get("value"))
