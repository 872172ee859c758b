"""Conversations as Open WebUI exports them: a history of messages, each with its parent."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
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

_FOLD_BEGINS = re.compile(r'<details\s[^<>]*type="(reasoning|tool_calls|code_interpreter)"[^<>]*>')
_FOLD_ENDS = "</details>"
_SUMMARY_ENDS = "</summary>"
_NAME = re.compile(r'\sname="([^"<>]*)"')


def is_of_open_webui(value: Mapping[str, Any]) -> bool:
    """Return whether this is a chat out of Open WebUI's export."""
    chat = object_in(value.get("chat"))
    return isinstance(chat.get("history"), dict) or isinstance(chat.get("messages"), list)


def read_open_webui(value: Mapping[str, Any]) -> ForeignConversation:
    """Return a chat of Open WebUI's."""
    chat = value["chat"]
    history = object_in(chat.get("history"))
    by_id = object_in(history.get("messages"))
    if by_id:
        messages = [_message(name, object_in(each)) for name, each in by_id.items()]
    else:
        said = [object_in(each) for each in list_in(chat.get("messages"))]
        messages = [_message(id_at(each, "id", place), each) for place, each in enumerate(said)]
        if not any(each.parent for each in messages):
            messages = in_a_row(messages)
    system = text_in(chat.get("system")) or text_in(object_in(chat.get("params")).get("system"))
    models = list_in(chat.get("models"))
    return ForeignConversation(
        app="Open WebUI",
        id=text_in(value.get("id")) or text_in(chat.get("id")),
        title=text_in(value.get("title")) or text_in(chat.get("title")),
        messages=messages,
        current=text_in(history.get("currentId")) or None,
        at=moment_in(value.get("created_at")),
        updated_at=moment_in(value.get("updated_at")),
        system_prompt=system,
        model=text_in(models[0]) if models else "",
        is_pinned=value.get("pinned") is True,
        is_archived=value.get("archived") is True,
    )


def _message(name: str, said: Mapping[str, Any]) -> Message:
    role = text_in(said.get("role"))
    output = [object_in(each) for each in list_in(said.get("output"))]
    texts, thoughts = _parts_of_output(output) if output else _unfolded(_content(said.get("content")))
    failure = text_in(object_in(said.get("error")).get("content")) or text_in(said.get("error"))
    if failure:
        texts.append(in_brackets(_("Error"), failure))
    return Message(
        id=name,
        parent=text_in(said.get("parentId")) or None,
        role="question" if role == "user" else "link" if role == "system" else "reply",
        text=joined([*files_in(said.get("files"), "name"), *texts]),
        reasoning=joined([text_in(said.get("reasoning_content")), *thoughts]),
        model=text_in(said.get("model")),
        at=moment_in(said.get("timestamp")),
    )


def _content(content: Any) -> str:
    """Return what a message says, which may be a text or a list of parts."""
    if not isinstance(content, list):
        return text_in(content)
    return joined([*_texts_of_parts(content)])


def _texts_of_parts(parts: list[Any]) -> Iterator[str]:
    for part in parts:
        kind = text_in(object_in(part).get("type"))
        if isinstance(part, str):
            yield part
        elif kind in ("text", "output_text", "input_text"):
            yield text_in(part.get("text"))
        else:
            yield in_brackets(_("Picture")) if "image" in kind else in_brackets(_("Not shown"), kind or "?")


def _parts_of_output(output: list[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """Return what was said, and what was thought, out of the list of all that a model did."""
    texts, thoughts = [], []
    for item in output:
        match item.get("type"):
            case "message":
                texts.append(_content(item.get("content")))
            case "reasoning":
                thoughts.append(_content(item.get("content")) or _content(item.get("summary")))
            case "function_call":
                texts.append(in_brackets(_("Tool used"), text_in(item.get("name")) or "?"))
            case "function_call_output":
                continue
            case kind:
                texts.append(in_brackets(_("Not shown"), text_in(kind) or "?"))
    return texts, thoughts


def _unfolded(content: str) -> tuple[list[str], list[str]]:
    """Return what was said, and what was thought, out of a text that folds thoughts and tools away."""
    texts, thoughts, at = [], [], 0
    while (fold := _FOLD_BEGINS.search(content, at)) is not None:
        texts.append(content[at : fold.start()].strip())
        ends = content.find(_FOLD_ENDS, fold.end())
        ends = len(content) if ends < 0 else ends
        if fold[1] == "reasoning":
            inside = content[fold.end() : ends].partition(_SUMMARY_ENDS)
            lines = unescape(inside[2] or inside[0]).strip().splitlines()
            thoughts.append("\n".join(line.removeprefix("> ") for line in lines))
        else:
            name = _NAME.search(fold[0])
            texts.append(in_brackets(_("Tool used"), unescape(name[1]) if name else fold[1]))
        at = ends + len(_FOLD_ENDS)
    return [*texts, content[at:].strip() if at else content], thoughts
