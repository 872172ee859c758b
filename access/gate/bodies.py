"""Reads the whole body of a request, unless it is too large or takes too long to arrive."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope


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
    too_large = RefusedBodyError(413, f"This request is too large: the limit is {most_bytes:,} bytes.")
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
        raise RefusedBodyError(408, "The request took too long to arrive. Send it again.") from exc
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
