"""What is asked: the prompt, the models, the message's id."""

import itertools
from dataclasses import replace

import pytest

from chat.calls.question import known_message_id, message_of, models_asked, prompt_of, without_file
from chat.conversation import Turn, TurnStatus
from chat.providers import NotSent
from tests.helpers.fakes import TURN
from usage.forecast import Message, Prompt

ID = "0123456789abcdef0123456789abcdef"
ANSWERED = replace(TURN, id="answered", question="One?", reply="One.", status="completed")
UNANSWERED = replace(TURN, id="unanswered", question="Two?", status="failed")


def asked(text: str) -> Message:
    """A message without files."""
    return message_of(text, (), without_file)


def test_a_first_question_goes_alone() -> None:
    assert prompt_of((), asked("Why?"), "") == Prompt.of_texts(("user", "Why?"))


def test_the_system_prompt_comes_first_as_it_was_written() -> None:
    assert prompt_of((), asked("Why?"), " Be short. ") == Prompt.of_texts(
        ("system", " Be short. "),
        ("user", "Why?"),
    )


def test_a_system_prompt_of_white_space_is_none() -> None:
    assert prompt_of((), asked("Why?"), " \n") == Prompt.of_texts(("user", "Why?"))


def test_the_history_goes_before_the_question() -> None:
    assert prompt_of([ANSWERED], asked("Why?"), "") == Prompt.of_texts(
        ("user", "One?"),
        ("assistant", "One."),
        ("user", "Why?"),
    )


@pytest.mark.parametrize("status", ["running", "stopped", "failed", "interrupted"])
def test_a_question_that_was_not_answered_is_left_out(status: TurnStatus) -> None:
    unanswered = replace(UNANSWERED, status=status)
    assert prompt_of([unanswered, unanswered], asked("Why?"), "") == prompt_of([], asked("Why?"), "")
    assert prompt_of([ANSWERED, unanswered], asked("Why?"), "") == prompt_of([ANSWERED], asked("Why?"), "")
    assert prompt_of([unanswered, ANSWERED], asked("Why?"), "") == prompt_of([ANSWERED], asked("Why?"), "")


@pytest.mark.parametrize("status", ["stopped", "failed", "interrupted"])
def test_what_came_of_a_reply_is_part_of_the_history(status: TurnStatus) -> None:
    cut = replace(ANSWERED, status=status, reply="On")
    assert prompt_of([cut], asked("Why?"), "").messages[1].text == "On"


@pytest.mark.parametrize(
    ("before", "question", "others"),
    [
        (replace(TURN, question="Two?", reply="Two.", status="completed"), "Three?", 0),
        (replace(TURN, question="Two?", reply="Tw", status="stopped"), "Three?", 0),
        (replace(TURN, question="Two?", reply="Tw", status="failed"), "Three?", 0),
        (replace(TURN, question="Two?", status="failed"), "Three?", 1),
        (replace(TURN, question="Two?", status="stopped"), "Three?", 1),
        (None, "Two?", 0),
        (None, "Two, I mean?", 1),
    ],
    ids=["goes on", "cut by Stop", "cut", "failed", "stopped", "asked again", "edited"],
)
def test_a_prompt_begins_with_the_one_before_up_to_where_the_person_changed_something(
    before: Turn | None, question: str, others: int
) -> None:
    sent = prompt_of([ANSWERED], asked("Two?"), "Be short.").messages
    sends = prompt_of([ANSWERED, before] if before else [ANSWERED], asked(question), "Be short.").messages
    pairs = zip(sent, sends, strict=False)
    assert sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs)) == len(sent) - others


def test_reasoning_is_not_sent_back() -> None:
    thought = replace(ANSWERED, reasoning="Hm.")
    assert prompt_of([thought], asked("Why?"), "") == prompt_of([ANSWERED], asked("Why?"), "")


def test_each_model_is_asked_once_in_the_order_they_were_named() -> None:
    assert models_asked(" b ", ["a", "b", "", "c ", "a"]) == ("b", "a", "c")
    assert models_asked("b", []) == ("b",)
    assert models_asked("", []) == ()


def test_four_models_can_be_compared_and_five_cannot() -> None:
    assert models_asked("a", ["b", "c", "d"]) == ("a", "b", "c", "d")
    with pytest.raises(NotSent, match="5 models are chosen, and at most 4 can be compared"):
        models_asked("a", ["b", "c", "d", "e"])


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        *((each, each) for each in (ID, "a" * 16, "A-z_0" * 12)),
        *((each, "") for each in (None, "", "7", "a" * 15, "a" * 65, "x" * 1_000_000)),
        *((each, "") for each in (f"{ID}\n", f"{ID[:-1]}\0", "ä" * 32, "\ud800" * 32)),
    ],
)
def test_an_id_that_no_page_makes_is_as_good_as_none(sent: str | None, known: str) -> None:
    assert known_message_id(sent) == known
