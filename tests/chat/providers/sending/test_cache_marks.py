"""Which messages have a mark for the endpoint's cache, and what a marked one looks like."""

import pytest

from chat.providers.sending import SentMessage
from chat.providers.sending.cache_marks import with_cache_marks


def messages(said: str) -> list[SentMessage]:
    """Messages of a letter each: of the system, the user or the assistant."""
    roles = {"s": "system", "u": "user", "a": "assistant"}
    return [{"role": roles[letter], "content": letter} for letter in said]


@pytest.mark.parametrize(
    ("said", "marked"),
    [
        ("u", {0}),
        ("su", {0, 1}),
        ("uau", {0, 2}),
        ("suauau", {0, 3, 5}),
        ("uauauau", {4, 6}),
    ],
)
def test_the_system_prompt_and_the_last_two_questions_are_marked(said: str, marked: set[int]) -> None:
    sent = with_cache_marks(messages(said))
    assert {place for place, message in enumerate(sent) if message["content"] != said[place]} == marked
    assert [message["role"] for message in sent] == [message["role"] for message in messages(said)]


def test_what_one_call_has_written_the_next_one_reads() -> None:
    first, second = with_cache_marks(messages("suau")), with_cache_marks(messages("suauau"))
    assert first[-1] == second[3]


def test_a_mark_is_on_a_part_of_the_message() -> None:
    assert with_cache_marks([{"role": "user", "content": "Why?"}]) == [
        {
            "role": "user",
            "content": [{"type": "text", "text": "Why?", "cache_control": {"type": "ephemeral"}}],
        }
    ]
