"""The provider against recorded bodies: odd answers that no server of ours gives."""

import json
from typing import Any

import httpx2
import pytest

from chat.completion import (
    Answered,
    Completed,
    CompletionRequest,
    Message,
    ReasoningDelta,
    Remark,
    Retrying,
    TextDelta,
)
from chat.errors import ChatError, ReplyBroken, RequestRefused
from tests.provider_calls import answer, as_values, provider_at, transport
from usage.tokens import TokenUsage

URL = "https://api.example.com/v1"
NO_PROTOCOL = (
    "This address does not speak the OpenAI protocol: https://api.example.com/v1. "
    "Check OPENAI_BASE_URL; it often ends in /v1."
)
UNREADABLE = "api.example.com sent something unreadable and the reply ends there."
USAGE = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
ANSWERED = [TextDelta("Hi"), Completed(TokenUsage(input=12, output=3), "m")]


def stream(*chunks: Any) -> httpx2.Response:
    """A stream of these chunks, given as JSON values."""
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return httpx2.Response(
        200, headers={"content-type": "text/event-stream"}, text="".join(lines) + "data: [DONE]\n\n"
    )


def chunk(**choice: Any) -> dict[str, Any]:
    """A chunk of model `m` with one choice."""
    return {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def text(content: Any, **more: Any) -> dict[str, Any]:
    """A chunk that says something."""
    return chunk(index=0, delta={"content": content, **more})


END = {**chunk(index=0, delta={}, finish_reason="stop"), "usage": USAGE}


async def outcome(*answers: httpx2.Response | Exception, model: str = "m") -> list[object]:
    """What comes of a call that is answered so."""
    async with provider_at(URL, transport=transport(*answers)) as provider:
        return as_values(await answer(provider, model))


async def test_a_recorded_reply_comes_as_events() -> None:
    assert await outcome(stream(text("H"), text("i"), END)) == ANSWERED


@pytest.mark.parametrize(
    "odd",
    [
        chunk(index=0, delta=None),
        chunk(index=0, delta={}),
        text(None),
        text(""),
        text(["a", "list"]),
        {"choices": []},
        {"choices": None, "model": None},
        {**text(""), "usage": None, "service_tier": None, "unheard_of": [1]},
    ],
)
async def test_chunks_that_say_nothing_do_no_harm(odd: Any) -> None:
    assert await outcome(stream(odd, text("Hi"), odd, END)) == ANSWERED


@pytest.mark.parametrize("odd", [7, [1], "text", {"choices": "text"}, {"choices": [None]}, {"choices": [7]}])
async def test_chunks_of_another_shape_end_the_reply_where_they_come(odd: Any) -> None:
    assert await outcome(stream(text("Hi"), odd)) == [TextDelta("Hi"), (ReplyBroken, UNREADABLE)]


@pytest.mark.parametrize("odd", [7, [1], "text"])
async def test_an_answer_of_another_shape_from_the_start_is_no_endpoint(odd: Any) -> None:
    assert await outcome(stream(odd)) == [(RequestRefused, NO_PROTOCOL)]


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        ({**USAGE, "prompt_tokens": 12.0}, TokenUsage(input=12, output=3)),
        ({**USAGE, "prompt_tokens": "12"}, TokenUsage(input=12, output=3)),
        ({**USAGE, "prompt_tokens": 10**9}, TokenUsage(input=10**9, output=3)),
        ({"total_tokens": 15}, None),
        ({**USAGE, "prompt_tokens": None}, None),
        (
            {**USAGE, "completion_tokens_details": {"reasoning_tokens": 1}},
            TokenUsage(12, None, None, 3, 1),
        ),
    ],
)
async def test_counts_are_taken_as_reported(usage: dict[str, Any], counts: TokenUsage | None) -> None:
    assert await outcome(stream(text("Hi"), {**END, "usage": usage})) == [
        TextDelta("Hi"),
        Completed(counts, "m"),
    ]


@pytest.mark.parametrize(
    ("usage", "why"),
    [
        ({**USAGE, "completion_tokens": 1.5}, "completion_tokens is 1.5"),
        ({**USAGE, "completion_tokens": 10**9 + 1}, "completion_tokens is 1000000001"),
        ({**USAGE, "prompt_tokens": "many"}, "prompt_tokens is many"),
        ({**USAGE, "prompt_tokens": "x" * 99}, f"prompt_tokens is {'x' * 40}"),
        ({**USAGE, "prompt_tokens": "a\nb\u200b"}, "prompt_tokens is ab"),
        ({**USAGE, "prompt_tokens": -1}, "input tokens cannot be negative: -1"),
        ({**USAGE, "prompt_tokens_details": {"cached_tokens": []}}, "cached_tokens is []"),
        ({**USAGE, "completion_tokens": float("nan")}, "completion_tokens is nan"),
        (
            {**USAGE, "completion_tokens_details": {"reasoning_tokens": 4}},
            "reasoning tokens (4) cannot be more than the total (3)",
        ),
    ],
)
async def test_counts_that_no_call_can_have_are_not_believed(usage: dict[str, Any], why: str) -> None:
    assert await outcome(stream(text("Hi"), {**END, "usage": usage})) == [
        TextDelta("Hi"),
        Remark(f"The endpoint reported impossible counts ({why}), so what this reply cost is unknown."),
        Completed(None, "m", impossible=why),
    ]


