"""Recorded answers: what holds a reply is read, whatever is odd about it, and none is taken for a refusal."""

import gzip
import json
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from chat.providers.seam import (
    Answered,
    Completed,
    Counted,
    ReasoningDelta,
    Remark,
    ReplyBroken,
    TextDelta,
)
from tests.helpers.provider_calls import (
    ANSWERED,
    END,
    URL,
    USAGE,
    chunk,
    events_of_call,
    no_protocol,
    outcome,
    provider_at,
    stream,
    text,
    transport,
)
from usage.units import TokenUsage

NO_PROTOCOL = no_protocol(URL)
GAP = Remark("Part of this reply could not be read and is missing.")
UNREADABLE = (ReplyBroken, "api.example.com sent something unreadable and the reply ends there.")
CUT = (ReplyBroken, "The connection to api.example.com broke off before the end.")
EVENT_STREAM = {"content-type": "text/event-stream"}
HARMLESS: list[Any] = [
    chunk(index=0, delta=None),
    chunk(index=0, delta={}),
    text(None),
    text(""),
    text([7, None, {"type": "image_url", "image_url": {}}]),
    None,
    {},
    {"choices": []},
    {"choices": None, "model": None},
    {**text(""), "usage": None, "service_tier": None, "unheard_of": [1]},
]
UNREADABLE_CHUNKS: list[Any] = [
    *(7, True, [1], "text", {"choices": "text"}, {"choices": {"0": 1}}, {"choices": [None]}),
    *({"choices": [7]}, chunk(index=0, delta="text"), chunk(index=0, delta=[7])),
]


class Body(httpx2.AsyncByteStream):
    """A body of these bytes, after which the connection breaks if that is wanted."""

    def __init__(self, content: bytes, *, breaks: bool = False) -> None:
        self._content = content
        self._breaks = breaks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content
        if self._breaks:
            raise httpx2.ReadError("left")


@pytest.mark.parametrize("pieces", [["Hi"], ["H", "i"]])
async def test_a_recorded_reply_comes_as_events(pieces: list[str]) -> None:
    assert await outcome(stream(*map(text, pieces), END)) == ANSWERED


@pytest.mark.parametrize("odd", HARMLESS, ids=repr)
async def test_chunks_that_say_nothing_do_no_harm(odd: Any) -> None:
    assert await outcome(stream(odd, text("Hi"), odd, END)) == ANSWERED


@pytest.mark.parametrize("odd", UNREADABLE_CHUNKS, ids=repr)
async def test_an_odd_chunk_costs_nothing_but_itself_unless_the_reply_ends_there(odd: Any) -> None:
    for answer in (stream(odd, text("Hi"), END), stream(text("Hi"), odd, END)):
        assert await outcome(answer) == [ANSWERED[0], GAP, ANSWERED[1]]
    assert await outcome(stream(text("Hi"), odd)) == [TextDelta("Hi"), UNREADABLE]


@pytest.mark.parametrize("broken", ['{"choices":', "{" + "[" * 100_000, '{"usage": ' + "9" * 5_000 + "}"])
async def test_an_event_of_broken_json_costs_nothing_but_itself(broken: str) -> None:
    parts = [f"data: {json.dumps(each)}\n\n" for each in (text("Hi"), END)]
    for events in ([f"data: {broken}\n\n", *parts], [parts[0], f"data: {broken}\n\n", parts[1]]):
        answer = httpx2.Response(200, headers=EVENT_STREAM, text="".join([*events, "data: [DONE]\n\n"]))
        assert await outcome(answer) == [ANSWERED[0], GAP, ANSWERED[1]]


async def test_a_whole_answer_in_place_of_a_stream_is_a_reply() -> None:
    message = {"role": "assistant", "content": "Hi"}
    whole = {**chunk(index=0, message=message, finish_reason="stop"), "usage": USAGE}
    assert await outcome(httpx2.Response(200, json=whole)) == ANSWERED


