"""Talks to an OpenAI-compatible endpoint: requests out, events in, its errors in our words."""

import asyncio
import contextlib
import json
import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from urllib.parse import urlsplit

import httpx2
import openai
from openai.types.chat import ChatCompletionChunk

from chat.completion import CompletionEvent, CompletionRequest, Retrying, Sending
from chat.endpoint_errors import Refusal
from chat.endpoint_trouble import Trouble
from chat.errors import ChatError, ReplyBroken, RequestRefused
from chat.http_client import AnswerTooLong, Departure, EndpointClient
from chat.reply_reader import ReplyReader
from chat.request_fields import Quirks, RequestFields

ATTEMPTS = 3
FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 60.0
NO_KEY = "no-key"  # the client insists on a key; a local server ignores it


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
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.base_url = base_url
        self.endpoint = urlsplit(base_url).hostname or base_url
        self.price_list = price_list
        self._trouble = Trouble(self.endpoint, base_url)
        self._quirks = quirks
        self._first_delay_s = first_delay_s
        self._sleep = sleep
        self._client = openai.AsyncOpenAI(
            api_key=api_key or NO_KEY,
            base_url=base_url,
            max_retries=0,  # retries are made here, so that the page can tell of them
            timeout=httpx2.Timeout(timeout_s, connect=min(10.0, timeout_s)),
            http_client=EndpointClient(
                transport, limits=openai.DEFAULT_CONNECTION_LIMITS, follow_redirects=True
            ),
        )

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Make the call, again where that may help, and pass on what comes."""
        fields = RequestFields(request, self.endpoint, self.price_list, self._quirks)
        attempt = 1
        while True:
            try:
                async with Departure(self._open(request, fields), openai.AsyncStream.close) as departure:
                    if await departure.is_near():
                        yield Sending()
                    chunks = await departure.answer()
                break
            except _NotThisTimeError as exc:
                if attempt == ATTEMPTS:
                    raise exc.error from exc
                retrying = exc.retrying(self._first_delay_s * 2 ** (attempt - 1))
            yield retrying
            await self._sleep(retrying.delay_s)
            attempt += 1
        async with chunks:
            if remark := fields.remark():
                yield remark
            async with contextlib.aclosing(self._read(chunks)) as events:
                async for event in events:
                    yield event

    async def models(self) -> tuple[str, ...]:
        """The names that the endpoint's `/models` lists."""
        try:
            page = await self._client.models.list()
            return tuple(model.id for model in page.data or () if isinstance(model.id, str))
        except openai.NotFoundError as exc:
            raise RequestRefused(f"{self.endpoint} does not list its models. Type a model's name.") from exc
        except openai.APIStatusError as exc:
            raise self._explained(_refusal(exc), "any model") from exc
        except openai.APIConnectionError as exc:
            raise self._trouble.without_answer(exc.__cause__) from exc
        except (openai.OpenAIError, httpx2.HTTPError, ValueError, TypeError, AttributeError) as exc:
            raise self._trouble.not_the_protocol() from exc

    async def _open(
        self, request: CompletionRequest, fields: RequestFields
    ) -> openai.AsyncStream[ChatCompletionChunk]:
        """The stream, without the fields that the model refuses. Raises ChatError or _NotThisTimeError."""
        while True:
            if request.must_be_limited and not fields.has_limit:
                raise RequestRefused(
                    f"{request.model} takes no maximum reply length, so it cannot be kept within the budget."
                )
            try:
                return await self._create(request, fields)
            except openai.APIStatusError as exc:
                refusal = _refusal(exc)
                if fields.leave_out(refusal):
                    continue
                error = self._explained(refusal, request.model)
                if not refusal.is_retryable:
                    raise error from exc
                reason = f"{self.endpoint} answered with status {refusal.status}"
                raise _NotThisTimeError(reason, error, _retry_after(exc)) from exc
            except openai.APITimeoutError as exc:
                raise self._trouble.without_answer(exc.__cause__) from exc
            except openai.APIConnectionError as exc:
                raise self._not_this_time(exc.__cause__) from exc
            except httpx2.TransportError as exc:  # while it said why it refuses
                raise self._not_this_time(exc) from exc
            except (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, ValueError) as exc:
                raise self._trouble.not_the_protocol() from exc

    async def _create(
        self, request: CompletionRequest, fields: RequestFields
    ) -> openai.AsyncStream[ChatCompletionChunk]:
        # As extra_body the client takes the messages as they are; looking through a thousand takes it 0.25 s.
        messages = [{"role": message.role, "content": message.content} for message in request.messages]
        return await self._client.chat.completions.create(
            model=request.model,
            messages=[],
            stream=True,
            extra_body={"messages": messages, **fields.as_body()},
        )

    async def _read(
        self, chunks: openai.AsyncStream[ChatCompletionChunk]
    ) -> AsyncGenerator[CompletionEvent, None]:
        reader = ReplyReader()
        try:
            async with contextlib.aclosing(_chunks_of(chunks)) as each:
                async for chunk in each:
                    for event in reader.events(chunk):
                        yield event
        except AnswerTooLong as exc:
            raise self._trouble.too_long() from exc
        except (openai.APIConnectionError, httpx2.HTTPError) as exc:
            if not reader.is_whole:
                raise self._trouble.cut_off() from exc
        except openai.APIError as exc:
            raise self._trouble.error_within(exc.message) from exc
        except (ValueError, TypeError, AttributeError, LookupError) as exc:
            if not reader.began:
                raise self._trouble.not_the_protocol() from exc
            raise self._trouble.unreadable() from exc
        if not reader.began:
            raise self._trouble.nothing_came(chunks.response.headers.get("content-type", ""))
        if not reader.ended:
            raise self._trouble.no_end()
        for event in reader.last_events():
            yield event

    def _not_this_time(self, cause: BaseException | None) -> "_NotThisTimeError":
        error = self._trouble.without_answer(cause)
        if isinstance(error, ReplyBroken):
            return _NotThisTimeError(f"The connection to {self.endpoint} was lost", error)
        return _NotThisTimeError(f"{self.endpoint} cannot be reached", error)

    def _explained(self, refusal: Refusal, model: str) -> ChatError:
        if refusal.status == 404 and not refusal.message:
            return self._trouble.not_the_protocol()
        return refusal.as_error(self.endpoint, model)


