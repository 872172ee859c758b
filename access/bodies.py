"""Reads the body of a request, within limits, and finds the pages and events that the request names."""

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from texts import _

_PAGE_IN_PATH = re.compile(r"/gradio_api/(?:heartbeat/([^/]+)|stream/([^/]+)/[^/]+/.+)/?")
_EVENT_IN_PATH = re.compile(r"/gradio_api/(?:call/(?:v2/)?[^/]+/([^/]+)|stream/([^/]+)(?:/close)?)/?")
EVENT_IS_MADE = re.compile(r"/gradio_api/(?:queue/join|call/(?:v2/)?[^/]+)/?")
EVENT_IS_RUN = re.compile(r"/gradio_api/(?:run|api)/[^/]+/?")  # at once, without waiting in the queue


class RefusedBodyError(Exception):
    """The body is refused; `status` is the HTTP status to answer with, and the text is fit to show."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class ClientLeftError(Exception):
    """Whoever sent the request has gone, and nobody is waiting for an answer."""


async def read_body(scope: Scope, receive: Receive, most_bytes: int, longest_s: float) -> bytes:
    """Return the body. Raises RefusedBodyError, and ClientLeftError when the client has gone.

    A body whose declared length is too large is refused before any of it is read. One of unknown length is
    read up to `most_bytes` and no further.
    """
    text = _("This request is too large: the limit is {bytes} bytes.")
    too_large = RefusedBodyError(413, text.format(bytes=f"{most_bytes:,}"))
    if _declared_bytes(scope) > most_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(longest_s):
            is_whole = False
            while not is_whole:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientLeftError
                body += message.get("body", b"")
                is_whole = not message.get("more_body", False)
                if len(body) > most_bytes:
                    raise too_large
    except TimeoutError as exc:
        raise RefusedBodyError(408, _("The request took too long to arrive. Send it again.")) from exc
    return bytes(body)


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the app the body that was read, then whatever else comes."""
    given: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return given.pop() if given else await receive()

    return receive_again


def _declared_bytes(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


class NotJsonError(Exception):
    """The body is not a JSON object, as that of every event is."""


@dataclass(frozen=True, slots=True)
class Named:
    """The pages by their hashes, the events by their ids."""

    pages: frozenset[str]
    events: frozenset[str]


def named_in(scope: Scope, path: str, body: bytes) -> Named:
    """Return what a request to `path` names. Raises NotJsonError for a body that cannot be read."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    sent = _object(body)
    pages = {*query.get("session_hash", ()), *_groups(_PAGE_IN_PATH, path), sent.get("session_hash")}
    events = {*_groups(_EVENT_IN_PATH, path), sent.get("event_id")}
    return Named(_texts(pages), _texts(events))


def _object(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise NotJsonError from exc
    if not isinstance(sent, dict):
        raise NotJsonError
    return sent


def _groups(pattern: re.Pattern[str], path: str) -> list[str]:
    found = pattern.fullmatch(path)
    return [group for group in found.groups() if group] if found else []


def _texts(values: set[Any]) -> frozenset[str]:
    return frozenset(value for value in values if isinstance(value, str) and value)
