"""Exports as other apps write them, made up: the fewest fields that each has, and the odd ones."""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Json = dict[str, Any]
AT = 1_756_000_000  # seconds; each message is a minute after the one before
ISO = "2025-08-24T0{number}:00:00.000000Z"


def chatgpt_message(role: str, *parts: Any, **more: Any) -> Json:
    """Make a message of ChatGPT's; `more` replaces its fields."""
    return {
        "id": "m",
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": AT,
        "content": {"content_type": "text", "parts": [*parts]},
        "metadata": {"model_slug": "gpt-5"} if role == "assistant" else {},
        "recipient": "all",
        **more,
    }


def chatgpt(name: str, messages: Iterable[tuple[str, str | None, Json | None]], **more: Any) -> Json:
    """Make a conversation of ChatGPT's out of nodes: each with its name, its parent and its message."""
    mapping: Json = {}
    for number, (node, parent, message) in enumerate(messages):
        timed = message and {"create_time": AT + 60 * number, **message}
        if timed and timed["create_time"] == AT:
            timed["create_time"] = AT + 60 * number
        mapping[node] = {"id": node, "parent": parent, "children": [], "message": timed}
        if parent in mapping:
            mapping[parent]["children"].append(node)
    return {
        "id": name,
        "conversation_id": name,
        "title": f"About {name}",
        "create_time": AT,
        "update_time": AT + 3600,
        "mapping": mapping,
        "current_node": node,
        "default_model_slug": "gpt-5-thinking",
        "is_archived": False,
        **more,
    }


def simple_chatgpt(name: str, turns: int = 1, text: str = "") -> Json:
    """Make a conversation of ChatGPT's in which every question has one reply."""
    nodes: list[tuple[str, str | None, Json | None]] = [("root", None, None)]
    for number in range(turns):
        asked, replied = f"{name}-q{number}", f"{name}-a{number}"
        nodes.append((asked, nodes[-1][0], chatgpt_message("user", f"Question {number} of {name} {text}")))
        nodes.append((replied, asked, chatgpt_message("assistant", f"Reply {number} of {name} {text}")))
    return chatgpt(name, nodes)


def claude_message(uuid: str, sender: str, *content: Json, **more: Any) -> Json:
    """Make a message of Claude's out of its parts."""
    text = "".join(each.get("text", "") for each in content)
    at = "2025-08-24T07:00:00.000000Z"
    return {
        "uuid": uuid,
        "sender": sender,
        "text": text,
        "content": [*content],
        "created_at": at,
        "attachments": [],
        "files": [],
        **more,
    }


def claude(uuid: str, *messages: Json, **more: Any) -> Json:
    """Make a conversation of Claude's."""
    return {
        "uuid": uuid,
        "name": f"About {uuid}",
        "created_at": "2025-08-24T07:00:00.000000Z",
        "updated_at": "2025-08-24T09:00:00.000000Z",
        "account": {"uuid": "somebody"},
        "chat_messages": [*messages],
        **more,
    }


def open_webui(chat_id: str, messages: Sequence[Json], **more: Any) -> Json:
    """Make a chat of Open WebUI's; each message has its id and perhaps its parentId."""
    return {
        "id": chat_id,
        "user_id": "u1",
        "title": f"About {chat_id}",
        "chat": {
            "title": f"About {chat_id}",
            "models": ["llama3.1:latest"],
            "history": {
                "currentId": messages[-1]["id"],
                "messages": {
                    each["id"]: {"parentId": None, "timestamp": AT + number, **each}
                    for number, each in enumerate(messages)
                },
            },
        },
        "created_at": AT,
        "updated_at": AT + 100,
        "archived": False,
        "pinned": False,
        **more,
    }


def libre_chat(conversation_id: str, messages: Sequence[Json], **more: Any) -> Json:
    """Make a conversation of LibreChat's, with its messages in a list."""
    return {
        "conversationId": conversation_id,
        "endpoint": "openAI",
        "title": f"About {conversation_id}",
        "exportAt": "16:33:32 GMT+0200",
        "branches": True,
        "recursive": False,
        "options": {"model": "gpt-4o", "promptPrefix": None},
        "messages": [*messages],
        **more,
    }


def libre_message(message_id: str, parent: str, text: str, *, is_question: bool, **more: Any) -> Json:
    """Make a message of LibreChat's."""
    return {
        "messageId": message_id,
        "parentMessageId": parent or "00000000-0000-0000-0000-000000000000",
        "isCreatedByUser": is_question,
        "sender": "User" if is_question else "GPT-4",
        "text": text,
        "model": None if is_question else "gpt-4o",
        "createdAt": "2024-05-28T18:08:55.014Z",
        **more,
    }


def zipped(files: Mapping[str, Any]) -> bytes:
    """Make a zip of files by their names; what is no bytes becomes JSON."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return out.getvalue()
