"""Reads a request's body whole, as far as its size and the time it takes are acceptable."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope


class RefusedBodyError(Exception):
    """The body is not taken in; `status` is the HTTP status that says so, the text is fit to show."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class ClientLeftError(Exception):
    """Whoever sent the request is gone, and nobody waits for an answer."""


async def read_body(scope: Scope, receive: Receive, most_bytes: int, longest_s: float) -> bytes:
    """Return the body. Raises RefusedBodyError before anything is read where its length says too much.

    A body of unknown length is read up to what is allowed and no further.
    """
    too_large = RefusedBodyError(413, f"This is too large: at most {most_bytes:,} bytes are taken.")
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
        raise RefusedBodyError(408, "The request did not arrive whole in time. Send it again.") from exc
    return bytes(body)


def replayed(body: bytes, receive: Receive) -> Receive:
    """What the app receives in place of the body that was read; after it comes what else there is."""
    given: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return given.pop() if given else await receive()

    return receive_again


def _declared_bytes(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0
