import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from chat.calls.running_turn import RunningTurn, whole_characters
from chat.providers import (
    Answered,
    Completed,
    CompletionEvent,
    CompletionRequest,
    ReasoningDelta,
    Remark,
    Retrying,
    Sending,
    TextDelta,
)
from tests.helpers.fakes import CALL, ENTRY, MODEL, NOW, TURN
from usage.budgets import Reservation
from usage.forecast import Prompt
from usage.units import TokenUsage

REQUEST = CompletionRequest(MODEL, Prompt.of_texts(("user", "Why?")))
NOTHING = Reservation(CALL, Decimal(0))


def running(now_s: Callable[[], float] = lambda: 0.0) -> RunningTurn:
    """A turn that has just begun."""
    return RunningTurn(TURN, REQUEST, NOTHING, now_s)


def test_it_begins_as_it_was_saved() -> None:
    assert running().turn() == TURN


def test_events_grow_into_a_turn() -> None:
    turn = running()
    events: list[CompletionEvent] = [
        Remark("asked without temperature."),
        ReasoningDelta("Hm"),
        ReasoningDelta("."),
        TextDelta("Be"),
        TextDelta("cause."),
    ]
    for event in events:
        turn.take(event)
    assert turn.turn() == replace(
        TURN, reply="Because.", reasoning="Hm.", remarks=("asked without temperature.",)
    )


def test_every_event_is_a_change() -> None:
    turn = running()
    events: list[CompletionEvent] = [
        TextDelta("a"),
        ReasoningDelta("b"),
        Remark("c"),
        Retrying("d", 1),
        Answered("e"),
        Completed(None),
    ]
    versions = [turn.version]
    for event in events:
        turn.take(event)
        versions.append(turn.version)
    assert versions == sorted(set(versions))


@pytest.mark.parametrize(("delay_s", "shown"), [(0.0, 1), (1.4, 1), (1.6, 2), (60.0, 60)])
def test_waiting_is_said_until_something_comes(delay_s: float, shown: int) -> None:
    turn = running()
    turn.take(Retrying("It is busy", delay_s))
    assert turn.turn() == replace(TURN, error=f"It is busy. Trying again in {shown} s …")
    turn.take(TextDelta("Because."))
    assert turn.turn() == replace(TURN, reply="Because.")


def test_the_end_of_the_call_is_kept_with_what_was_reported() -> None:
    turn = running()
    completed = Completed(TokenUsage(input=8, output=2), "priced-2026-01-01")
    turn.take(completed)
    assert turn.completed == completed


@pytest.mark.parametrize(
    ("completed", "answered"),
    [
        (Completed(None), Answered("priced-2026-01-01", "flex")),
        (Completed(None, "other"), Answered("other", "flex")),
        (Completed(None, None, "default"), Answered("priced-2026-01-01", "default")),
    ],
)
def test_who_answers_is_known_before_the_end(completed: Completed, answered: Answered) -> None:
    turn = running()
    assert turn.answered == Answered(None, None)
    turn.take(Answered("priced-2026-01-01", "flex"))
    assert turn.answered == Answered("priced-2026-01-01", "flex")
    turn.take(completed)
    assert turn.answered == answered


@pytest.mark.parametrize("first", [TextDelta("a"), ReasoningDelta("a")])
def test_the_first_token_is_the_first_that_is_seen(first: CompletionEvent) -> None:
    clock = iter([10.0, 10.25, 10.9, 11.5])
    turn = running(lambda: next(clock))
    turn.take(Remark("a remark is no token"))
    turn.take(first)
    turn.take(TextDelta("b"))
    assert (turn.first_token_ms, turn.elapsed_ms()) == (250, 900)


def test_a_request_that_was_refused_and_goes_out_again_starts_the_clock_again() -> None:
    clock = iter([10.0, 130.0, 130.0, 130.5])
    turn = running(lambda: next(clock))
    turn.send_again()
    assert turn.call == replace(CALL, started_at=NOW + timedelta(minutes=2))
    assert turn.elapsed_ms() == 500