@pytest.mark.parametrize(
    "answer",
    [*({"error": {}}, {"choices": None}, {"choices": [7]}, {"choices": []}, {}), *(7, [1], "text")],
    ids=repr,
)
async def test_other_json_in_place_of_a_reply_is_no_endpoint(answer: Any) -> None:
    assert await outcome(httpx2.Response(200, json=answer)) == [(ReplyBroken, NO_PROTOCOL)]
    if not isinstance(answer, dict):
        assert await outcome(stream(answer)) == [(ReplyBroken, NO_PROTOCOL)]


async def test_a_stream_of_words_comes_from_no_endpoint() -> None:
    words = httpx2.Response(200, headers=EVENT_STREAM, text="data: Hello\n\n")
    assert await outcome(words) == [(ReplyBroken, NO_PROTOCOL)]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"error": {"message": "too busy", "code": 429}}, ": “too busy”"),
        ({"error": "the model crashed"}, ": “the model crashed”"),
        ({"object": "error", "message": "EngineDeadError", "code": 500}, ": “EngineDeadError”"),
        ({"error": {"code": 429}}, ", without saying which."),
    ],
)
async def test_an_error_in_place_of_a_reply_is_told_in_the_endpoints_words(said: Any, message: str) -> None:
    broken = (ReplyBroken, f"api.example.com broke off with an error{message}")
    assert await outcome(stream(said)) == [broken]
    assert await outcome(httpx2.Response(200, json=said)) == [broken]
    assert await outcome(stream(text("Hi"), said)) == [TextDelta("Hi"), broken]


async def test_an_error_after_a_whole_reply_leaves_it_with_its_counts() -> None:
    late = stream(text("Hi"), END, {"error": {"message": "too late"}})
    said = Remark("api.example.com sent an error after the end of this reply: “too late”")
    assert await outcome(late) == [ANSWERED[0], said, ANSWERED[1]]


async def test_a_byte_that_is_no_utf_8_costs_a_letter_and_not_the_reply() -> None:
    whole = stream(text("caf@ au lait"), END).content.replace(b"@", b"\xe9")
    answer = httpx2.Response(200, headers=EVENT_STREAM, content=whole)
    assert await outcome(answer) == [TextDelta("caf\ufffd au lait"), ANSWERED[1]]


@pytest.mark.parametrize("last", [7, {"choices": [7]}])
async def test_what_comes_after_a_whole_reply_does_not_undo_it(last: Any) -> None:
    assert await outcome(stream(text("Hi"), END, last)) == ANSWERED


@pytest.mark.parametrize("depth", [60, 600])
async def test_json_that_is_nested_deeply_ends_no_reply(depth: int) -> None:
    deep: Any = []
    for _ in range(depth):
        deep = [deep]
    assert await outcome(stream({**text("Hi"), "more": deep}, END)) == ANSWERED


PLAIN = stream(text("Hi"), END).content


@pytest.mark.parametrize(
    ("encoding", "packed"), [("gzip", gzip.compress(PLAIN)), ("deflate", zlib.compress(PLAIN))]
)
async def test_a_compressed_stream_is_a_reply(encoding: str, packed: bytes) -> None:
    headers = {**EVENT_STREAM, "content-encoding": encoding}
    assert await outcome(httpx2.Response(200, headers=headers, content=packed)) == ANSWERED


async def test_a_body_that_is_not_packed_as_it_says_may_have_been_billed() -> None:
    headers = {**EVENT_STREAM, "content-encoding": "gzip"}
    assert await outcome(httpx2.Response(200, headers=headers, stream=Body(b"no gzip at all"))) == [CUT]


@pytest.mark.parametrize(
    ("last", "is_whole"), [(END, True), ({**END, "usage": None}, False), ({**END, "choices": []}, False)]
)
async def test_a_reply_that_is_whole_needs_no_proper_end(last: dict[str, Any], is_whole: bool) -> None:
    content = "".join(f"data: {json.dumps(each)}\n\n" for each in (text("Hi"), last)).encode()
    came = await outcome(httpx2.Response(200, headers=EVENT_STREAM, stream=Body(content, breaks=True)))
    assert came == (ANSWERED if is_whole else [TextDelta("Hi"), CUT])


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
        [STOP, {"model": "m", "choices": [], "usageMetadata": GOOGLE}],
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


