from dataclasses import replace

import pytest

from chat.calls.question import prompt_of
from chat.conversation import TurnStatus
from tests.helpers.fakes import TURN
from usage.forecast import Prompt

ANSWERED = replace(TURN, id="answered", question="One?", reply="One.", status="completed")
UNANSWERED = replace(TURN, id="unanswered", question="Two?", status="failed")


def test_a_first_question_goes_alone() -> None:
    assert prompt_of((), "Why?", "") == Prompt.of_texts(("user", "Why?"))


def test_the_system_prompt_comes_first_as_it_was_written() -> None:
    assert prompt_of((), "Why?", " Be short. ") == Prompt.of_texts(
        ("system", " Be short. "),
        ("user", "Why?"),
    )


def test_a_system_prompt_of_white_space_is_none() -> None:
    assert prompt_of((), "Why?", " \n") == Prompt.of_texts(("user", "Why?"))


def test_the_history_goes_before_the_question() -> None:
    assert prompt_of([ANSWERED], "Why?", "") == Prompt.of_texts(
        ("user", "One?"),
        ("assistant", "One."),
        ("user", "Why?"),
    )


def test_questions_without_a_reply_stand_before_the_next_one_in_one_message() -> None:
    assert prompt_of([UNANSWERED, UNANSWERED], "Why?", "") == Prompt.of_texts(
        ("user", "Two?\n\nTwo?\n\nWhy?")
    )
    assert prompt_of([UNANSWERED, ANSWERED], "Why?", "") == Prompt.of_texts(
        ("user", "Two?\n\nOne?"),
        ("assistant", "One."),
        ("user", "Why?"),
    )


@pytest.mark.parametrize("status", ["stopped", "failed", "interrupted"])
def test_what_came_of_a_reply_is_part_of_the_history(status: TurnStatus) -> None:
    cut = replace(ANSWERED, status=status, reply="On")
    assert prompt_of([cut], "Why?", "").messages[1].text == "On"


def test_reasoning_is_not_sent_back() -> None:
    thought = replace(ANSWERED, reasoning="Hm.")
    assert prompt_of([thought], "Why?", "") == prompt_of([ANSWERED], "Why?", "")
