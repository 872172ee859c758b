"""The provider against odd answers with status 200: what holds a reply is read, and none is a refusal."""

import gzip
import json
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from chat.providers.seam import Completed, Remark, ReplyBroken, TextDelta
from tests.helpers.provider_calls import ANSWERED, END, USAGE, chunk, outcome, stream, text
from usage.units import TokenUsage

NO_PROTOCOL = (
    "This address does not speak the OpenAI protocol: https://api.example.com/v1. "
    "Check OPENAI_BASE_URL; it often ends in /v1."
)


async def test_a_whole_answer_in_place_of_a_stream_is_a_reply() -> None:
    message = {"role": "assistant", "content": "Hi"}
    whole = {**chunk(index=0, message=message, finish_reason="stop"), "usage": USAGE}
    assert await outcome(httpx2.Response(200, json=whole)) == ANSWERED


@pytest.mark.parametrize(
    "whole", [7, [1], "text", {}, {"error": {}}, {"choices": None}, {"choices": [7]}, {"choices": []}]
)
async def test_other_json_in_place_of_a_stream_is_no_endpoint(whole: Any) -> None:
    assert await outcome(httpx2.Response(200, json=whole)) == [(ReplyBroken, NO_PROTOCOL)]


@pytest.mark.parametrize("odd", [7, [1], "text"])
async def test_an_answer_of_another_shape_from_the_start_is_no_endpoint(odd: Any) -> None:
    assert await outcome(stream(odd)) == [(ReplyBroken, NO_PROTOCOL)]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"error": {"message": "too busy", "code": 429}}, ": “too busy”"),
        ({"error": "the model crashed"}, ": “the model crashed”"),
        ({"object": "error", "message": "EngineDeadError", "code": 500}, ": “EngineDeadError”"),
        ({"error": {"code": 429}}, " and did not say which."),
    ],
)
async def test_an_error_in_place_of_a_reply_is_told_in_the_endpoints_words(said: Any, message: str) -> None:
    broken = (ReplyBroken, f"api.example.com broke off with an error{message}")
    assert await outcome(stream(said)) == [broken]
    assert await outcome(httpx2.Response(200, json=said)) == [broken]
    assert await outcome(stream(text("Hi"), said)) == [TextDelta("Hi"), broken]


async def test_a_byte_that_is_no_utf_8_costs_a_letter_and_not_the_reply() -> None:
    whole = stream(text("caf@ au lait"), END).content.replace(b"@", b"\xe9")
    answer = httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=whole)
    assert await outcome(answer) == [TextDelta("caf\ufffd au lait"), ANSWERED[1]]


@pytest.mark.parametrize("last", [7, {"choices": [7]}])
async def test_what_comes_after_a_whole_reply_does_not_undo_it(last: Any) -> None:
    assert await outcome(stream(text("Hi"), END, last)) == ANSWERED


@pytest.mark.parametrize(
    "odd",
    [
        *(7, True, [1], "text", {"choices": "text"}, {"choices": {"0": 1}}, {"choices": [None]}),
        *({"choices": [7]}, chunk(index=0, delta="text"), chunk(index=0, delta=[7])),
    ],
    ids=repr,
)
async def test_an_odd_chunk_costs_nothing_but_itself(odd: Any) -> None:
    gap = Remark("A part of this reply could not be read and is missing.")
    for answer in (stream(odd, text("Hi"), END), stream(text("Hi"), odd, END)):
        assert await outcome(answer) == [ANSWERED[0], gap, ANSWERED[1]]


@pytest.mark.parametrize("broken", ['{"choices":', "{" + "[" * 100_000, '{"usage": ' + "9" * 5_000 + "}"])
async def test_an_event_of_broken_json_costs_nothing_but_itself(broken: str) -> None:
    gap = Remark("A part of this reply could not be read and is missing.")
    parts = [f"data: {json.dumps(each)}\n\n" for each in (text("Hi"), END)]
    for events in ([f"data: {broken}\n\n", *parts], [parts[0], f"data: {broken}\n\n", parts[1]]):
        answer = httpx2.Response(
            200, headers={"content-type": "text/event-stream"}, text="".join([*events, "data: [DONE]\n\n"])
        )
        assert await outcome(answer) == [ANSWERED[0], gap, ANSWERED[1]]


