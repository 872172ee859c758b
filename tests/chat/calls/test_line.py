"""More replies than are written at once: the others wait in line, know their place, and lose nothing."""

from decimal import Decimal

import pytest

from chat.calls.reading import Line, Reader
from chat.providers import Completed, TextDelta
from tests.helpers.fakes import FakeProvider, Rig, until
from usage.units import TokenUsage

REPORTED = Completed(TokenUsage(input=100, output=10))
FIRST_IN_LINE = "Tally is busy. This reply is next in line."
SECOND_IN_LINE = "Tally is busy. This reply is number 2 in line."


@pytest.fixture
def narrow(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """A rig that makes one call at a time, and tells at once who is where in the line."""
    monkeypatch.setattr(rig.runner, "_reader", Reader(rig.store, line=Line(1, 0)))
    return rig


def says(rig: Rig, turn_id: str) -> str | None:
    turn = rig.runner.turn(turn_id)
    assert turn is not None
    return turn.error


async def test_who_comes_too_many_waits_and_then_gets_a_whole_reply(narrow: Rig) -> None:
    first = await narrow.start_and_send()
    others = [FakeProvider(TextDelta("So."), REPORTED) for _ in range(2)]
    second, third = [await narrow.start(narrow.ask(provider=each)) for each in others]
    await until(lambda: says(narrow, third.id) == SECOND_IN_LINE)
    assert says(narrow, second.id) == FIRST_IN_LINE
    assert [each.requests for each in others] == [[], []]
    assert narrow.store.pending_calls()[0].call.turn_id == first.id

    narrow.provider.tell(TextDelta("Because."), REPORTED)
    ended = [await narrow.end_of(turn) for turn in (first, second, third)]
    assert [(turn.status, turn.reply, turn.error) for turn in ended] == [
        ("completed", "Because.", None),
        ("completed", "So.", None),
        ("completed", "So.", None),
    ]
    rows = sorted(narrow.ledger.rows, key=lambda row: row.call.started_at)
    assert {row.call.turn_id for row in rows} == {first.id, second.id, third.id}
    assert rows[0].call.turn_id == first.id


async def test_who_leaves_the_line_sends_nothing_and_the_others_move_up(narrow: Rig) -> None:
    first = await narrow.start_and_send()
    others = [FakeProvider(TextDelta("So."), REPORTED) for _ in range(2)]
    second, third = [await narrow.start(narrow.ask(provider=each)) for each in others]
    await until(lambda: says(narrow, third.id) == SECOND_IN_LINE)
    narrow.runner.stop(second.id, finish=True)
    left = await narrow.end_of(second)
    assert (left.status, left.reply, others[0].requests) == ("stopped", "", [])
    [row] = narrow.ledger.rows
    assert (row.status, row.cost_usd) == ("stopped", Decimal(0))
    await until(lambda: says(narrow, third.id) == FIRST_IN_LINE)
    narrow.provider.tell(REPORTED)
    assert (await narrow.end_of(third)).reply == "So."
    assert (await narrow.end_of(first)).status == "completed"


async def test_whoever_is_stopped_inside_makes_room(narrow: Rig) -> None:
    first = await narrow.start_and_send()
    second = await narrow.start(narrow.ask(provider=FakeProvider(TextDelta("So."), REPORTED)))
    narrow.runner.stop(first.id)
    assert (await narrow.end_of(second)).reply == "So."


async def test_the_end_of_the_app_ends_those_in_line(narrow: Rig) -> None:
    await narrow.start_and_send()
    waiting = FakeProvider()
    second = await narrow.start(narrow.ask(provider=waiting))
    await until(lambda: says(narrow, second.id) == FIRST_IN_LINE)
    await narrow.runner.close()
    assert (narrow.stored(second).status, waiting.requests) == ("interrupted", [])
