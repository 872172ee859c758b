from dataclasses import replace

from chat.store.finished_turns import SettledTurns
from tests.helpers.fakes import TURN

A, B, C = (replace(TURN, id=name, question="12", reply="345", reasoning="67890") for name in "abc")


def test_turns_that_are_kept_are_found_and_others_are_not() -> None:
    turns = SettledTurns()
    turns.keep(A)
    assert turns.among(["a", "b"]) == {"a": A}


def test_as_much_text_as_fits_is_kept_and_then_the_longest_unused_is_forgotten() -> None:
    turns = SettledTurns(most_characters=20)
    for turn in (A, B):
        turns.keep(turn)
    assert turns.among("abc") == {"a": A, "b": B}
    turns.among("a")
    turns.keep(C)
    assert turns.among("abc") == {"a": A, "c": C}


def test_a_turn_that_is_kept_twice_counts_once() -> None:
    turns = SettledTurns(most_characters=20)
    for turn in (A, A, B):
        turns.keep(turn)
    assert turns.among("ab") == {"a": A, "b": B}


def test_a_turn_that_is_longer_than_everything_allowed_is_not_kept() -> None:
    turns = SettledTurns(most_characters=9)
    turns.keep(A)
    assert turns.among("a") == {}
