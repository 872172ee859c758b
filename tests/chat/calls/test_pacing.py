"""How often a reply that grows is shown: twice the reply must not cost four times the work."""

import asyncio
from collections.abc import Callable
from decimal import Decimal

import pytest

from chat.calls.running_turn import SHORTEST_PAUSE_S, RunningTurn, pause_s
from chat.providers import CompletionRequest, TextDelta
from tests.helpers.fakes import CALL, MODEL, TURN
from usage.budgets import Reservation
from usage.forecast import Prompt


@pytest.mark.parametrize(
    ("characters", "followers", "pause"),
    [
        (0, 1, SHORTEST_PAUSE_S),
        (33_000, 1, SHORTEST_PAUSE_S),
        (34_000, 1, 0.068),
        (1_000_000, 1, 2.0),
        (0, 22, SHORTEST_PAUSE_S),
        (0, 100, 0.3),
    ],
)
def test_long_replies_and_many_followers_get_fewer_updates(
    characters: int, followers: int, pause: float
) -> None:
    assert pause_s(characters, followers) == pytest.approx(pause)


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
    request = CompletionRequest(MODEL, Prompt.of_texts(("user", "Why?")))
    turn = RunningTurn(TURN, request, Reservation(CALL, Decimal(0)))
    pausing = asyncio.create_task(turn.pause(3_600))
    await asyncio.sleep(0)
    turn.take(TextDelta("Be"))
    await asyncio.sleep(0)
    assert not pausing.done()
    is_over(turn)
    await pausing
    await turn.pause(3_600)
