"""The scripted endpoint's replies, one for each name of a behaviour; the list is in `scripted`."""

import itertools
import re
from collections.abc import Iterable, Iterator

from tests.servers import bodies
from tests.servers.answers import odd_answer, refusal_of
from tests.servers.bodies import DONE, JsonObject, chunk, error, event, usage, usage_chunk, words
from tests.servers.wire import Event, ReceivedRequest, Reply, Stream

LAST_WORDS: dict[str, list[bytes]] = {
    "cut-clean": [],
    "error-event": [event({"error": {"message": "The server had an error.", "type": "server_error"}})],
    "broken-json": [b'data: {"choices": [{"delta": \n\n'],
}
FINISH_REASONS = {"length": "length", "filter-finish": "content_filter"}
REASONING_FIELDS = {"reasoning-content": "reasoning_content", "reasoning": "reasoning"}
USAGE_FIELDS: dict[str, JsonObject] = {
    "usage-null-details": {"prompt_tokens_details": None, "completion_tokens_details": None},
    "usage-details": {
        "prompt_tokens_details": {"cached_tokens": 1000, "cache_write_tokens": 200},
        "completion_tokens_details": {"reasoning_tokens": 5},
    },
    "usage-negative": {"completion_tokens": -1},
    "usage-cached-too-many": {"prompt_tokens_details": {"cached_tokens": bodies.INPUT_TOKENS + 1}},
}


def reply_to_chat(behaviour: str, body: JsonObject, attempt: int) -> Reply:
    """Return the reply to a request for a completion; `attempt` counts those for this model from 1."""
    answered = refusal_of(behaviour, body, attempt) or odd_answer(behaviour, body)
    if answered is not None:
        return answered
    if not body.get("stream"):
        count = 8
        whole = bodies.completion(_model(behaviour, body), "".join(bodies.words(count)), usage(count))
        return bodies.answer(whole)
    if match := re.fullmatch(r"held-(\d+)", behaviour):
        return Stream(_paced(_whole_reply(behaviour, body, int(match[1])), 0, 0.005), held_after=3)
    special = _special_stream(behaviour, body) or full_length_stream(behaviour, body)
    return special or Stream(_paced(*_events_and_pace(behaviour, body)))


def _model(behaviour: str, body: JsonObject) -> str:
    return "resolved-other-2026-01-01" if behaviour == "resolved-other" else str(body["model"])


def _events_and_pace(behaviour: str, body: JsonObject) -> tuple[Iterable[bytes], float, float]:
    """Return the events of an ordinary stream, the seconds before the first and between two."""
    if match := re.fullmatch(r"stream-(\d+)x(\d+)ms", behaviour):
        return _whole_reply(behaviour, body, int(match[1])), 0, int(match[2]) / 1000
    if match := re.fullmatch(r"slow-first-(\d+)ms", behaviour):
        return _whole_reply(behaviour, body, 8), int(match[1]) / 1000, 0.005
    if match := re.fullmatch(r"endless-(\d+)ms", behaviour):
        texts = (f"word{number} " for number in itertools.count(1))
        return _text_events(str(body["model"]), texts), 0, int(match[1]) / 1000
    return _whole_reply(behaviour, body, 8), 0, 0.005


def _paced(events: Iterable[bytes], first_s: float, every_s: float) -> Iterator[Event]:
    return ((first_s + every_s * index, payload) for index, payload in enumerate(events))


def _whole_reply(behaviour: str, body: JsonObject, count: int) -> Iterator[bytes]:
    model = _model(behaviour, body)
    asked = bool((body.get("stream_options") or {}).get("include_usage")) and behaviour != "usage-none"
    reported = usage(count, **USAGE_FIELDS.get(behaviour, {})) if asked else None
    tier = re.fullmatch(r"service-tier-(.+)", behaviour)
    yield from _deltas(behaviour, model, count, tier[1] if tier else body.get("service_tier"))
    last = chunk(model, {}, finish_reason=FINISH_REASONS.get(behaviour, "stop"))
    within = behaviour in {"usage-with-choices", "usage-every-chunk"}
    yield event({**last, "usage": reported} if within and reported else last)
    if reported and not within:
        yield event(usage_chunk(model, reported))
    yield DONE


