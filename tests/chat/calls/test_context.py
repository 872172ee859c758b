from dataclasses import replace

import pytest

from chat.calls.context import as_pairs, messages_for
from chat.conversation import TurnStatus
from chat.providers import Message
from tests.helpers.fakes import TURN

ANSWERED = replace(TURN, id="answered", question="One?", reply="One.", status="completed")
UNANSWERED = replace(TURN, id="unanswered", question="Two?", status="failed")


def test_a_first_question_goes_alone() -> None:
    assert messages_for((), "Why?", "") == (Message("user", "Why?"),)


def test_the_system_prompt_comes_first_as_it_was_written() -> None:
    assert messages_for((), "Why?", " Be short. ") == (
        Message("system", " Be short. "),
        Message("user", "Why?"),
    )


def test_a_system_prompt_of_white_space_is_none() -> None:
    assert messages_for((), "Why?", " \n") == (Message("user", "Why?"),)


def test_the_history_goes_before_the_question() -> None:
    assert messages_for([ANSWERED], "Why?", "") == (
        Message("user", "One?"),
        Message("assistant", "One."),
        Message("user", "Why?"),
    )


def test_questions_without_a_reply_stand_before_the_next_one_in_one_message() -> None:
    assert messages_for([UNANSWERED, UNANSWERED], "Why?", "") == (Message("user", "Two?\n\nTwo?\n\nWhy?"),)
    assert messages_for([UNANSWERED, ANSWERED], "Why?", "") == (
        Message("user", "Two?\n\nOne?"),
        Message("assistant", "One."),
        Message("user", "Why?"),
    )


@pytest.mark.parametrize("status", ["stopped", "failed", "interrupted"])
def test_what_came_of_a_reply_is_part_of_the_history(status: TurnStatus) -> None:
    cut = replace(ANSWERED, status=status, reply="On")
    assert messages_for([cut], "Why?", "")[1] == Message("assistant", "On")


def test_reasoning_is_not_sent_back() -> None:
    thought = replace(ANSWERED, reasoning="Hm.")
    assert messages_for([thought], "Why?", "") == messages_for([ANSWERED], "Why?", "")


def test_messages_are_counted_as_pairs() -> None:
    assert as_pairs(messages_for([ANSWERED], "Why?", "Be short.")) == (
        ("system", "Be short."),
        ("user", "One?"),
        ("assistant", "One."),
        ("user", "Why?"),
    )
