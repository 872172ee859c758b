"""The provider against recorded bodies: odd answers that no server of ours gives."""

from typing import Any

import httpx2
import pytest

from chat.providers.seam import (
    Answered,
    Completed,
    CompletionRequest,
    ReasoningDelta,
    Remark,
    ReplyBroken,
    RequestRefused,
    Retrying,
    TextDelta,
)
from tests.helpers.provider_calls import (
    ANSWERED,
    END,
    URL,
    USAGE,
    chunk,
    outcome,
    provider_at,
    refused,
    stream,
    text,
    transport,
)
from usage.forecast import Prompt
from usage.units import TokenUsage

NO_PROTOCOL = (
    "This address does not speak the OpenAI protocol: https://api.example.com/v1. "
    "Check OPENAI_BASE_URL; it often ends in /v1."
)
UNREADABLE = "api.example.com sent something unreadable and the reply ends there."


def usage_of(prompt: int, completion: int, total: Any, **details: int) -> dict[str, Any]:
    """What an endpoint reports at the end."""
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": total,
        "completion_tokens_details": details,
    }


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
        None,
        {},
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


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        ({**USAGE, "prompt_tokens": 12.0}, TokenUsage(input=12, output=3)),
        ({**USAGE, "prompt_tokens": "12"}, TokenUsage(input=12, output=3)),
        ({**USAGE, "prompt_tokens": 10**9}, TokenUsage(input=10**9, output=3)),
        ({"total_tokens": 15}, None),
        ({**USAGE, "prompt_tokens": None}, None),
        ({**USAGE, "prompt_tokens": 0}, None),
        ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, None),
        ({"prompt_tokens": 12, "completion_tokens": 0}, TokenUsage(input=12, output=0)),
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
        ({**USAGE, "prompt_tokens": ";=HYPERLINK(0)"}, "prompt_tokens is =HYPERLINK(0)"),
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


@pytest.mark.parametrize(
    ("usage", "output"),
    [
        (usage_of(279, 600, 968, reasoning_tokens=89), 689),
        (usage_of(10_120, 1_499, 14_428, reasoning_tokens=2_809), 4_308),
        (usage_of(20, 424, 1_016), 996),
        (usage_of(20, 424, 444, reasoning_tokens=400), 424),
        (usage_of(20, 424, 100), 424),
        (usage_of(20, 424, 10**10), 424),
        (usage_of(20, 424, "many"), 424),
        (usage_of(20, 424, None), 424),
    ],
)
async def test_reasoning_that_is_in_the_total_only_is_output(usage: dict[str, Any], output: int) -> None:
    _, end = await outcome(stream(text("Hi"), {**END, "usage": usage}))
    assert isinstance(end, Completed)
    assert (end.usage and end.usage.output, end.impossible) == (output, None)


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
        request = CompletionRequest("m", Prompt.of_texts(("user", "Hello")))
        _, *came = [event async for event in provider.stream(request)]
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
