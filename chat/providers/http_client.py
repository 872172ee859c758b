"""The HTTP client for endpoints: a request waits until it may leave, and no answer is read without end."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Coroutine
from contextvars import ContextVar
from types import TracebackType
from typing import Any

import httpx2

# Whatever has no line break for this long is not a reply: even the longest one is a fraction of it.
LONGEST_LINE_BYTES = 8_000_000
LARGEST_LIST_BYTES = 100_000_000  # of a list of models: some gateways have very many
# How much of an answer is worked on before other tasks get a turn: an endpoint may send without a pause.
PIECE_BYTES = 4096


class AnswerTooLong(httpx2.HTTPError):
    """More came than any answer needs."""


class Departure:
    """A request that waits just before its first byte leaves; `async with` prepares it.

    It runs in a task of its own, since only the connection knows when everything is ready. Leaving the
    block before the answer was taken ends the request, and closes an answer that nobody takes.
    """

    def __init__(self, request: Coroutine[Any, Any, httpx2.Response]) -> None:
        self._request = request
        self._is_near = asyncio.get_running_loop().create_future()
        self._may_leave = asyncio.Event()
        self._is_taken = False

    async def __aenter__(self) -> "Departure":
        """Begin to prepare the request."""
        self._task = asyncio.create_task(self._make())
        self._task.add_done_callback(lambda _: self._tell(is_near=False))
        return self

    async def is_near(self) -> bool:
        """Wait until the request is about to leave; return False when it will not leave."""
        return bool(await self._is_near)

    async def answer(self) -> httpx2.Response:
        """Let the request leave, and return its answer. Raises what the request raises."""
        self._may_leave.set()
        answer = await self._task
        self._is_taken = True
        return answer

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the request if its answer was not taken."""
        if self._is_taken:
            return
        self._task.cancel()
        await asyncio.wait({self._task})
        if not self._task.cancelled() and self._task.exception() is None:
            await self._task.result().aclose()

    async def hold(self) -> None:
        """Say that everything is ready, and wait; the client calls this."""
        self._tell(is_near=True)
        await self._may_leave.wait()

    async def trace(self, step: str, info: dict[str, Any]) -> None:
        """Hold the request before its headers are sent; the connection calls this at each step."""
        if step.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            await self.hold()

    async def _make(self) -> httpx2.Response:
        _departure.set(self)
        return await self._request

    def _tell(self, *, is_near: bool) -> None:
        if not self._is_near.done():
            self._is_near.set_result(is_near)


_departure: ContextVar[Departure | None] = ContextVar("departure", default=None)


class EndpointClient(httpx2.AsyncClient):
    """A client whose requests wait for their Departure, if they have one, and whose answers are bounded."""

    def __init__(self, transport: httpx2.AsyncBaseTransport | None = None, **options: Any) -> None:
        super().__init__(transport=transport, **options)
        self._tells_steps = transport is None

    async def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        """Send a request; reading an answer that is too long raises AnswerTooLong."""
        departure = _departure.get()
        if departure is not None:
            if self._tells_steps:
                request.extensions = {**request.extensions, "trace": departure.trace}
            else:
                await departure.hold()
        most_bytes = LARGEST_LIST_BYTES if departure is None else LONGEST_LINE_BYTES
        response = _BoundedResponse(await super().send(request, stream=True, **options), most_bytes)
        if not stream:
            await response.aread()
        return response


class _BoundedResponse(httpx2.Response):
    """A response that is read in small pieces; a line, or all of it if read whole, may have `most_bytes`."""

    def __init__(self, response: httpx2.Response, most_bytes: int) -> None:
        super().__init__(
            response.status_code,
            headers=response.headers,
            stream=response.stream,
            request=response.request,
            extensions=response.extensions,
            history=response.history,
        )
        self._most_bytes = most_bytes
        self._is_read_whole = False

    async def aread(self) -> bytes:
        """Read the whole response. Raises AnswerTooLong."""
        self._is_read_whole = True
        return await super().aread()

    async def aiter_bytes(self, chunk_size: int | None = None) -> AsyncGenerator[bytes, None]:
        """Give the decoded bytes as they come. Raises AnswerTooLong."""
        since_break = 0
        async with contextlib.aclosing(super().aiter_bytes(chunk_size)) as chunks:
            async for chunk in chunks:
                for start in range(0, len(chunk), PIECE_BYTES):
                    piece = chunk[start : start + PIECE_BYTES]
                    line_break = -1 if self._is_read_whole else piece.rfind(b"\n")
                    since_break = len(piece) + (since_break if line_break < 0 else -line_break - 1)
                    if since_break > self._most_bytes:
                        raise AnswerTooLong(f"more than {self._most_bytes:,} bytes came in one piece")
                    yield piece
                    await asyncio.sleep(0)
