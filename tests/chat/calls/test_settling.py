"""What cannot be written is tried again by itself, and whoever follows sees it written."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from chat.calls.records import TRYING_AGAIN
from chat.providers import Completed, NotSent, TextDelta
from chat.store import StoreError
from tests.helpers.fakes import Rig, rig_in, until
from usage.budgets import Limit
from usage.units import TokenUsage

REPORTED = Completed(TokenUsage(input=100, output=10))
LOCKED = "Nothing can be saved: database is locked."


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = rig_in(tmp_path, [Limit(Decimal(1), "day")], retry_every_s=0)
    yield rig
    rig.store.close()


@pytest.mark.parametrize("of", ["store", "ledger"])
async def test_who_follows_sees_what_is_wrong_as_long_as_it_is_and_then_the_turn_as_it_is_written(
    rig: Rig, of: str
) -> None:
    turn = await rig.start_and_send()
    in_trouble = rig.store if of == "store" else rig.ledger
    in_trouble.trouble = LOCKED
    rig.provider.tell(TextDelta("Because."), REPORTED)
    for _ in range(2):
        told = await rig.end_of(turn)
        assert (told.error or "").endswith(f"{LOCKED} {TRYING_AGAIN}")
        assert rig.runner.unwritten(turn.id) == told
    in_trouble.trouble = None
    await until(lambda: rig.runner.unwritten(turn.id) is None)
    ended = await rig.end_of(turn)
    assert (ended.status, ended.reply, ended.error) == ("completed", "Because.", None)
    assert (rig.store.turn(turn.id), rig.store.pending_calls()) == (ended, ())
    assert [ended.entry] == rig.ledger.rows


async def test_what_waits_is_written_with_nobody_there(rig: Rig) -> None:
    turn = await rig.start_and_send()
    rig.store.trouble = rig.ledger.trouble = LOCKED
    rig.provider.tell(TextDelta("Because."), REPORTED)
    await rig.end_of(turn)
    rig.store.trouble = rig.ledger.trouble = None
    await until(lambda: rig.store.pending_calls() == ())
    assert [row.usage for row in rig.ledger.rows] == [REPORTED.usage]
    assert rig.records.budgets.used("ada", "", turn.created_at)[0].spent_usd == rig.ledger.rows[0].cost_usd


async def test_a_mark_that_cannot_be_made_is_made_later_and_writes_no_second_row(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(_turn_id: str) -> None:
        raise StoreError(LOCKED)

    with monkeypatch.context() as trouble:
        trouble.setattr(rig.store, "call_is_recorded", locked)
        turn = await rig.start_and_send()
        rig.provider.tell(TextDelta("Because."), REPORTED)
        await until(lambda: (rig.store.turn(turn.id) or turn).status == "completed")
        assert len(rig.store.pending_calls()) == 1
    await until(lambda: rig.store.pending_calls() == ())
    ended = await rig.end_of(turn)
    assert (ended.error, rig.store.turn(turn.id)) == (None, ended)
    assert rig.ledger.rows == [ended.entry]


async def test_what_was_set_aside_for_a_message_that_was_not_sent_is_given_back_later(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = rig.store.database.writing

    def locked() -> None:
        raise StoreError(LOCKED)

    def refuse(*_: object) -> None:
        monkeypatch.setattr(rig.store.database, "writing", locked)
        raise StoreError(LOCKED)

    with monkeypatch.context() as trouble:
        trouble.setattr(rig.store, "add_turns", refuse)
        with pytest.raises(NotSent, match="database is locked"):
            await rig.start(rig.ask())
    assert rig.records.budgets.is_behind()
    monkeypatch.setattr(rig.store.database, "writing", writing)
    await until(lambda: not rig.records.budgets.is_behind())


async def test_a_stop_of_what_waits_to_be_written_changes_nothing(rig: Rig) -> None:
    turn = await rig.start_and_send()
    rig.store.trouble = LOCKED
    rig.provider.tell(TextDelta("Because."), REPORTED)
    ended = await rig.end_of(turn)
    for finish in (True, False):
        rig.runner.stop(turn.id, finish=finish)
    rig.store.trouble = None
    await until(lambda: rig.store.pending_calls() == ())
    assert rig.store.turn(turn.id) == replace(ended, error=None)
