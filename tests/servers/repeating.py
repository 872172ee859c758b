"""The scripted endpoint's answers that repeat the key that they were asked with."""

from tests.servers.bodies import DONE, JsonObject, chunk, error, event, usage, usage_chunk, words
from tests.servers.wire import ReceivedRequest, Reply, Stream


def repeated_key(behaviour: str, request: ReceivedRequest) -> Reply:
    """Return the answer that this behaviour asks for."""
    sent = request.headers["authorization"]
    key = sent.rpartition(" ")[2]
    if behaviour == "repeats-in-error":
        return error(400, f"No project for “{sent}”, that is {key}.", f"no_{key}", type=key, param=key)
    if behaviour == "repeats-in-error-event":
        return _stream(request.model, last=[event({"error": {"message": f"{sent} is used up."}})])
    if behaviour == "repeats-in-model":
        return _stream(f"served-for-{key}")
    if behaviour == "repeats-in-tier":
        return _stream(request.model, service_tier=f"tier of {key}")
    if behaviour == "repeats-in-count":
        return _stream(request.model, counts={"prompt_tokens": key, "total_tokens": 0})
    return _stream(request.model, text=f"I was asked with {sent}.")


def _stream(
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
