"""Replies of the scripted endpoint that are exactly as long as the request allows, and cost all they may."""

import itertools
from collections.abc import Iterator

from tests.servers.bodies import DONE, JsonObject, chunk, event, usage, usage_chunk, words
from tests.servers.wire import Event, Stream

TOKENS_A_CHUNK = 50
NEVER_S = 1e9


def full_length_stream(behaviour: str, body: JsonObject) -> Stream | None:
    """Return a stream of words up to the maximum, endless without one; None for another behaviour."""
    if behaviour not in ("full-length", "full-length-cut", "full-length-hangs"):
        return None
    model, most = str(body["model"]), body.get("max_tokens") or body.get("max_completion_tokens")
    if most is None or behaviour == "full-length-hangs":
        return Stream(_hanging(model, most))
    if behaviour == "full-length-cut":
        return Stream(((0, text) for text in _texts(model, most // 2)), ending="close")
    return Stream((0, payload) for payload in _whole(model, most, body))


def prompt_tokens(body: JsonObject) -> int:
    """Return the most that an honest endpoint can count: a token a byte, and some around each message."""
    size = sum(len(str(text).encode()) for message in body["messages"] for text in message.values())
    return size + 16 * len(body["messages"]) + 256


def _whole(model: str, most: int, body: JsonObject) -> Iterator[bytes]:
    yield from _texts(model, most)
    yield event(chunk(model, {}, finish_reason="length"))
    yield event(usage_chunk(model, usage(most, prompt_tokens=prompt_tokens(body))))
    yield DONE


def _texts(model: str, count: int) -> Iterator[bytes]:
    numbered = iter(words(count))
    while some := "".join(itertools.islice(numbered, TOKENS_A_CHUNK)):
        yield event(chunk(model, {"role": "assistant", "content": some}))


def _hanging(model: str, most: int | None) -> Iterator[Event]:
    """Yield half of what is allowed at once, then nothing; without a maximum words without end."""
    counts = itertools.repeat(TOKENS_A_CHUNK) if most is None else [most // 2]
    yield from ((0, text) for count in counts for text in _texts(model, count))
    yield NEVER_S, DONE
