"""Makes calls through the provider and gathers what comes of them as values to compare."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from chat.providers import (
    Answered,
    ChatError,
    CompletionEvent,
    CompletionRequest,
    Message,
    OpenAIProvider,
    Parameters,
    Quirks,
    ReasoningDelta,
    Retrying,
    Sending,
    TextDelta,
)
from tests.servers.bodies import words

THREE = TextDelta("".join(words(3)))
BUSY = (
    Retrying("127.0.0.1 answered with status 503", 0.5),
    Retrying("127.0.0.1 answered with status 503", 1.0),
)
LIMITED = Retrying("127.0.0.1 answered with status 429", 1.0)


@asynccontextmanager
async def provider_at(
    url: str, key: str = "any", timeout_s: float = 60.0, transport: httpx2.AsyncBaseTransport | None = None
) -> AsyncIterator[OpenAIProvider]:
    """Make a provider that does not wait between its attempts."""

    async def at_once(_: float) -> None:
        """Go on without a pause."""

    provider = OpenAIProvider(
        url, key, "openai", Quirks(), timeout_s=timeout_s, transport=transport, sleep=at_once
    )
    yield provider
    await provider._client.close()


async def answer(
    provider: OpenAIProvider, model: str, parameters: Parameters | None = None
) -> list[CompletionEvent | ChatError]:
    """Return all that is to be shown of a call, pieces of text joined, an error last."""
    request = CompletionRequest(model, (Message("user", "Hello"),), parameters or Parameters())
    came: list[CompletionEvent | ChatError] = []
    try:
        async for event in provider.stream(request):
            last = came[-1] if came else None
            if isinstance(event, Answered | Sending):
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
