"""The scripted endpoint's whole answers: refusals as real servers word them, pages, and odd replies."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from tests.servers import bodies
from tests.servers.bodies import DONE, JsonObject, chunk, completion, error, event, usage, usage_chunk, words
from tests.servers.wire import Answer, Hangup, Reply, Silence

SAMPLING = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
SINCE_2023 = ("max_completion_tokens", "stream_options", "reasoning_effort", "verbosity", "seed")


def refusal_of(behaviour: str, body: JsonObject, attempt: int) -> Reply | None:
    """Return the refusal that this behaviour answers the request with; None when it lets it pass."""
    if behaviour in REFUSALS:
        return REFUSALS[behaviour]()
    if match := re.fullmatch(
        r"(rate-limit|status-503|gateway-timeout|cut-before-answer)-(once|twice)", behaviour
    ):
        allowed = {"once": 1, "twice": 2}[match[2]]
        return REFUSALS[match[1]]() if attempt <= allowed else None
    return _refused_field(behaviour, body)


def _refused_field(behaviour: str, body: JsonObject) -> Reply | None:
    if match := re.fullmatch(r"refuses-value-(.+)", behaviour):
        return _first_refused([match[1].replace("-", "_")], body, _unsupported_value)
    if behaviour == "refuses-sampling":
        return _first_refused(SAMPLING, body, _unsupported_parameter)
    if behaviour == "refuses-parts":
        return _content_in_parts(body)
    if behaviour == "refuses-detail":
        return _detail_of_pictures(body)
    if behaviour in PARTS_REFUSED:
        return _kinds_refused(*PARTS_REFUSED[behaviour], body)
    if match := re.fullmatch(r"longest-(\d+)", behaviour):
        return _too_large(int(match[1]), body)
    if match := re.fullmatch(r"refuses-(.+)", behaviour):
        return _first_refused([match[1].replace("-", "_")], body, _unsupported_parameter)
    if match := re.fullmatch(r"old-server(-strict)?", behaviour):
        return _first_refused(SINCE_2023 if match[1] else SINCE_2023[:1], body, _unrecognized)
    return None


def _first_refused(
    names: Iterable[str], body: JsonObject, refuse: Callable[[str, Any], Answer]
) -> Answer | None:
    return next((refuse(name, body[name]) for name in names if name in body), None)


def _unsupported_parameter(name: str, _value: object) -> Answer:
    text = f"Unsupported parameter: '{name}' is not supported with this model."
    return error(400, text, "unsupported_parameter", param=name)


def _unsupported_value(name: str, value: object) -> Answer:
    text = f"Unsupported value: '{name}' does not support {value} with this model."
    return error(400, text, "unsupported_value", param=name)


def _too_large(longest: int, body: JsonObject) -> Answer | None:
    sent = body.get("max_tokens") or body.get("max_completion_tokens") or 0
    text = (
        f"max_tokens is too large: {sent}. This model supports at most {longest} completion tokens, "
        f"whereas you provided {sent}."
    )
    return error(400, text, "invalid_value", param="max_tokens") if sent > longest else None


def _content_in_parts(body: JsonObject) -> Answer | None:
    is_text = all(isinstance(message["content"], str) for message in body["messages"])
    return None if is_text else error(400, "messages.0.content must be a string.", None)


def _parts_of(body: JsonObject) -> list[JsonObject]:
    contents = (message["content"] for message in body["messages"])
    return [part for content in contents if isinstance(content, list) for part in content]


def _detail_of_pictures(body: JsonObject) -> Answer | None:
    text = "('body', 'messages', 0, 'content', 1, 'image_url', 'detail'): Extra inputs are not permitted"
    has_detail = any("detail" in part.get("image_url", {}) for part in _parts_of(body))
    return error(422, text, None) if has_detail else None


# A kind of part, and how an endpoint refuses it that does not take it.
PARTS_REFUSED: dict[str, tuple[str, Callable[[], Answer]]] = {
    "no-pictures": (
        "image_url",
        lambda: error(
            400,
            "Invalid content type. image_url is only supported by certain models.",
            None,
            param="messages.[0].content.[1].type",
        ),
    ),
    "no-pictures-llama": (
        "image_url",
        lambda: error(
            500,
            "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
            500,
            type="server_error",
        ),
    ),
    "no-pictures-openrouter": (
        "image_url",
        lambda: error(404, "No endpoints found that support image input", 404),
    ),
    "no-pictures-deepseek": (
        "image_url",
        lambda: error(
            400,
            "Failed to deserialize the JSON body into the target type: messages[0]: unknown variant "
            "`image_url`, expected `text` at line 1 column 109",
            "invalid_request_error",
        ),
    ),
    "bad-picture": (
        "image_url",
        lambda: error(
            400, "You uploaded an unsupported image. Please make sure it is valid.", "image_parse_error"
        ),
    ),
    "huge-picture": (
        "image_url",
        lambda: error(
            400, "This image requires 41334 patches after processing, exceeding the limit of 30000.", None
        ),
    ),
    "no-documents": (
        "file",
        lambda: error(400, "Invalid content type: 'file' is not supported by this model.", None),
    ),
}


def _kinds_refused(kind: str, refuse: Callable[[], Answer], body: JsonObject) -> Answer | None:
    return refuse() if any(part["type"] == kind for part in _parts_of(body)) else None


def _unrecognized(name: str, _value: object) -> Answer:
    return error(400, f"Unrecognized request argument supplied: {name}", None)


def _rate_limited() -> Answer:
    text = "Rate limit reached for requests per min. Please try again in 1s."
    body = {"message": text, "type": "requests", "param": None, "code": "rate_limit_exceeded"}
    return bodies.answer({"error": body}, 429, Retry_After="1")


def _no_capacity() -> Answer:
    return error(429, "Resource unavailable. Please try again later.", "resource_unavailable")


def _context_openai() -> Answer:
    text = (
        "This model's maximum context length is 128000 tokens. However, your messages resulted in"
        " 130567 tokens. Please reduce the length of the messages."
    )
    return error(400, text, "context_length_exceeded", param="messages")


def _context_llama() -> Answer:
    text = "request (5040 tokens) exceeds the available context size (4096 tokens), try increasing it"
    return error(400, text, 400, type="exceed_context_size_error", n_prompt_tokens=5040, n_ctx=4096)


REFUSALS: dict[str, Callable[[], Reply]] = {
    "no-capacity": _no_capacity,
    "wrong-key": lambda: error(401, "Incorrect API key provided: wrong***key.", "invalid_api_key"),
    "no-model": lambda: error(
        404, "The model `no-model` does not exist or you do not have access to it.", "model_not_found"
    ),
    "no-quota": lambda: error(
        429,
        "You exceeded your current quota, please check your plan and billing details.",
        "insufficient_quota",
        type="insufficient_quota",
    ),
    "rate-limit": _rate_limited,
    "status-500": lambda: error(500, "The server had an error.", None, type="server_error"),
    "status-503": lambda: error(
        503, "The engine is currently overloaded.", "server_is_overloaded", type="server_error"
    ),
    "context-openai": _context_openai,
    "context-llama": _context_llama,
    "filter-error": lambda: error(
        400, "Your request was rejected as a result of our safety system.", "content_policy_violation"
    ),
    "error-not-json": lambda: Answer(b"<html>502 Bad Gateway</html>", 502, "text/html"),
    "html": lambda: Answer(bodies.HTML_PAGE, content_type="text/html; charset=utf-8"),
    "empty-body": lambda: Answer(b""),
    "gateway-timeout": lambda: Answer(b"<html>504 Gateway Time-out</html>", 504, "text/html"),
    "cut-before-answer": Hangup,
    "hangs": Silence,
}


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
