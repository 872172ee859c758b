"""Talks to an OpenAI-compatible endpoint: requests out, events in, its errors in our words."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator
from json import JSONDecodeError
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2
import openai
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk

from chat.completion import (
    Completed,
    CompletionEvent,
    CompletionRequest,
    ReasoningDelta,
    Remark,
    Retrying,
    TextDelta,
)
from chat.endpoint_errors import Refusal
from chat.errors import ChatError, ReplyBroken, RequestRefused
from chat.request_fields import Quirks, RequestFields
from usage.tokens import TokenUsage

ATTEMPTS = 3
FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 60.0
NO_KEY = "no-key"  # the client insists on a key; a local server ignores it

logger = logging.getLogger(__name__)


class OpenAIProvider:
    """One endpoint with one key. `quirks` remembers what its models refuse."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        price_list: str,
        quirks: Quirks,
        *,
        timeout_s: float = 600.0,
        first_delay_s: float = FIRST_DELAY_S,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.base_url = base_url
        self.endpoint = urlsplit(base_url).hostname or base_url
        self.price_list = price_list
        self._quirks = quirks
        self._first_delay_s = first_delay_s
        self._client = openai.AsyncOpenAI(
            api_key=api_key or NO_KEY,
            base_url=base_url,
            max_retries=0,  # retries are made here, so that the page can tell of them
            timeout=httpx2.Timeout(timeout_s, connect=min(10.0, timeout_s)),
            http_client=httpx2.AsyncClient(transport=transport) if transport else None,
        )

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Make the call, again where that may help, and pass on what comes."""
        fields = RequestFields(request, self.endpoint, self.price_list, self._quirks)
        attempt = 1
        while True:
            try:
                chunks = await self._open(request, fields)
                break
            except openai.APIStatusError as exc:
                refusal = _refusal(exc)
                if fields.leave_out(refusal):
                    continue
                if attempt == ATTEMPTS or not refusal.is_retryable:
                    raise refusal.as_error(self.endpoint, request.model) from exc
                reason, delay_s = f"{self.endpoint} answered with status {refusal.status}", _retry_after(exc)
            except openai.APIConnectionError as exc:
                if attempt == ATTEMPTS or isinstance(exc, openai.APITimeoutError):
                    raise self._unreachable(exc) from exc
                reason, delay_s = f"{self.endpoint} cannot be reached", None
            except (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, ValueError) as exc:
                raise self._not_the_protocol() from exc
            delay_s = self._first_delay_s * 2 ** (attempt - 1) if delay_s is None else delay_s
            yield Retrying(reason, delay_s)
            await asyncio.sleep(delay_s)
            attempt += 1
        if remark := fields.remark():
            yield remark
        async with contextlib.aclosing(self._read(chunks)) as events:
            async for event in events:
                yield event

    async def models(self) -> tuple[str, ...]:
        """The names that the endpoint's `/models` lists."""
        try:
            page = await self._client.models.list()
            return tuple(model.id for model in page.data or ())
        except openai.APIStatusError as exc:
            raise _refusal(exc).as_error(self.endpoint, "any model") from exc
        except openai.APIConnectionError as exc:
            raise self._unreachable(exc) from exc
        except (openai.OpenAIError, httpx2.HTTPError, ValueError, TypeError, AttributeError) as exc:
            raise self._not_the_protocol() from exc

    async def _open(
        self, request: CompletionRequest, fields: RequestFields
    ) -> openai.AsyncStream[ChatCompletionChunk]:
        messages: Any = [{"role": message.role, "content": message.content} for message in request.messages]
        return await self._client.chat.completions.create(
            model=request.model, messages=messages, stream=True, extra_body=fields.as_body()
        )

    async def _read(
        self, chunks: openai.AsyncStream[ChatCompletionChunk]
    ) -> AsyncGenerator[CompletionEvent, None]:
        reading = _Reading()
        async with chunks:
            try:
                async for chunk in chunks:
                    for event in reading.events(chunk):
                        yield event
            except (openai.APIConnectionError, httpx2.HTTPError) as exc:
                raise ReplyBroken(f"The connection to {self.endpoint} broke off before the end.") from exc
            except openai.APIError as exc:
                raise ReplyBroken(f"{self.endpoint} broke off with an error: “{exc.message}”") from exc
            except (JSONDecodeError, UnicodeDecodeError) as exc:
                if not reading.began:
                    raise self._not_the_protocol() from exc
                raise ReplyBroken(
                    f"{self.endpoint} sent something unreadable and the reply ends there."
                ) from exc
        if not reading.began:
            raise self._not_the_protocol()
        if not reading.ended:
            raise ReplyBroken(f"The connection to {self.endpoint} ended before the reply did.")
        for event in reading.last_events():
            yield event

    def _unreachable(self, exc: openai.APIConnectionError) -> ChatError:
        if isinstance(exc, openai.APITimeoutError) and not isinstance(exc.__cause__, httpx2.ConnectTimeout):
            return ReplyBroken(f"{self.endpoint} did not answer in time. Retry, or choose another model.")
        return RequestRefused(
            f"{self.endpoint} cannot be reached. Check the address ({self.base_url}), "
            "your connection, and that the server is running."
        )

    def _not_the_protocol(self) -> RequestRefused:
        return RequestRefused(
            f"This address does not speak the OpenAI protocol: {self.base_url}. "
            "Check OPENAI_BASE_URL; it often ends in /v1."
        )


