"""Pauses after wrong guesses: how long, for whom, and that they neither last for ever nor fill memory."""

from collections.abc import Hashable

import pytest

from access.pauses import Pace, Pauses

PACE = Pace(free=3, longest_s=20, forgotten_after_s=100)


class Clock:
    """Goes when told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pauses(clock: Clock) -> Pauses:
    return Pauses(clock)


def keys(*names: Hashable) -> dict[Hashable, Pace]:
    """Return these keys, all at the same pace."""
    return dict.fromkeys(names, PACE)


@pytest.mark.parametrize(
    ("wrong", "wait_s"), [(0, 0), (2, 0), (3, 1), (4, 2), (5, 4), (6, 8), (7, 16), (8, 20), (500, 20)]
)
def test_pause_begins_after_the_free_guesses_and_doubles_up_to_the_longest(
    wrong: int, wait_s: float, pauses: Pauses
) -> None:
    for _ in range(wrong):
        pauses.failed(keys("ada"))
    assert pauses.wait_s(keys("ada")) == wait_s
    assert pauses.wait_s(keys("bob")) == 0


def test_longest_pause_of_all_keys_counts(pauses: Pauses) -> None:
    for names in (["a", "b"], ["a", "b"], ["a", "b"], ["a"], ["a"]):
        pauses.failed(keys(*names))
    assert pauses.wait_s(keys("b")) == 1
    assert pauses.wait_s(keys("a", "b", "c")) == 4


def test_pause_runs_out_and_asking_during_it_does_not_lengthen_it(pauses: Pauses, clock: Clock) -> None:
    for _ in range(5):
        pauses.failed(keys("ada"))
    waits = []
    for _ in range(5):
        waits.append(pauses.wait_s(keys("ada")))
        clock.now_s += 1
    assert waits == [4, 3, 2, 1, 0]


@pytest.mark.parametrize(("quiet_s", "wait_s"), [(99, 2), (100, 0)])
def test_count_is_forgotten_after_a_quiet_time(
    quiet_s: float, wait_s: float, pauses: Pauses, clock: Clock
) -> None:
    for _ in range(3):
        pauses.failed(keys("ada"))
    clock.now_s += quiet_s
    pauses.failed(keys("ada"))
    assert pauses.wait_s(keys("ada")) == wait_s


def test_right_guess_is_taken_back_or_ends_the_count(pauses: Pauses) -> None:
    for _ in range(4):
        pauses.failed(keys("ada", "everywhere"))
    pauses.forget("ada")
    pauses.take_back("everywhere")
    assert pauses.wait_s(keys("ada", "everywhere")) == 0
    pauses.failed(keys("ada", "everywhere"))
    assert [pauses.wait_s(keys(key)) for key in ("ada", "everywhere")] == [0, 2]


def test_memory_is_bounded_and_the_oldest_goes_first(pauses: Pauses) -> None:
    for name in [*range(3), "ada", "ada", "ada", *range(100, 10_099)]:
        pauses.failed(keys(name))
    assert len(pauses) == 10_000
    assert pauses.wait_s(keys("ada")) == 1
    pauses.failed(keys("one more"))
    assert pauses.wait_s(keys("ada")) == 0