class _NotThisTimeError(Exception):
    """The call did not get through and may be made again; `error` is what to say if it is not."""

    def __init__(self, reason: str, error: ChatError, delay_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.error = error
        self.delay_s = delay_s

    def retrying(self, backoff_s: float) -> Retrying:
        """What to say before the call is made again; `backoff_s` where the endpoint asks for no pause."""
        fate = self.error.fate if isinstance(self.error, ReplyBroken) else None
        return Retrying(self.reason, backoff_s if self.delay_s is None else self.delay_s, fate)


async def _chunks_of(
    stream: openai.AsyncStream[ChatCompletionChunk],
) -> AsyncGenerator[ChatCompletionChunk, None]:
    """Its chunks; the whole answer of an endpoint that does not stream is one."""
    if not stream.response.headers.get("content-type", "").startswith("application/json"):
        async for chunk in stream:
            yield chunk
        return
    whole = json.loads(await stream.response.aread())
    for choice in whole["choices"]:
        choice["delta"] = choice.get("message")
    yield ChatCompletionChunk.construct(**whole)


def _refusal(exc: openai.APIStatusError) -> Refusal:
    body = exc.body if isinstance(exc.body, dict) else {}
    return Refusal(
        status=exc.status_code,
        code=str(body.get("code") or ""),
        kind=str(body.get("type") or ""),
        param=str(body.get("param") or ""),
        message=_message(exc),
    )


def _message(exc: openai.APIStatusError) -> str:
    """What the endpoint says, in one of the three ways that are in use; pages of HTML say nothing."""
    if isinstance(exc.body, str):
        return exc.body if "json" in exc.response.headers.get("content-type", "") else ""
    if not isinstance(exc.body, dict):
        return ""
    details = exc.body.get("detail")
    return str(exc.body.get("message") or (details if isinstance(details, list) else ""))


def _retry_after(exc: openai.APIStatusError) -> float | None:
    """How long the endpoint asks to wait, in seconds, within reason."""
    try:
        seconds = float(exc.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return None if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_DELAY_S)
