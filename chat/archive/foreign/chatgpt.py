"""Conversations as ChatGPT exports them: a mapping of nodes, each with its parent."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
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
from chat.archive.foreign.message_tree import ForeignConversation, Message
from texts import _

_MARK_OF_SOURCE = re.compile("\ue200[^\ue200\ue201]*\ue201")
_THOUGHTS = {"thoughts", "reasoning_recap"}
_INSTRUCTIONS = {"user_editable_context", "model_editable_context"}


def is_of_chatgpt(value: Mapping[str, Any]) -> bool:
    """Return whether this is a conversation out of ChatGPT's export."""
    return isinstance(value.get("mapping"), dict)


def read_chatgpt(value: Mapping[str, Any]) -> ForeignConversation:
    """Return a conversation of ChatGPT's."""
    nodes = {name: object_in(node) for name, node in value["mapping"].items()}
    parents = _parents(nodes)
    return ForeignConversation(
        app="ChatGPT",
        id=text_in(value.get("conversation_id")) or text_in(value.get("id")),
        title=text_in(value.get("title")),
        messages=[_message(name, node, parents.get(name)) for name, node in nodes.items()],
        current=text_in(value.get("current_node")) or None,
        at=moment_in(value.get("create_time")),
        updated_at=moment_in(value.get("update_time")),
        system_prompt=_instructions(nodes),
        model=text_in(value.get("default_model_slug")),
        is_pinned=value.get("is_starred") is True,
        is_archived=value.get("is_archived") is True,
    )


def _parents(nodes: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the parent of each node; where it does not name one, a node that names it as its child."""
    parents = {
        child: name
        for name, node in nodes.items()
        for child in list_in(node.get("children"))
        if isinstance(child, str)
    }
    named = {name: text_in(node.get("parent")) for name, node in nodes.items()}
    return parents | {name: parent for name, parent in named.items() if parent}


def _message(name: str, node: Mapping[str, Any], parent: str | None) -> Message:
    said = object_in(node.get("message"))
    role = text_in(object_in(said.get("author")).get("role"))
    content = object_in(said.get("content"))
    kind = text_in(content.get("content_type"))
    is_hidden = object_in(said.get("metadata")).get("is_visually_hidden_from_conversation") is True
    link = Message(id=name, parent=parent, role="link")
    if not said or role == "system" or is_hidden or kind in _INSTRUCTIONS:
        return link
    metadata = object_in(said.get("metadata"))
    of_kind = Message(
        id=name,
        parent=parent,
        role="question" if role == "user" else "reply",
        model=text_in(metadata.get("model_slug")),
        at=moment_in(said.get("create_time")),
    )
    if of_kind.role == "question":
        files = files_in(metadata.get("attachments"), "name")
        return replace(of_kind, text=joined([*files, *_parts(content, has_files=bool(files))]))
    if kind in _THOUGHTS:
        return replace(of_kind, reasoning=joined([*_thoughts(content)]))
    tool = _tool(said, role)
    if tool:
        pictures = [each for each in _parts(content, has_files=False) if each == in_brackets(_("Picture"))]
        return replace(of_kind, text=joined([in_brackets(_("Tool used"), tool), *pictures]))
    text = joined([*_parts(content, has_files=False)])
    return replace(of_kind, text=_without_marks(text, metadata))


def _tool(said: Mapping[str, Any], role: str) -> str:
    """Return the tool that a message is for or from, empty for what is said to the person."""
    if role == "assistant":
        recipient = text_in(said.get("recipient")) or "all"
        return "" if recipient == "all" else recipient
    return text_in(object_in(said.get("author")).get("name")) or role or "?"


def _parts(content: Mapping[str, Any], *, has_files: bool) -> Iterator[str]:
    """Yield the parts of a message as texts; in brackets what is none."""
    if isinstance(content.get("text"), str):
        kind, text = content.get("content_type"), content["text"]
        yield f"```\n{text}\n```" if kind in ("code", "execution_output") and text.strip() else text
    for part in list_in(content.get("parts")):
        if isinstance(part, str):
            yield part
            continue
        kind = text_in(object_in(part).get("content_type"))
        if kind == "image_asset_pointer":
            if not has_files:  # a picture that was sent stands among the files too
                yield in_brackets(_("Picture"))
        elif isinstance(object_in(part).get("text"), str):
            yield object_in(part)["text"]
        elif part is not None:
            yield in_brackets(_("Not shown"), kind or "?")
    known = {"text", "parts", "content_type", "language", "response_format_name"}
    if not known & content.keys() - {"content_type"} and content.get("content_type"):
        yield in_brackets(_("Not shown"), text_in(content["content_type"]))


def _thoughts(content: Mapping[str, Any]) -> Iterator[str]:
    yield text_in(content.get("content"))
    for thought in map(object_in, list_in(content.get("thoughts"))):
        yield text_in(thought.get("content")) or text_in(thought.get("summary"))


def _without_marks(text: str, metadata: Mapping[str, Any]) -> str:
    """Return a text with its marks of sources replaced by what ChatGPT shows in their place."""
    for reference in map(object_in, list_in(metadata.get("content_references"))):
        mark, shown = text_in(reference.get("matched_text")), text_in(reference.get("alt"))
        if mark.startswith("\ue200"):
            text = text.replace(mark, shown)
    return _MARK_OF_SOURCE.sub("", text)


def _instructions(nodes: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what the person had told ChatGPT for every conversation, and what a system message says."""
    found = []
    for node in nodes.values():
        said = object_in(node.get("message"))
        content = object_in(said.get("content"))
        if content.get("content_type") == "user_editable_context":
            found += [text_in(content.get("user_profile")), text_in(content.get("user_instructions"))]
        elif text_in(object_in(said.get("author")).get("role")) == "system":
            found += [each for each in list_in(content.get("parts")) if isinstance(each, str)]
    return joined(list(dict.fromkeys(found)))