def test_a_request_is_out_but_for_the_pause_before_the_next() -> None:
    turn = running()
    seen = [turn.is_out]
    for event in (Retrying("busy", 1), Sending(), TextDelta("a")):
        turn.take(event)
        seen.append(turn.is_out)
    assert seen == [False, False, True, True]


def test_the_wait_is_said_until_the_next_request_is_answered() -> None:
    turn = running()
    turn.take(Retrying("It is busy", 1))
    turn.take(Sending())
    assert turn.turn().error == "It is busy. Trying again in 1 s …"
    turn.take(Answered("priced"))
    assert turn.turn().error is None


def frozen() -> RunningTurn:
    """A turn that was frozen after two letters, with a call under way."""
    turn = running()
    turn.take(TextDelta("Be"))
    assert turn.freeze()
    return turn


def test_a_frozen_turn_shows_no_more_of_what_comes_though_it_is_counted() -> None:
    turn = frozen()
    version = turn.version
    turn.take(ReasoningDelta("Hm."))
    turn.take(TextDelta("cause."))
    assert (turn.turn(), turn.version, turn.is_frozen) == (replace(TURN, reply="Be"), version, True)
    assert turn.received == "Hm.Because."


def test_a_frozen_turn_shows_that_it_was_stopped_and_then_its_end() -> None:
    turn = frozen()
    turn.show_stopped()
    shown = replace(TURN, reply="Be", status="stopped")
    assert turn.turn() == shown
    turn.end(replace(shown, entry=ENTRY))
    assert turn.turn() == replace(shown, entry=ENTRY)


def test_only_a_call_under_way_is_worth_freezing_and_once() -> None:
    assert not running().freeze()
    assert not frozen().freeze()
    waiting, over = running(), running()
    waiting.take(Retrying("It is busy", 1))
    over.take(Completed(None))
    assert not waiting.freeze()
    assert not over.freeze()


def test_after_its_end_it_is_what_became_of_it() -> None:
    turn = running()
    turn.take(TextDelta("Be"))
    ended = replace(TURN, reply="Be", status="stopped")
    turn.end(ended)
    assert (turn.is_over, turn.turn()) == (True, ended)


async def test_all_who_wait_hear_of_a_change() -> None:
    turn = running()
    waiting = [asyncio.create_task(turn.changed_since(turn.version)) for _ in range(2)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    turn.take(TextDelta("a"))
    await asyncio.gather(*waiting)


async def test_whoever_is_behind_does_not_wait() -> None:
    turn = running()
    seen = turn.version
    turn.take(TextDelta("a"))
    await turn.changed_since(seen)


def test_followers_share_what_was_put_together_once() -> None:
    turn = running()
    turn.take(TextDelta("a"))
    assert turn.turn() is turn.turn()


def test_a_character_that_comes_in_two_halves_is_joined() -> None:
    turn = running()
    turn.take(TextDelta("a\ud83d"))
    assert turn.turn().reply == "a�"
    turn.take(TextDelta("\ude00b"))
    assert turn.turn().reply == "a😀b"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("", ""),
        ("plain", "plain"),
        ("\ufeffa\x00😀", "\ufeffa\x00😀"),
        ("\ud83d\ude00", "😀"),
        ("\ude00\ud83d", "��"),
        ("a\ud800", "a�"),
        ("\udfffb", "�b"),
    ],
)
def test_only_halves_without_their_other_are_marked(text: str, whole: str) -> None:
    assert whole_characters(text) == whole


def test_remarks_and_waits_hold_whole_characters_too() -> None:
    turn = running()
    turn.take(Remark("a\ud800"))
    turn.remark("b\ud800")
    turn.take(Retrying("c\ud800", 1))
    shown = turn.turn()
    assert (shown.remarks, shown.error) == (("a�", "b�"), "c�. Trying again in 1 s …")
