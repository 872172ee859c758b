"""HTTP/1.1 as far as a test server needs it: one request a connection, answers whole or as a stream."""

import asyncio
import json
import socket
import struct
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal

Event = tuple[float, bytes]
"""When to write it, in seconds after the stream began, and what."""


@dataclass
class ReceivedRequest:
    """What a client sent, and how far its answer got. Times are seconds of `time.time()`."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    received_at: float
    first_event_at: float | None = None
    last_event_at: float | None = None
    events_sent: int = 0
    answered: bool = False
    disconnected_at: float | None = None
    query: str = ""

    @property
    def model(self) -> str:
        return str(self.body.get("model", ""))


@dataclass(frozen=True)
class Answer:
    """An answer sent at once."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stream:
    """Server-sent events at set times, ended properly, by closing in mid-body, or by a reset.

    After `held_after` events the rest waits until it is released.
    """

    events: Iterable[Event]
    ending: Literal["end", "close", "reset"] = "end"
    held_after: int | None = None


@dataclass(frozen=True)
class Silence:
    """No answer, for as long as the client cares to wait."""


@dataclass(frozen=True)
class Hangup:
    """No answer: the connection is closed as soon as the request is read."""


Reply = Answer | Stream | Silence | Hangup


async def read_request(reader: asyncio.StreamReader) -> ReceivedRequest | None:
    """Read the request on a fresh connection; None when the client left without sending one."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.rstrip().split("\r\n")
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    raw = await reader.readexactly(int(headers.get("content-length", 0)))
    body = json.loads(raw) if raw else {}
    return ReceivedRequest(method, path, headers, body, received_at=time.time(), query=query)


async def send(
    reply: Reply, request: ReceivedRequest, writer: asyncio.StreamWriter, released: asyncio.Event
) -> None:
    """Write the reply and note in the request when its first and last events went out."""
    match reply:
        case Silence():
            await asyncio.Event().wait()
        case Hangup():
            return
        case Answer():
            await _send_answer(reply, writer)
        case Stream():
            await _send_stream(reply, request, writer, released)
    request.answered = True


async def _send_answer(answer: Answer, writer: asyncio.StreamWriter) -> None:
    length = {"Content-Length": str(len(answer.body))}
    writer.write(_head(answer.status, answer.content_type, {**answer.headers, **length}) + answer.body)
    await writer.drain()


async def _send_stream(
    stream: Stream, request: ReceivedRequest, writer: asyncio.StreamWriter, released: asyncio.Event
) -> None:
    writer.write(_head(200, "text/event-stream", {"Transfer-Encoding": "chunked"}))
    loop = asyncio.get_running_loop()
    began = loop.time()
    for due, payload in stream.events:
        if request.events_sent == stream.held_after:
            await released.wait()
        # Kept to the clock rather than slept between, so that delays do not add up.
        if (pause := began + due - loop.time()) > 0:
            await asyncio.sleep(pause)
        writer.write(b"%x\r\n%s\r\n" % (len(payload), payload))
        await writer.drain()
        request.last_event_at = time.time()
        request.first_event_at = request.first_event_at or request.last_event_at
        request.events_sent += 1
    await _end_stream(stream.ending, writer)


async def _end_stream(ending: str, writer: asyncio.StreamWriter) -> None:
    if ending == "end":
        writer.write(b"0\r\n\r\n")
        await writer.drain()
    elif ending == "reset":
        # A reset throws away what the client has not read yet, so let it read first.
        await asyncio.sleep(0.2)
        linger_no_time = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_no_time)
        writer.transport.abort()


def _head(status: int, content_type: str, headers: Mapping[str, str]) -> bytes:
    fields = {"Content-Type": content_type, "Connection": "close", **headers}
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{k}: {v}" for k, v in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
