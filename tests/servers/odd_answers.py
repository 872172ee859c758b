"""The scripted endpoint's whole answers, byte for byte, that are odd and yet hold a reply with its counts."""

import json
from collections.abc import Callable

from tests.servers.bodies import DONE, JsonObject, chunk, completion, event, usage, usage_chunk, words
from tests.servers.wire import Answer, Reply

WORDS = words(8)
EVENT_STREAM = "text/event-stream"


def odd_answer(behaviour: str, body: JsonObject) -> Reply | None:
    """Return the answer that this behaviour asks for; None for any other behaviour."""
    if behaviour not in ODD_ANSWERS:
        return None
    content_type, make = ODD_ANSWERS[behaviour]
    return Answer(make(str(body["model"])), content_type=content_type)


def events(model: str) -> list[bytes]:
    """Return eight words, the end and the counts, each an event; not the last [DONE]."""
    chunks = [chunk(model, {"content": text}) for text in WORDS]
    return [event(each) for each in (*chunks, chunk(model, {}, finish_reason="stop"), _counts(model))]


def _counts(model: str) -> JsonObject:
    return usage_chunk(model, usage(len(WORDS)))


def _stream(model: str) -> bytes:
    return b"".join(events(model)) + DONE


def _with(block: bytes) -> Callable[[str], bytes]:
    """Return the stream with this block before, between and after its events."""
    return lambda model: block + b"".join(each + block for each in events(model)) + DONE


def _whole(model: str, indent: int | None = None) -> bytes:
    return json.dumps(completion(model, "".join(WORDS), usage(len(WORDS))), indent=indent).encode()


def _json_lines(model: str) -> bytes:
    return b"".join(each.removeprefix(b"data: ").replace(b"\n\n", b"\n") for each in events(model))


def _ended_by(line_end: bytes) -> Callable[[str], bytes]:
    return lambda model: _stream(model).replace(b"\n", line_end)


ODD_ANSWERS: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "retry-blocks": (EVENT_STREAM, _with(b"retry: 3000\n\n")),
    "id-blocks": (EVENT_STREAM, _with(b"id: 7\n\n")),
    "event-blocks": (EVENT_STREAM, _with(b"event: ping\n\n")),
    "empty-data-blocks": (EVENT_STREAM, _with(b"data:\n\ndata: \n\ndata\n\n")),
    "comment-blocks": (EVENT_STREAM, _with(b": OPENROUTER PROCESSING\n\n")),
    "stray-lines": (EVENT_STREAM, _with(b"what is this\n")),
    "byte-order-mark": (EVENT_STREAM, lambda model: b"\xef\xbb\xbf" + _stream(model)),
    "crlf": (EVENT_STREAM, _ended_by(b"\r\n")),
    "lone-cr": (EVENT_STREAM, _ended_by(b"\r")),
    "no-empty-lines": (EVENT_STREAM, lambda model: _stream(model).replace(b"\n\n", b"\n")),
    "data-over-lines": (EVENT_STREAM, lambda model: _stream(model).replace(b", ", b",\ndata: ")),
    "no-last-line-end": (EVENT_STREAM, lambda model: b"".join(events(model)).removesuffix(b"\n\n")),
    "stream-as-json": ("application/json", _stream),
    "stream-as-text": ("text/plain; charset=latin-1", _stream),
    "stream-as-anything": ("application/octet-stream", _stream),
    "stream-as-html": ("text/html", _stream),
    "whole-as-stream": (EVENT_STREAM, _whole),
    "whole-over-lines": (EVENT_STREAM, lambda model: _whole(model, indent=2)),
    "whole-as-text": ("text/plain", _whole),
    "json-lines": ("application/x-ndjson", _json_lines),
    "json-lines-as-json": ("application/json", _json_lines),
    "json-lines-as-stream": (EVENT_STREAM, _json_lines),
}
