"""Answers of an endpoint as recorded bodies, and what comes of a call that is answered so."""

import json
from typing import Any

import httpx2

from chat.providers import Completed, TextDelta
from tests.helpers.provider_calls import answer, as_values, provider_at, transport
from usage.units import TokenUsage

URL = "https://api.example.com/v1"
USAGE = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
ANSWERED = [TextDelta("Hi"), Completed(TokenUsage(input=12, output=3), "m")]


def stream(*chunks: Any) -> httpx2.Response:
    """Return a stream of these chunks, given as JSON values."""
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return httpx2.Response(
        200, headers={"content-type": "text/event-stream"}, text="".join(lines) + "data: [DONE]\n\n"
    )


def chunk(**choice: Any) -> dict[str, Any]:
    """Return a chunk of model `m` with one choice."""
    return {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def text(content: Any, **more: Any) -> dict[str, Any]:
    """Return a chunk that says something."""
    return chunk(index=0, delta={"content": content, **more})


END = {**chunk(index=0, delta={}, finish_reason="stop"), "usage": USAGE}


async def outcome(*answers: httpx2.Response | Exception, model: str = "m") -> list[object]:
    """Return what comes of a call that is answered so."""
    async with provider_at(URL, transport=transport(*answers)) as provider:
        return as_values(await answer(provider, model))


def refused(status: int, body: Any, **headers: str) -> httpx2.Response:
    """Make a refusal: JSON for a value, else a text as it is."""
    if isinstance(body, str) and body.startswith("<"):
        return httpx2.Response(status, html=body, headers=headers)
    return httpx2.Response(status, json=body, headers=headers)
