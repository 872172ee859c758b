"""The messages of a prompt as they are sent: texts as they are, pictures and documents in base64."""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from chat.providers.seam import NotSent
from texts import _
from usage.forecast import Document, Image, Message, Part, Prompt, takes_original

SentMessage = dict[str, Any]
SentPart = dict[str, Any]


async def sent_messages(prompt: Prompt, model: str) -> list[SentMessage]:
    """Return what is sent of a prompt. A message of text alone is one text, which every endpoint takes.

    Raises NotSent when a picture or a document cannot be read.
    """
    if not prompt.images and not prompt.documents:
        return [_sent(message, model) for message in prompt.messages]
    try:
        return await asyncio.to_thread(lambda: [_sent(message, model) for message in prompt.messages])
    except OSError as exc:
        text = _("A file of this chat cannot be read any more. Leave it out, or attach it again.")
        raise NotSent(text) from exc


def without_detail(messages: Sequence[SentMessage]) -> list[SentMessage]:
    """Return the messages without saying how closely the model is to look at pictures."""
    return [
        {**message, "content": [_bare(part) for part in message["content"]]}
        if isinstance(message["content"], list)
        else message
        for message in messages
    ]


def _sent(message: Message, model: str) -> SentMessage:
    if all(not isinstance(part, Image | Document) for part in message.parts):
        return {"role": message.role, "content": message.text}
    return {"role": message.role, "content": [_sent_part(part, model) for part in message.parts]}


def _sent_part(part: Part, model: str) -> SentPart:
    if isinstance(part, Image):
        detail = "high" if part.detail == "original" and not takes_original(model) else part.detail
        url = _data_url(part.media_type, part.read())
        return {"type": "image_url", "image_url": {"url": url, "detail": detail}}
    if isinstance(part, Document):
        data = _data_url("application/pdf", part.read())
        return {"type": "file", "file": {"filename": part.name, "file_data": data}}
    return {"type": "text", "text": part.text}


def _data_url(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{b64encode(content).decode('ascii')}"


def _bare(part: SentPart) -> SentPart:
    if part["type"] != "image_url":
        return part
    return {"type": "image_url", "image_url": {"url": part["image_url"]["url"]}}