async def test_the_last_counts_are_the_ones_that_hold() -> None:
    early = {**text("Hi"), "usage": {"prompt_tokens": 12, "completion_tokens": 1, "total_tokens": 13}}
    assert await outcome(stream(early, END)) == ANSWERED


@pytest.mark.parametrize(
    ("model", "resolved"),
    [(None, None), (7, None), ("a\nb\ud800\u200b", "ab"), ("x" * 201, "x" * 200), ("", None)],
)
async def test_the_name_of_a_model_fits_one_line(model: Any, resolved: str | None) -> None:
    came = await outcome(stream({**END, "model": model}))
    assert came == [Completed(TokenUsage(input=12, output=3), resolved)]


@pytest.mark.parametrize(
    ("named", "tier"),
    [
        (["flex"], "flex"),
        (["auto", "priority"], "priority"),
        ([None, "flex", None], "flex"),
        ([None], None),
        ([7], None),
        (["fl\nex\u200b"], "flex"),
        (["x" * 201], "x" * 200),
    ],
)
async def test_the_service_tier_is_the_last_one_named(named: list[Any], tier: str | None) -> None:
    chunks = [
        {**text("Hi" if number == 0 else ""), "service_tier": name} for number, name in enumerate(named)
    ]
    came = await outcome(stream(*chunks, END))
    assert came == [TextDelta("Hi"), Completed(TokenUsage(input=12, output=3), "m", tier)]


async def test_who_answers_is_told_with_the_first_word_and_when_it_changes() -> None:
    first, second = {**text("H"), "service_tier": "auto"}, {**text("i"), "service_tier": "flex"}
    async with provider_at(URL, transport=transport(stream(first, first, second, END))) as provider:
        request = CompletionRequest("m", (Message("user", "Hello"),))
        came = [event async for event in provider.stream(request)]
    assert came == [
        Answered("m", "auto"),
        TextDelta("H"),
        TextDelta("H"),
        Answered("m", "flex"),
        TextDelta("i"),
        Completed(TokenUsage(input=12, output=3), "m", "flex"),
    ]


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
async def test_reasoning_and_text_of_one_chunk_both_come(name: str) -> None:
    came = await outcome(stream(text("Hi", **{name: "Hm."}), END))
    assert came == [ReasoningDelta("Hm."), *ANSWERED]


def refused(status: int, body: Any, **headers: str) -> httpx2.Response:
    """A refusal: JSON for a value, else a text as it is."""
    if isinstance(body, str) and body.startswith("<"):
        return httpx2.Response(status, html=body, headers=headers)
    return httpx2.Response(status, json=body, headers=headers)


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (
            refused(400, {"error": "the prompt is empty"}),
            "api.example.com refused the request (status 400). api.example.com says: “the prompt is empty”",
        ),
        (
            refused(400, {"object": "error", "message": "bad", "code": 400}),
            "api.example.com refused the request (status 400). api.example.com says: “bad”",
        ),
        (refused(400, "<h1>Bad Request</h1>"), "api.example.com refused the request (status 400)."),
        (refused(400, ["odd"]), "api.example.com refused the request (status 400)."),
        (
            refused(404, {"error": "model m not found"}),
            "api.example.com has no model named m, or this key may not use it. Choose another model.",
        ),
        (refused(404, {"detail": "Not Found"}), NO_PROTOCOL),
        (refused(404, "<h1>Not Found</h1>"), NO_PROTOCOL),
    ],
)
async def test_refusals_are_worded_in_many_ways(response: httpx2.Response, said: str) -> None:
    assert await outcome(response) == [(RequestRefused, said)]


@pytest.mark.parametrize(
    ("asked_for", "delay_s"),
    [
        ({}, 0.5),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "-1"}, 0.0),
        ({"retry-after": "60.5"}, 60.0),
        ({"retry-after": "inf"}, 60.0),
        ({"retry-after": "nan"}, 0.5),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:00 GMT"}, 0.5),
    ],
)
async def test_the_pause_is_what_the_endpoint_asks_for_within_reason(
    asked_for: dict[str, str], delay_s: float
) -> None:
    came = await outcome(refused(429, {}, **asked_for), stream(text("Hi"), END))
    assert came == [Retrying("api.example.com answered with status 429", delay_s), *ANSWERED]


UNREACHABLE = (
    RequestRefused,
    "api.example.com cannot be reached. Check the address (https://api.example.com/v1), your connection, "
    "and that the server is running.",
)
IN_TIME = (ReplyBroken, "api.example.com did not answer in time. Retry, or choose another model.")


@pytest.mark.parametrize(
    ("error", "end", "is_tried_again"),
    [
        (httpx2.ConnectError("refused"), UNREACHABLE, True),
        (httpx2.RemoteProtocolError("left"), UNREACHABLE, True),
        (httpx2.ConnectTimeout("slow"), UNREACHABLE, False),
        (httpx2.ReadTimeout("slow"), IN_TIME, False),
    ],
)
async def test_a_call_that_never_got_through_cost_nothing_and_one_that_did_may_have(
    error: Exception, end: tuple[type[ChatError], str], is_tried_again: bool
) -> None:
    retries = [Retrying("api.example.com cannot be reached", delay_s) for delay_s in (0.5, 1.0)]
    assert await outcome(error) == [*(retries if is_tried_again else []), end]
