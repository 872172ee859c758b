"""Ends the stream to a page once its person is no longer signed in."""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Send


def while_signed_in(is_signed_in: Callable[[], bool], receive: Receive, send: Send) -> tuple[Receive, Send]:
    """Wrap both ends of a request, so that a stream ends when its person's session does."""
    is_stream = is_over = False

    async def send_or_end(message: Message) -> None:
        nonlocal is_stream, is_over
        if message["type"] == "http.response.start":
            kind = Headers(raw=list(message.get("headers", []))).get("content-type", "")
            is_stream = kind.startswith("text/event-stream")
        elif is_stream and not is_over and not is_signed_in():
            is_over = True
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        if not is_over:
            await send(message)

    async def receive_or_end() -> Message:
        return {"type": "http.disconnect"} if is_over else await receive()

    return receive_or_end, send_or_end