class _Reading:
    """What has been read of one stream so far."""

    def __init__(self) -> None:
        self.began = False
        self._finish_reason: str | None = None
        self._usage: CompletionUsage | None = None
        self._resolved_model: str | None = None

    @property
    def ended(self) -> bool:
        """Whether the endpoint said that the reply is over, in one way or another."""
        return self._finish_reason is not None or self._usage is not None

    def events(self, chunk: ChatCompletionChunk) -> list[CompletionEvent]:
        self.began = self.began or bool(chunk.choices) or chunk.usage is not None
        self._usage = chunk.usage or self._usage
        self._resolved_model = chunk.model or self._resolved_model
        if not chunk.choices:
            return []
        choice = chunk.choices[0]
        self._finish_reason = choice.finish_reason or self._finish_reason
        delta = cast(Any, choice.delta)
        if delta is None:
            return []
        reasoning = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
        text = delta.content or delta.refusal
        events: list[CompletionEvent] = []
        if isinstance(reasoning, str) and reasoning:
            events.append(ReasoningDelta(reasoning))
        if isinstance(text, str) and text:
            events.append(TextDelta(text))
        return events

    def last_events(self) -> list[CompletionEvent]:
        events: list[CompletionEvent] = []
        if self._finish_reason == "length":
            events.append(Remark("The reply stops here because it reached its maximum length."))
        if self._finish_reason == "content_filter":
            events.append(Remark("The endpoint's content filter ended this reply."))
        try:
            usage = _token_usage(self._usage)
        except ValueError as exc:
            logger.warning("Impossible token counts: %s", exc)
            events.append(
                Remark(f"The endpoint reported impossible counts ({exc}); they are estimated instead.")
            )
            usage = None
        return [*events, Completed(usage, self._resolved_model)]


def _token_usage(usage: CompletionUsage | None) -> TokenUsage | None:
    """Raises ValueError for counts that no call can have."""
    if usage is None or usage.prompt_tokens is None or usage.completion_tokens is None:
        return None
    prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
    return TokenUsage(
        input=usage.prompt_tokens,
        cached_input=getattr(prompt, "cached_tokens", None),
        cache_write=getattr(prompt, "cache_write_tokens", None),
        output=usage.completion_tokens,
        reasoning=getattr(completion, "reasoning_tokens", None),
    )


def _refusal(exc: openai.APIStatusError) -> Refusal:
    body = exc.body if isinstance(exc.body, dict) else {}
    return Refusal(
        status=exc.status_code,
        code=str(body.get("code") or ""),
        kind=str(body.get("type") or ""),
        param=str(body.get("param") or ""),
        message=str(body.get("message") or exc.message) if body else "",
    )


def _retry_after(exc: openai.APIStatusError) -> float | None:
    """How long the endpoint asks to wait, in seconds, within reason."""
    try:
        return min(max(float(exc.response.headers.get("retry-after", "")), 0.0), LONGEST_DELAY_S)
    except ValueError:
        return None
