"""What a reply says is read in every shape, and a reply that says nothing is told in one sentence."""

from typing import Any

import httpx2
import pytest

from chat.providers.reading.message_parts import TAGS, Said, TaggedReasoning
from chat.providers.seam import Completed, ReasoningDelta, Remark, TextDelta
from tests.helpers.provider_calls import ANSWERED, END, USAGE, chunk, outcome, stream, text
from usage.units import TokenUsage

THOUGHT = ReasoningDelta("Hm.")
NO_TEXT = Remark("The model sent no text.")
TOO_SHORT = Remark("This reply reached its maximum length before its first word. Raise Max tokens.")
CUT_SHORT = Remark("This reply stops here because it reached its maximum length.")
ERROR = Remark("The endpoint ended this reply with an error, without saying which.")


def part(kind: str, **said: Any) -> dict[str, Any]:
    return {"type": kind, **said}


def end(reason: str) -> dict[str, Any]:
    return {**chunk(index=0, delta={}, finish_reason=reason), "usage": USAGE}


def tool(name: str | None, arguments: str = "") -> dict[str, Any]:
    function = {"name": name, "arguments": arguments} if name else {"arguments": arguments}
    return text(None, tool_calls=[{"index": 0, "type": "function", "function": function}])


@pytest.mark.parametrize(
    "said",
    [
        [text([part("text", text="Hi")])],
        [text([part("text", text="H"), part("output_text", text="i")])],
        [text(["H", "i"])],
        [text(part("text", text="Hi"))],
        [text([part("text", text={"value": "Hi"})])],
        [text(None, refusal="Hi")],
        [text([part("refusal", refusal="Hi")])],
        [text([part("reference", reference_ids=[1])]), text("Hi")],
        [chunk(index=0, message={"content": "H"}), chunk(index=0, message={"content": "i"})],
        [chunk(index=0, delta=None, message={"content": "Hi"})],
        [chunk(index=0, delta={}, message={"content": "Hi"})],
        [text("Hi"), chunk(index=0, delta={}, message={"content": "Hi"})],
        [chunk(index=0, text="H"), chunk(index=0, text="i")],
    ],
    ids=repr,
)
async def test_text_is_found_in_every_shape(said: list[dict[str, Any]]) -> None:
    assert await outcome(stream(*said, END)) == ANSWERED


@pytest.mark.parametrize(
    "said",
    [
        [text("", reasoning_content="Hm.")],
        [text("", reasoning="Hm.")],
        [text("", reasoning={"text": "Hm."})],
        [text("", reasoning_details=[part("reasoning.text", text="Hm.")])],
        [text("", reasoning_details=[part("reasoning.summary", summary="Hm.")])],
        [text("", reasoning_details=[part("reasoning.encrypted", data="xx")]), text("", reasoning="Hm.")],
        [text("", reasoning="Hm.", reasoning_details=[part("reasoning.text", text="Hm.")])],
        [text([part("thinking", thinking="Hm.")])],
        [text([part("thinking", thinking=[part("text", text="H"), part("text", text="m.")])])],
        [text([part("thinking", thinking="Hm."), part("thinking", thinking=[])])],
        [text([part("reasoning", summary=[part("summary_text", text="Hm.")])])],
        [text("<think>\nHm.\n</think>\n\n")],
    ],
    ids=repr,
)
async def test_reasoning_is_found_in_every_shape(said: list[dict[str, Any]]) -> None:
    assert await outcome(stream(*said, text("Hi"), END)) == [THOUGHT, *ANSWERED]


async def test_a_piece_that_thinks_and_speaks_says_both() -> None:
    both = text([part("thinking", thinking="Hm."), part("text", text="Hi")])
    assert await outcome(stream(both, END)) == [THOUGHT, *ANSWERED]


