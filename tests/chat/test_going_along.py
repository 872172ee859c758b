"""Which turns go along by each choice: what holds for any branch, any sizes and any limit."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.calls import Ask
from chat.conversation import (
    EVERYTHING,
    Context,
    Conversation,
    Turn,
    going_along,
    keeps_its_start,
    mark_of,
    newest_along,
)
from chat.providers import Parameters
from tests.helpers.fakes import MODEL, TURN, FakeProvider
from usage.forecast import Prompt, TokenCount

_KINDS = st.sampled_from(["everything", "last", "tokens", "summary"])
CONTEXTS = st.builds(Context, _KINDS, turns=st.integers(0, 12), tokens=st.integers(1, 400))
TURNS = st.builds(
    replace,
    st.just(TURN),
    question=st.text("ab ", min_size=1, max_size=20),
    reply=st.text("cd ", max_size=40),
    status=st.sampled_from(["completed", "stopped", "failed"]),
    is_left_out=st.booleans(),
    is_summary=st.booleans(),
)


@st.composite
def branches(draw: st.DrawFn) -> tuple[Turn, ...]:
    """Draw turns that follow each other."""
    turns = draw(st.lists(TURNS, max_size=8))
    ids = [f"turn-{number}" for number in range(len(turns))]
    parents = [None, *ids]
    return tuple(
        replace(turn, id=id_, parent_id=parent)
        for turn, id_, parent in zip(turns, ids, parents, strict=False)
    )


def characters(prompt: Prompt, _model: str) -> TokenCount:
    """Count every character as a token, and three for each message."""
    return TokenCount(3 + sum(3 + len(message.text) for message in prompt.messages), exact=True)


def ask_after(branch: Sequence[Turn], context: Context, question: str = "Why?") -> Ask:
    conversation = Conversation(id="c", user="ada", title="t", turns=tuple(branch), context=context)
    return Ask(
        user="ada",
        conversation=conversation,
        parent_id=branch[-1].id if branch else None,
        question=question,
        model=MODEL,
        parameters=Parameters(system_prompt="Be short."),
        provider=FakeProvider(),
        key_owner="app",
    )


@given(branches(), CONTEXTS)
def test_what_is_sent_is_a_part_of_the_branch_in_its_order_and_ends_with_the_question(
    branch: tuple[Turn, ...], context: Context
) -> None:
    ask = ask_after(branch, context)
    along = ask.along(characters)
    rest = iter(branch)
    assert all(turn in rest for turn in along)
    assert all(turn.reply and not turn.is_left_out for turn in along)
    prompt, alone = ask.prompts(characters)
    assert prompt.messages[0].text == "Be short."
    assert prompt.messages[-1] == alone.messages[-1]
    assert prompt.messages[-1].text == "Why?"
    assert [message.role for message in prompt.messages[1:]] == ["user", "assistant"] * len(along) + ["user"]


@given(branches(), st.integers(1, 400))
def test_it_fits_the_limit_where_the_question_alone_does_and_no_turn_more_would(
    branch: tuple[Turn, ...], limit: int
) -> None:
    ask = ask_after(branch, Context("tokens", tokens=limit))
    along, everything = ask.along(characters), ask.along(characters, EVERYTHING)
    alone, sent = (characters(ask.prompt_with(turns), MODEL).tokens for turns in ((), along))
    assert sent <= limit or (alone > limit and not along)
    if len(along) < len(everything):
        one_more = everything[len(everything) - len(along) - 1 :]
        assert characters(ask.prompt_with(one_more), MODEL).tokens > limit


@given(branches(), st.integers(0, 12))
def test_the_last_ones_are_as_many_as_there_are_or_as_were_asked_for(
    branch: tuple[Turn, ...], number: int
) -> None:
    ask = ask_after(branch, Context("last", turns=number))
    everything = ask.along(characters, EVERYTHING)
    along = ask.along(characters)
    assert along == everything[len(everything) - min(number, len(everything)) :]


def turns(*changes: dict[str, Any]) -> list[Turn]:
    """Answered turns, each with these changes."""
    return [
        replace(TURN, **{"id": f"turn-{number}", "status": "completed", "reply": "Because.", **change})
        for number, change in enumerate(changes)
    ]


def ids_along(branch: Sequence[Turn], context: Context) -> list[str]:
    along = going_along(branch, context, lambda _turn: 10, lambda: 0)
    return [turn.id.removeprefix("turn-") for turn in along]


SUMMARY = {"is_summary": True}


@pytest.mark.parametrize(
    ("branch", "by_summary", "everything"),
    [
        (turns({}, {}, SUMMARY, {}), ["2", "3"], ["0", "1", "3"]),
        (turns({}, SUMMARY, {}, SUMMARY, {}), ["3", "4"], ["0", "2", "4"]),
        (turns({}, SUMMARY | {"status": "stopped"}, {}), ["0", "2"], ["0", "2"]),
        (turns({}, SUMMARY | {"is_left_out": True}, {}), ["0", "2"], ["0", "2"]),
        (turns({}, SUMMARY, {}, SUMMARY | {"status": "failed"}, {}), ["1", "2", "4"], ["0", "2", "4"]),
        (turns({}, SUMMARY, {"is_left_out": True}, {}), ["1", "3"], ["0", "3"]),
        (turns({}, {}), ["0", "1"], ["0", "1"]),
    ],
    ids=["one", "the last of two", "stopped", "left out", "the next one failed", "a turn left out", "none"],
)
def test_a_whole_summary_stands_for_the_turns_before_it_by_that_choice_alone(
    branch: list[Turn], by_summary: list[str], everything: list[str]
) -> None:
    assert ids_along(branch, Context("summary")) == by_summary
    assert ids_along(branch, EVERYTHING) == everything


@pytest.mark.parametrize(("room", "number"), [(-1, 0), (0, 0), (9, 0), (10, 1), (19, 1), (20, 2), (99, 3)])
def test_as_many_of_the_newest_go_along_as_there_is_room_for(room: int, number: int) -> None:
    assert newest_along([50, 10, 10], Context("tokens"), room) == number


def test_the_next_prompt_begins_as_this_one_unless_something_is_left_behind() -> None:
    branch = turns({}, {}, {})
    assert keeps_its_start(branch, EVERYTHING, branch)
    assert keeps_its_start(branch, Context("last", turns=4), branch)
    assert not keeps_its_start(branch, Context("last", turns=3), branch)
    assert keeps_its_start(branch, Context("tokens"), branch)
    assert not keeps_its_start(branch, Context("tokens"), branch[1:])


def test_the_mark_tells_what_went_along() -> None:
    branch = turns({}, {}, {})
    marks = [mark_of(along, branch) for along in (branch, branch[1:], branch[:2], branch[::2], [])]
    assert marks[0] == ""
    assert len({*marks}) == len(marks)


@pytest.mark.parametrize(
    ("kind", "number", "context"),
    [
        ("everything", "", EVERYTHING),
        ("everything", None, EVERYTHING),
        ("summary", "7", Context("summary")),
        ("last", "7", Context("last", turns=7)),
        ("last", "0", Context("last", turns=0)),
        ("last", "999999999", Context("last", turns=10_000)),
        ("tokens", "7000", Context("tokens", tokens=7000)),
        ("tokens", "0", Context("tokens", tokens=1)),
        ("last", "", None),
        ("last", "-1", None),
        ("last", "1e3", None),
        ("last", "٣", None),
        ("tokens", "1" * 10, None),
        ("tokens", 7, None),
        ("other", "7", None),
        (None, "7", None),
        ([], {}, None),
    ],
)
def test_a_choice_is_read_as_a_page_sends_it(kind: object, number: object, context: Context | None) -> None:
    assert Context.read(kind, number) == context
