"""Conversations as Claude exports them: messages with parts, each after the other or with its parent."""

from collections.abc import Mapping
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

_LONGEST_PASTED = 1_000_000  # characters


def is_of_claude(value: Mapping[str, Any]) -> bool:
    """Return whether this is a conversation out of Claude's export."""
    return isinstance(value.get("chat_messages"), list)


def read_claude(value: Mapping[str, Any]) -> ForeignConversation:
    """Return a conversation of Claude's."""
    said = [object_in(each) for each in value["chat_messages"]]
    messages = [_message(each, place) for place, each in enumerate(said)]
    if not any(text_in(each.get("parent_message_uuid")) for each in said):
        messages = in_a_row(messages)
    return ForeignConversation(
        app="Claude",
        id=text_in(value.get("uuid")),
        title=text_in(value.get("name")),
        messages=messages,
        current=text_in(value.get("current_leaf_message_uuid")) or None,
        at=moment_in(value.get("created_at")),
        updated_at=moment_in(value.get("updated_at")),
        system_prompt=text_in(value.get("prompt_template")),
        model=text_in(value.get("model")),
        is_pinned=value.get("is_starred") is True,
    )


def _message(said: Mapping[str, Any], place: int) -> Message:
    parts = [object_in(each) for each in list_in(said.get("content"))]
    is_question = said.get("sender") == "human"
    texts = [_part(each) for each in parts]
    if not any(text.strip() for text in texts):
        texts = [text_in(said.get("text"))]
    pasted = [_pasted(each) for each in map(object_in, list_in(said.get("attachments")))]
    files = files_in(said.get("files"), "file_name")
    return Message(
        id=id_at(said, "uuid", place),
        parent=text_in(said.get("parent_message_uuid")) or None,
        role="question" if is_question else "reply",
        text=joined([*pasted, *files, *texts]),
        reasoning=joined([text_in(each.get("thinking")) for each in parts if each.get("type") == "thinking"]),
        model=text_in(said.get("model")),
        at=moment_in(said.get("created_at")),
    )


def _part(part: Mapping[str, Any]) -> str:
    """Return a part as text; in brackets what is none."""
    match part.get("type"):
        case "text":
            return text_in(part.get("text"))
        case "thinking" | "token_budget" | "flag":
            return ""
        case "tool_use":
            return joined([in_brackets(_("Tool used"), text_in(part.get("name")) or "?"), _written(part)])
        case "tool_result":
            return in_brackets(_("Tool used"), text_in(part.get("name")) or "?")
        case "image":
            return in_brackets(_("Picture"))
        case kind:
            return in_brackets(_("Not shown"), text_in(kind) or "?")


def _written(part: Mapping[str, Any]) -> str:
    """Return the document that the model wrote with a tool, if that is what the tool was used for."""
    given = object_in(part.get("input"))
    document = text_in(given.get("content")) or text_in(given.get("file_text"))
    return f"````\n{document}\n````" if document else ""


def _pasted(attachment: Mapping[str, Any]) -> str:
    """Return a file that was sent as text, with its text."""
    name = in_brackets(_("File"), text_in(attachment.get("file_name")) or _("pasted text"))
    return joined([name, text_in(attachment.get("extracted_content"))[:_LONGEST_PASTED]])