async def test_an_error_after_a_whole_reply_leaves_it_with_its_counts() -> None:
    late = stream(text("Hi"), END, {"error": {"message": "too late"}})
    said = Remark("api.example.com sent an error after the end of this reply: “too late”")
    assert await outcome(late) == [ANSWERED[0], said, ANSWERED[1]]


@pytest.mark.parametrize("depth", [60, 600])
async def test_json_that_is_nested_deeply_ends_no_reply(depth: int) -> None:
    deep: Any = []
    for _ in range(depth):
        deep = [deep]
    assert await outcome(stream({**text("Hi"), "more": deep}, END)) == ANSWERED


async def test_a_stream_of_words_comes_from_no_endpoint() -> None:
    words = httpx2.Response(200, headers={"content-type": "text/event-stream"}, text="data: Hello\n\n")
    assert await outcome(words) == [(ReplyBroken, NO_PROTOCOL)]


PLAIN = stream(text("Hi"), END).content


@pytest.mark.parametrize(
    ("encoding", "packed"), [("gzip", gzip.compress(PLAIN)), ("deflate", zlib.compress(PLAIN))]
)
async def test_a_compressed_stream_is_a_reply(encoding: str, packed: bytes) -> None:
    headers = {"content-type": "text/event-stream", "content-encoding": encoding}
    assert await outcome(httpx2.Response(200, headers=headers, content=packed)) == ANSWERED


async def test_a_body_that_is_not_packed_as_it_says_may_have_been_billed() -> None:
    class NotPacked(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"no gzip at all"

    headers = {"content-type": "text/event-stream", "content-encoding": "gzip"}
    came = await outcome(httpx2.Response(200, headers=headers, stream=NotPacked()))
    assert came == [(ReplyBroken, "The connection to api.example.com broke off before the end.")]


async def test_a_chunk_of_a_megabyte_comes_whole() -> None:
    long = "word " * 200_000
    assert await outcome(stream(text(long), END)) == [TextDelta(long), ANSWERED[1]]


STOP = chunk(index=0, delta={}, finish_reason="stop")
NOTHING = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
GOOGLE = {"promptTokenCount": 12, "candidatesTokenCount": 3}


@pytest.mark.parametrize(
    "chunks",
    [
        [{**STOP, "usage": USAGE}],
        [{**STOP, "x_groq": {"id": "req_1", "usage": USAGE}}],
        [chunk(index=0, delta={}, finish_reason="stop", usage=USAGE)],
        [
            STOP,
            {
                "model": "m",
                "choices": [],
                "usageMetadata": GOOGLE,
            },
        ],
        [STOP, {"amazon-bedrock-invocationMetrics": {"inputTokenCount": 12, "outputTokenCount": 3}}],
        # What counts less than a whole call does not undo what was counted before.
        [{**STOP, "usage": USAGE}, {"choices": [], "usage": NOTHING}],
        [{**STOP, "usage": USAGE}, {"choices": [], "usage": {}}, {"choices": [], "usage": None}],
        [{**STOP, "usage": {"input_tokens": 12, "output_tokens": 1}}, {"usage": {"output_tokens": 3}}],
        [
            {**STOP, "usage": {**USAGE, "completion_tokens": 1}},
            {"usage": {**NOTHING, "completion_tokens": 3}},
        ],
        [
            {
                **STOP,
                "usage": {
                    "tokens": {"input_tokens": 99},
                    "billed_units": {"input_tokens": 12, "output_tokens": 3},
                },
            }
        ],
        [{**STOP, "usage": {**USAGE, "completion_tokens": 1}}, {"choices": [], "usage": USAGE}],
    ],
)
async def test_counts_are_found_wherever_they_stand(chunks: list[dict[str, Any]]) -> None:
    assert await outcome(stream(text("Hi"), *chunks)) == [TextDelta("Hi"), ANSWERED[1]]


async def test_the_tier_that_stands_with_the_counts_is_the_tier() -> None:
    [_, end] = await outcome(
        stream({**text("Hi"), "service_tier": "default"}, {**END, "usage": {**USAGE, "service_tier": "flex"}})
    )
    assert end == Completed(TokenUsage(12, None, None, 3), "m", "flex")