async def test_parts_that_are_nested_without_end_are_no_text() -> None:
    nested: Any = "Hi"
    for _ in range(200):
        nested = [nested]
    assert await outcome(stream(text(nested), text("Hi"), END)) == ANSWERED


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(
    ("reply", "reasoning", "said"),
    [
        *((f"{opening}Hm.{closing}Hi", "Hm.", "Hi") for opening, closing in TAGS.items()),
        ("\n<think>\nOne.\n\n Two < three.\n</think>\n\nHi\n", "One.\n\n Two < three.", "Hi\n"),
        ("<think>\n\n</think>\n\nHi", "", "Hi"),
        ("<think>Hm. </thin", "Hm. </thin", ""),
        ("<think>Hm.</thinking> no.</think>Hi", "Hm.</thinking> no.", "Hi"),
        ("<thin ice", "", "<thin ice"),
        (" <", "", " <"),
        ("  Hi", "", "  Hi"),
        ("Write <think> and </think>.", "", "Write <think> and </think>."),
        ("<think>a</think><think>b</think>", "a", "<think>b</think>"),
    ],
    ids=repr,
)
def test_a_reply_may_begin_with_its_reasoning_between_tags(
    reply: str, reasoning: str, said: str, size: int
) -> None:
    tagged = TaggedReasoning()
    pieces = [tagged.split(reply[start : start + size]) for start in range(0, len(reply), size)]
    pieces.append(tagged.rest())
    whole = Said("".join(each.text for each in pieces), "".join(each.reasoning for each in pieces))
    assert whole == Said(said, reasoning)


@pytest.mark.parametrize(
    ("said", "came"),
    [
        ([text(""), END], [NO_TEXT]),
        ([end("stop")], [NO_TEXT]),
        ([text("", reasoning="Hm."), END], [THOUGHT, Remark("The model sent its reasoning and no text.")]),
        ([text("<think>Hm."), END], [THOUGHT, Remark("The model sent its reasoning and no text.")]),
        ([end("length")], [TOO_SHORT]),
        ([text("", reasoning="Hm."), end("length")], [THOUGHT, TOO_SHORT]),
        ([text("Hi"), end("length")], [TextDelta("Hi"), CUT_SHORT]),
        ([text("Hi"), end("error")], [TextDelta("Hi"), ERROR]),
        ([end("error")], [ERROR]),
        ([end("content_filter")], [Remark("The endpoint’s content filter ended this reply.")]),
    ],
    ids=repr,
)
async def test_an_end_without_text_is_told_in_one_sentence(said: list[Any], came: list[object]) -> None:
    assert await outcome(stream(*said)) == [*came, Completed(TokenUsage(input=12, output=3), "m")]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ([tool("get_weather"), tool(None, '{"city": "Oslo"}')], "get_weather"),
        ([tool("get_weather"), tool("get_time")], "get_weather, get_time"),
        ([text(None, function_call={"name": "get_weather"})], "get_weather"),
    ],
)
async def test_a_tool_that_the_model_wants_is_named(said: list[Any], names: str) -> None:
    remark = Remark(f"The model wanted to call a tool ({names}). Tally has none to offer.")
    [*_, told, completed] = await outcome(stream(*said, end("tool_calls")))
    assert (told, completed) == (remark, Completed(TokenUsage(input=12, output=3), "m"))


async def test_a_model_that_wants_tools_without_end_fills_no_page() -> None:
    wanted = [tool(f"tool-{number}") for number in range(1_000)]
    remark = (await outcome(stream(*wanted, end("tool_calls"))))[0]
    assert isinstance(remark, Remark)
    assert "tool-9)" in remark.text


@pytest.mark.parametrize("odd", [7, "x", [7], [{}], [{"function": 7}], {"function": {"name": "x"}}], ids=repr)
async def test_tools_that_are_none_do_no_harm(odd: Any) -> None:
    assert await outcome(stream(text("Hi", tool_calls=odd), END)) == ANSWERED


async def test_a_whole_answer_is_read_in_the_same_shapes() -> None:
    message = {"content": [part("thinking", thinking="Hm."), part("text", text="Hi")]}
    whole = {**chunk(index=0, message=message, finish_reason="stop"), "usage": USAGE}
    assert await outcome(httpx2.Response(200, json=whole)) == [THOUGHT, *ANSWERED]
