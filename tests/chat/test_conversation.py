from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from chat.conversation import TITLE_LENGTH, Conversation, title_from
from tests.helpers.fakes import TURN

FIRST = replace(TURN, id="first")
SECOND = replace(TURN, id="second", parent_id="first")
OTHER_SECOND = replace(TURN, id="other-second", parent_id="first")
THIRD = replace(TURN, id="third", parent_id="other-second")


def conversation(**changes: Any) -> Conversation:
    """Two versions of the second turn, the later one going on."""
    whole = Conversation(
        id="conversation-1",
        user="ada",
        title="Why?",
        turns=(FIRST, SECOND, OTHER_SECOND, THIRD),
        current_turn_id="third",
    )
    return replace(whole, **changes)


def test_the_current_branch_leads_from_the_first_turn_to_the_current_one() -> None:
    assert conversation().branch == (FIRST, OTHER_SECOND, THIRD)


def test_another_branch_is_reached_by_its_last_turn() -> None:
    assert conversation().branch_to("second") == (FIRST, SECOND)


def test_a_branch_to_nothing_is_empty() -> None:
    assert conversation().branch_to(None) == ()
    assert conversation(turns=(), current_turn_id=None).branch == ()


def test_a_turn_is_found_on_whichever_branch() -> None:
    assert conversation().turn("second") is SECOND
    assert conversation().turn("nobody's") is None


def test_a_conversation_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        conversation().title = "Other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("How do window functions work?", "How do window functions work?"),
        ("\n  First line  \nsecond line", "First line"),
        ("word " * 30, "word " * 11 + "word…"),
    ],
)
def test_a_title_is_the_first_line_cut_between_words(question: str, title: str) -> None:
    assert title_from(question) == title


def test_a_title_is_cut_only_when_it_is_longer_than_fits() -> None:
    fits, too_long = "x" * TITLE_LENGTH, "x" * (TITLE_LENGTH + 1)
    assert title_from(fits) == fits
    assert title_from(too_long) == "x" * TITLE_LENGTH + "…"
