"""What a reply under way shows of the events of its call, and how often."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from chat.calls.running_turn import SHORTEST_PAUSE_S, RunningTurn, pause_s, whole_characters
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

REQUEST = CompletionRequest(MODEL, Prompt.of_texts(("user", "Why?")))
BUSY = Retrying("It is busy", 1)


def running(*events: CompletionEvent, now_s: Callable[[], float] = lambda: 0.0) -> RunningTurn:
    """A turn that has just begun, once these events of its call have come."""
    turn = RunningTurn(TURN, REQUEST, Reservation(CALL, Decimal(0)), now_s)
    for event in events:
        turn.take(event)
    return turn


def frozen() -> RunningTurn:
    """A turn that was frozen after two letters, with a call under way."""
    turn = running(TextDelta("Be"))
    assert turn.freeze()
    return turn


def test_it_begins_as_it_was_saved_and_grows_with_its_events() -> None:
    assert running().turn() == TURN
    thought = (Remark("asked without temperature."), ReasoningDelta("Hm"), ReasoningDelta("."))
    assert running(*thought, TextDelta("Be"), TextDelta("cause.")).turn() == replace(
        TURN, reply="Because.", reasoning="Hm.", remarks=("asked without temperature.",)
    )


def test_every_event_is_a_change() -> None:
    turn = running()
    versions = [turn.version]
    for event in (TextDelta("a"), ReasoningDelta("b"), Remark("c"), BUSY, Answered("e"), Completed(None)):
        turn.take(event)
        versions.append(turn.version)
    assert versions == sorted(set(versions))


@pytest.mark.parametrize(("delay_s", "shown"), [(0.0, 1), (1.4, 1), (1.6, 2), (60.0, 60)])
def test_waiting_is_said_until_the_next_request_is_answered(delay_s: float, shown: int) -> None:
    turn = running(Retrying("It is busy", delay_s))
    waiting = replace(TURN, error=f"It is busy. Trying again in {shown} s …")
    assert turn.turn() == waiting
    turn.take(Sending())
    assert turn.turn() == waiting
    turn.take(Answered("priced"))
    assert turn.turn() == TURN


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
    assert (turn.answered, turn.completed) == (answered, completed)


@pytest.mark.parametrize("first", [TextDelta("a"), ReasoningDelta("a")])
def test_the_first_token_is_the_first_that_is_seen(first: CompletionEvent) -> None:
    clock = iter([10.0, 10.25, 10.9, 11.5])
    turn = running(Remark("a remark is no token"), first, TextDelta("b"), now_s=lambda: next(clock))
    assert (turn.first_token_ms, turn.elapsed_ms()) == (250, 900)


def test_a_request_that_was_refused_and_goes_out_again_starts_the_clock_again() -> None:
    clock = iter([10.0, 130.0, 130.0, 130.5])
    turn = running(now_s=lambda: next(clock))
    turn.restart_clock()
    assert turn.call == replace(CALL, started_at=NOW + timedelta(minutes=2))
    assert turn.elapsed_ms() == 500


def test_a_request_is_out_but_for_the_pause_before_the_next() -> None:
    turn = running()
    seen = [turn.is_out]
    for event in (BUSY, Sending(), TextDelta("a")):
        turn.take(event)
        seen.append(turn.is_out)
    assert seen == [False, False, True, True]


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
    assert (turn.is_over, turn.turn()) == (True, replace(shown, entry=ENTRY))


@pytest.mark.parametrize("turn", [running(), frozen(), running(BUSY), running(Completed(None))])
def test_only_a_call_under_way_is_worth_freezing_and_once(turn: RunningTurn) -> None:
    assert not turn.freeze()


async def test_all_who_wait_hear_of_a_change_and_whoever_is_behind_does_not_wait() -> None:
    turn = running()
    before = turn.version
    waiting = [asyncio.create_task(turn.changed_since(before)) for _ in range(2)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    turn.take(TextDelta("a"))
    await asyncio.gather(*waiting, turn.changed_since(before))


def test_followers_share_what_was_put_together_once() -> None:
    turn = running(TextDelta("a"))
    assert turn.turn() is turn.turn()


def test_a_character_that_comes_in_two_halves_is_joined() -> None:
    turn = running(TextDelta("a\ud83d"))
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
    turn = running(Remark("a\ud800"), Retrying("c\ud800", 1))
    turn.remark("b\ud800")
    assert (turn.turn().remarks, turn.turn().error) == (("a�", "b�"), "c�. Trying again in 1 s …")


@pytest.mark.parametrize(
    ("characters", "followers", "turns", "pause"),
    [
        (0, 1, 1, SHORTEST_PAUSE_S),
        (33_000, 1, 1, SHORTEST_PAUSE_S),
        (34_000, 1, 1, 0.068),
        (1_000_000, 1, 1, 2.0),
        (0, 11, 1, SHORTEST_PAUSE_S),
        (0, 100, 1, 0.6),
        (0, 1, 100, 0.6),
        (0, 200, 2, 2.4),
        (0, 1, 2, SHORTEST_PAUSE_S),
    ],
)
def test_long_replies_and_many_followers_get_fewer_updates(
    characters: int, followers: int, turns: int, pause: float
) -> None:
    assert pause_s(characters, followers, turns) == pytest.approx(pause)


def shown_in_all(characters: int, characters_a_second: int) -> int:
    """How many characters all updates of a reply of this length show together."""
    shown, elapsed_s = 0, 0.0
    while (come := int(elapsed_s * characters_a_second)) < characters:
        shown += come
        elapsed_s += pause_s(come)
    return shown + characters


@pytest.mark.parametrize("characters_a_second", [1_000, 100_000, 10_000_000])
def test_twice_the_reply_shows_about_twice_the_characters(characters_a_second: int) -> None:
    once, twice = (shown_in_all(size, characters_a_second) for size in (4_000_000, 8_000_000))
    assert twice < 2.5 * once


@pytest.mark.parametrize("is_over", [lambda turn: turn.end(TURN), lambda turn: turn.show_stopped()])
async def test_the_end_of_a_reply_is_shown_without_a_pause(is_over: Callable[[RunningTurn], None]) -> None:
    turn = running()
    pausing = asyncio.create_task(turn.pause(3_600))
    await asyncio.sleep(0)
    turn.take(TextDelta("Be"))
    await asyncio.sleep(0)
    assert not pausing.done()
    is_over(turn)
    await pausing
    await turn.pause(3_600)