@pytest.mark.parametrize(
    ("prompt_tokens", "why"),
    [
        ("many", "prompt_tokens is many"),
        ("a\nb\u200b", "prompt_tokens is ab"),
        (";=HYPERLINK(0)", "prompt_tokens is =HYPERLINK(0)"),
        (-1, "input tokens cannot be negative: -1"),
    ],
)
async def test_counts_that_no_call_can_have_are_not_believed(prompt_tokens: Any, why: str) -> None:
    usage = {**USAGE, "prompt_tokens": prompt_tokens}
    assert await outcome(stream(text("Hi"), {**END, "usage": usage})) == [
        TextDelta("Hi"),
        Remark(f"The endpoint reported impossible counts ({why})."),
        Completed(None, "m", impossible=why),
    ]


@pytest.mark.parametrize(
    ("model", "resolved"),
    [(None, None), (7, None), ("a\nb\ud800\u200b", "ab"), ("x" * 201, "x" * 200), ("", None)],
)
async def test_the_name_of_a_model_fits_one_line(model: Any, resolved: str | None) -> None:
    came = await outcome(
        stream({**chunk(index=0, delta={"content": "Hi"}), "model": model}, {**END, "model": model})
    )
    assert came == [TextDelta("Hi"), Completed(TokenUsage(input=12, output=3), resolved)]


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


async def test_the_tier_that_stands_with_the_counts_is_the_tier() -> None:
    [_, end] = await outcome(
        stream({**text("Hi"), "service_tier": "default"}, {**END, "usage": {**USAGE, "service_tier": "flex"}})
    )
    assert end == Completed(TokenUsage(12, None, None, 3), "m", "flex")


async def test_the_size_of_a_search_is_a_tier_where_there_is_no_other() -> None:
    usage = {**USAGE, "search_context_size": "medium"}
    ends = [{**END, "usage": usage}, {**END, "usage": usage, "service_tier": "flex"}]
    came = [await outcome(stream(text("Hi"), end)) for end in ends]
    assert [end for _, end in came] == [
        Completed(TokenUsage(12, None, None, 3), "m", tier) for tier in ("medium", "flex")
    ]


async def test_who_answers_is_told_with_the_first_word_and_when_it_changes() -> None:
    first, second = {**text("H"), "service_tier": "auto"}, {**text("i"), "service_tier": "flex"}
    async with provider_at(URL, transport=transport(stream(first, first, second, END))) as provider:
        _, *came = await events_of_call(provider)
    assert came == [
        Answered("m", "auto", "1"),
        TextDelta("H"),
        TextDelta("H"),
        Answered("m", "flex", "1"),
        TextDelta("i"),
        Counted(TokenUsage(input=12, output=3), raw=json.dumps(USAGE, separators=(",", ":")), is_final=True),
        Completed(TokenUsage(input=12, output=3), "m", "flex"),
    ]


@pytest.mark.parametrize(
    ("chunks", "is_counted"),
    [
        ([{**text("H"), "usage": USAGE}, text("i"), chunk(index=0, delta={}, finish_reason="stop")], False),
        ([{**text("H"), "usage": USAGE}, text("i"), END], True),
        ([{**text("H"), "usage": USAGE}, {**text("i"), "usage": USAGE}], True),
        ([text("Hi"), {"choices": [], "usage": USAGE}, text(""), {**text(None), "usage": None}], True),
        ([{"choices": [], "usage": USAGE}, text("Hi"), {"choices": [], "usage": USAGE}], True),
        ([{"choices": [], "usage": USAGE}, text("Hi")], False),
    ],
    ids=repr,
)
async def test_counts_that_came_before_the_last_word_are_not_the_replys(
    chunks: list[Any], is_counted: bool
) -> None:
    counts = TokenUsage(input=12, output=3) if is_counted else None
    assert await outcome(stream(*chunks)) == [TextDelta("Hi"), Completed(counts, "m")]


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
async def test_reasoning_and_text_of_one_chunk_both_come(name: str) -> None:
    came = await outcome(stream(text("Hi", **{name: "Hm."}), END))
    assert came == [ReasoningDelta("Hm."), *ANSWERED]
