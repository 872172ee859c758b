"""The scripted endpoint's refusals: errors worded as real servers word them, and pages that are no API."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from tests.servers import bodies
from tests.servers.bodies import JsonObject, error
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


def _unrecognized(name: str, _value: object) -> Answer:
    return error(400, f"Unrecognized request argument supplied: {name}", None)


def _rate_limited() -> Answer:
    text = "Rate limit reached for requests per min. Please try again in 1s."
    body = {"message": text, "type": "requests", "param": None, "code": "rate_limit_exceeded"}
    return bodies.answer({"error": body}, 429, Retry_After="1")


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