def _deltas(behaviour: str, model: str, count: int, tier: str | None) -> Iterator[bytes]:
    if behaviour == "refusal":
        yield event(chunk(model, {"refusal": "I cannot help with that."}))
        return
    if reasoning_field := REASONING_FIELDS.get(behaviour):
        for text in ("First I think, ", "then I answer."):
            yield event(chunk(model, {reasoning_field: text}))
    texts = bodies.RICH_TEXT.splitlines(keepends=True) if behaviour == "markdown" else bodies.words(count)
    named = {"service_tier": tier} if tier else {}
    yield from _text_events(model, texts, counted=behaviour == "usage-every-chunk", named=named)


def _text_events(
    model: str, texts: Iterable[str], *, counted: bool = False, named: JsonObject | None = None
) -> Iterator[bytes]:
    for number, text in enumerate(texts, 1):
        more = {"usage": usage(number)} if counted else {}
        yield event(chunk(model, {"role": "assistant", "content": text}, **more, **(named or {})))


def _special_stream(behaviour: str, body: JsonObject) -> Stream | None:
    """Return a stream that breaks after three words or never ends; None for any other behaviour."""
    if behaviour == "done-only":
        return Stream([(0, DONE)])
    if match := re.fullmatch(r"flood-(\d+)kb", behaviour):
        [much] = _text_events(str(body["model"]), ["word " * (int(match[1]) * 200)])
        return Stream((0, much) for _ in itertools.count())
    begun = [*_text_events(str(body["model"]), bodies.words(3))]
    if behaviour == "one-line":
        without_end = itertools.chain([b'data: {"choices": "'], itertools.repeat(b"x" * 65_536))
        return Stream(_paced(itertools.chain(begun, without_end), 0, 0))
    if behaviour == "cut-reset":
        return Stream(_paced(begun, 0, 0.005), ending="reset")
    if behaviour == "cut-close":
        return Stream(_paced(begun, 0, 0.005), ending="close")
    if behaviour in LAST_WORDS:
        return Stream(_paced([*begun, *LAST_WORDS[behaviour]], 0, 0.005))
    return None


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


def repeated_key(behaviour: str, request: ReceivedRequest) -> Reply:
    """Return the answer that this behaviour asks for."""
    sent = request.headers["authorization"]
    key = sent.rpartition(" ")[2]
    if behaviour == "repeats-in-error":
        return error(400, f"No project for “{sent}”, that is {key}.", f"no_{key}", type=key, param=key)
    if behaviour == "repeats-in-error-event":
        return _stream_with_key(request.model, last=[event({"error": {"message": f"{sent} is used up."}})])
    if behaviour == "repeats-in-model":
        return _stream_with_key(f"served-for-{key}")
    if behaviour == "repeats-in-tier":
        return _stream_with_key(request.model, service_tier=f"tier of {key}")
    if behaviour == "repeats-in-count":
        return _stream_with_key(request.model, counts={"prompt_tokens": key, "total_tokens": 0})
    return _stream_with_key(request.model, text=f"I was asked with {sent}.")


def _stream_with_key(
    model: str,
    *,
    text: str = "",
    counts: JsonObject | None = None,
    last: list[bytes] | None = None,
    **named: str,
) -> Stream:
    begun = [event(chunk(model, {"content": each}, **named)) for each in ([text] if text else words(3))]
    ended = [
        event(chunk(model, {}, finish_reason="stop")),
        event(usage_chunk(model, {**usage(3), **(counts or {})})),
    ]
    return Stream((0, each) for each in (*begun, *(last or [*ended, DONE])))
