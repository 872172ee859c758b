"""Makes calls through the provider, to a server or with recorded answers; what comes of them as values."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from chat.providers import (
    Answered,
    ChatError,
    Completed,
    CompletionEvent,
    CompletionRequest,
    Counted,
    Parameters,
    Quirks,
    ReasoningDelta,
    Sending,
    TextDelta,
)
from chat.providers.openai_provider import OpenAIProvider
from tests.servers.bodies import words
from usage.forecast import Prompt
from usage.units import TokenUsage

THREE = TextDelta("".join(words(3)))


@asynccontextmanager
async def provider_at(
    url: str,
    key: str = "any",
    timeout_s: float = 60.0,
    transport: httpx2.AsyncBaseTransport | None = None,
    billed_by: str = "openai",
) -> AsyncIterator[OpenAIProvider]:
    """Make a provider that does not wait between its attempts."""

    async def at_once(_: float) -> None:
        """Go on without a pause."""

    provider = OpenAIProvider(
        url, key, billed_by, Quirks(), timeout_s=timeout_s, transport=transport, sleep=at_once
    )
    yield provider
    await provider._client.close()


def no_protocol(url: str) -> str:
    """Return what is said of an address that is no endpoint."""
    return f"{url} is not an OpenAI-compatible endpoint. Check the address; it often ends in /v1."


async def events_of_call(provider: OpenAIProvider, model: str = "m") -> list[CompletionEvent]:
    """Return all events of a call, as they come."""
    return [event async for event in provider.stream(hello(model))]


def hello(model: str, parameters: Parameters | None = None) -> CompletionRequest:
    return CompletionRequest(model, Prompt.of_texts(("user", "Hello")), parameters or Parameters())


async def answer(
    provider: OpenAIProvider, model: str, parameters: Parameters | None = None
) -> list[CompletionEvent | ChatError]:
    """Return all that is to be shown of a call, pieces of text joined, an error last."""
    came: list[CompletionEvent | ChatError] = []
    try:
        async for event in provider.stream(hello(model, parameters)):
            last = came[-1] if came else None
            if isinstance(event, Answered | Counted | Sending):
                continue
            if isinstance(event, TextDelta) and isinstance(last, TextDelta):
                came[-1] = TextDelta(last.text + event.text)
            elif isinstance(event, ReasoningDelta) and isinstance(last, ReasoningDelta):
                came[-1] = ReasoningDelta(last.text + event.text)
            else:
                came.append(event)
    except ChatError as exc:
        came.append(exc)
    return came


def as_values(came: list[CompletionEvent | ChatError]) -> list[object]:
    """Return what came with errors as their kind and text, which can be compared."""
    return [(type(each), str(each)) if isinstance(each, ChatError) else each for each in came]


def transport(*answers: httpx2.Response | Exception) -> httpx2.MockTransport:
    """Give these answers in turn, the last one again and again."""
    left = list(answers)

    def handle(_: httpx2.Request) -> httpx2.Response:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return httpx2.MockTransport(handle)


URL = "https://api.example.com/v1"
NO_PROTOCOL = f"{URL} is not an OpenAI-compatible endpoint. Check the address; it often ends in /v1."
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
