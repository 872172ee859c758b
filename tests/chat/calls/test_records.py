"""The end of a turn is written: at once, again and again where that fails, and after a process has died."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from chat.calls.records import END_MISSING, NOT_SENT, REPLY_MISSING, TRYING_AGAIN, Written
from chat.conversation import Turn
from chat.providers import Completed, NotSent, TextDelta
from chat.store import ConversationStore, Instances, StoreError
from tests.chat.conftest import MakeRig
from tests.helpers import fakes
from tests.helpers.fakes import ENTRY, TURN, FakeLedger, Rig, begin_turn, database_in, meter_for, until
from usage.budgets import Limit
from usage.forecast import Tokenizer
from usage.ledger import CallStatus, CsvLedger, LedgerEntry, LedgerError
from usage.meter import Meter
from usage.prices import OwnPrices, PriceBook
from usage.units import TokenUsage

CALL = replace(fakes.CALL, estimated_input_tokens=8)
ENDED = replace(TURN, status="completed", reply="Because.")
SECOND = replace(TURN, id="turn-2", conversation_id="conversation-2")
INTERRUPTED_ENTRY = replace(
    ENTRY,
    call=CALL,
    status="interrupted",
    usage=TokenUsage(input=8, output=1),
    usage_source="estimated",
    cost_usd=Decimal("0.000018"),
    first_token_ms=None,
    duration_ms=None,
    note="fate unknown: Tally ended before the reply did",
)
REPORTED = Completed(TokenUsage(input=100, output=10))
LOCKED = "Nothing can be saved: database is locked."
NO_ROW = "What this reply cost could not be recorded. No ledger."
NO_REPLY = "This reply could not be saved. No store."


def begin(rig: Rig, turn: Turn, call_id: str, *, is_out: bool = True, instance: str = "dead") -> None:
    """Save a turn that begins, and whose call is out if nothing else is said."""
    call = replace(CALL, id=call_id, turn_id=turn.id)
    begin_turn(rig.store, turn, call, instance=instance)
    if is_out:
        rig.store.begin_call(call)


@pytest.fixture
def died(rig: Rig) -> Rig:
    """A turn that was running when the copy of the app called "dead" died, with two letters of its reply."""
    begin(rig, TURN, CALL.id)
    rig.store.save_progress(replace(TURN, reply="Be"))
    return rig


@pytest.fixture
def instances(tmp_path: Path) -> Iterator[Instances]:
    own = Instances(tmp_path / "running", "own")
    yield own
    own.close()


def test_a_turn_that_ended_is_written_with_its_entry_once(died: Rig) -> None:
    whole = replace(ENDED, entry=ENTRY)
    for _ in range(2):
        assert died.records.write_end(ENDED, ENTRY) == Written(whole, is_recorded=True, is_saved=True)
    assert (died.stored(TURN), died.ledger.rows, died.store.pending_calls()) == (whole, [ENTRY], ())


@pytest.mark.parametrize("error", [None, "It broke off."])
@pytest.mark.parametrize(
    ("no_ledger", "no_store", "said"),
    [
        ("No ledger.", None, NO_ROW),
        (None, "No store.", NO_REPLY),
        ("No ledger.", "No store.", f"{NO_ROW} {NO_REPLY}"),
    ],
)
def test_what_can_be_written_is_and_what_cannot_is_said(
    died: Rig, no_ledger: str | None, no_store: str | None, said: str, error: str | None
) -> None:
    died.ledger.trouble, died.store.trouble = no_ledger, no_store
    ended, before = replace(ENDED, error=error), died.stored(TURN)
    told = replace(ended, entry=ENTRY, error=" ".join(filter(None, [error, said])))
    written = died.records.write_end(ended, ENTRY)
    assert written == Written(told, is_recorded=not no_ledger, is_saved=not no_store)
    assert died.ledger.rows == ([] if no_ledger else [ENTRY])
    assert died.stored(TURN) == (before if no_store else replace(ended, entry=ENTRY))
    assert [pending.call for pending in died.store.pending_calls()] == [CALL]


def test_a_call_that_died_is_accounted_for_with_an_estimate_once(died: Rig, instances: Instances) -> None:
    assert [died.records.recover(instances) for _ in range(2)] == [1, 0]
    assert died.ledger.rows == [INTERRUPTED_ENTRY]
    interrupted = replace(TURN, status="interrupted", reply="Be", entry=INTERRUPTED_ENTRY)
    assert died.stored(TURN) == replace(interrupted, remarks=(END_MISSING,))
    with pytest.raises(StoreError, match="ended by another copy"):  # its process was not dead
        died.store.begin_call(CALL)


@pytest.mark.parametrize("is_in_ledger", [False, True])
def test_a_call_without_a_turn_that_died_gets_its_row_once(
    rig: Rig, instances: Instances, is_in_ledger: bool
) -> None:
    alone = rig.store.calls_without_turn
    unsent, counted = replace(CALL, id="call-2"), replace(CALL, estimated_input_tokens=9)
    alone.add([CALL, unsent], "dead")
    alone.add([replace(CALL, id="call-3")], "own")
    alone.begin_call(counted)
    row = replace(INTERRUPTED_ENTRY, call=counted, usage=TokenUsage(input=9, output=0))
    if is_in_ledger:
        rig.ledger.append(row)
    assert [rig.records.recover(instances) for _ in range(2)] == [2, 0]
    [written] = rig.ledger.rows
    assert (written.call, written.status, written.note) == (counted, "interrupted", row.note)
    assert [each.call.id for each in rig.store.pending_calls()] == ["call-3"]


def test_a_call_without_a_turn_that_was_accounted_for_must_not_go_out(rig: Rig) -> None:
    alone = rig.store.calls_without_turn
    alone.add([CALL], "dead")
    alone.forget(CALL)
    with pytest.raises(StoreError, match="ended by another copy"):
        alone.begin_call(CALL)


def test_what_was_expected_and_the_reasoning_are_the_estimate(died: Rig, instances: Instances) -> None:
    begin(died, SECOND, "call-2")
    died.store.begin_call(replace(CALL, id="call-2", turn_id=SECOND.id, estimated_input_tokens=21))
    died.store.save_progress(replace(SECOND, reply="So", reasoning="Hm, hm"))
    died.records.recover(instances)
    assert died.ledger.rows[-1].usage == TokenUsage(input=21, output=2)


def test_calls_of_those_who_live_are_left_alone(tmp_path: Path, died: Rig, instances: Instances) -> None:
    for living in ("own", "other"):
        turn = replace(TURN, id=f"turn-{living}", conversation_id=living)
        begin(died, turn, f"call-{living}", is_out=False, instance=living)
    other = Instances(tmp_path / "running", "other")
    assert died.records.recover(instances) == 1
    other.close()
    assert [pending.instance for pending in died.store.pending_calls()] == ["other", "own"]
    assert [row.call.id for row in died.ledger.rows] == [CALL.id]


@pytest.mark.parametrize(
    ("status", "error", "remarks"),
    [
        ("completed", None, (END_MISSING,)),
        ("stopped", None, (END_MISSING,)),
        ("failed", "No complete reply came, and Tally was closed before it could say why.", ()),
    ],
)
def test_a_call_that_is_in_the_ledger_already_is_not_written_again_and_what_is_missing_is_said(
    died: Rig, instances: Instances, status: CallStatus, error: str | None, remarks: tuple[str, ...]
) -> None:
    entry = replace(ENTRY, status=status)
    died.ledger.append(entry)
    assert died.records.recover(instances) == 1
    assert died.ledger.rows == [entry]
    ended = replace(TURN, status=status, reply="Be", entry=entry)
    assert died.stored(TURN) == replace(ended, error=error, remarks=remarks)


def test_a_row_that_could_not_be_written_then_is_written_now_as_it_was(
    died: Rig, instances: Instances
) -> None:
    died.ledger.trouble = "The disk is full."
    failed = replace(ENTRY, status="failed", usage=TokenUsage(), usage_source="none", cost_usd=Decimal(0))
    refused = replace(ENDED, status="failed", error="No such model.")
    died.records.write_end(refused, failed)
    died.ledger.trouble = None
    assert died.records.recover(instances) == 1
    assert (died.ledger.rows, died.store.pending_calls()) == ([failed], ())
    assert died.stored(TURN) == replace(refused, entry=failed)


class LedgerThatRefuses(FakeLedger):
    """A ledger that cannot write one call."""

    refused = CALL.id

    def append(self, entry: LedgerEntry) -> None:
        if entry.call.id == self.refused:
            raise LedgerError("No.")
        super().append(entry)


def test_what_cannot_be_accounted_for_yet_waits_and_holds_up_no_other(
    died: Rig, instances: Instances, caplog: pytest.LogCaptureFixture
) -> None:
    begin(died, SECOND, "call-2")
    ledger = LedgerThatRefuses()
    records = replace(died.records, meter=meter_for(ledger))
    assert records.recover(instances) == 2
    assert [row.call.id for row in ledger.rows] == ["call-2"]
    assert [pending.call.id for pending in died.store.pending_calls()] == [CALL.id]
    assert "Call call-1 of an earlier run is not accounted for" in caplog.text
    ledger.refused = ""
    assert records.recover(instances) == 1
    assert [row.call.id for row in ledger.rows] == ["call-2", CALL.id]


def test_a_ledger_or_store_in_trouble_leaves_all_for_the_next_start(
    died: Rig, instances: Instances, caplog: pytest.LogCaptureFixture
) -> None:
    died.ledger.trouble = "Cannot read usage.csv."
    assert died.records.recover(instances) == 1
    died.ledger.trouble, died.store.trouble = None, "database is locked"
    assert died.records.recover(instances) == 1
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 4
    assert died.records.recover(instances, logging.DEBUG) == 1  # tried again: it has been said
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 4
    died.store.trouble = None
    assert died.records.recover(instances) == 1
    assert (died.store.pending_calls(), died.ledger.rows) == ((), [INTERRUPTED_ENTRY])


def test_a_database_that_cannot_be_read_is_an_error(rig: Rig, instances: Instances) -> None:
    with rig.store.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE turns")
    with pytest.raises(StoreError, match="no such table: turns"):
        rig.records.recover(instances)


def test_copies_that_start_at_once_account_for_a_call_once(tmp_path: Path, died: Rig) -> None:
    found, ready = [], threading.Barrier(4)

    def start(name: str) -> None:
        store, own = ConversationStore(database_in(tmp_path)), Instances(tmp_path / "running", name)
        meter = Meter(CsvLedger(tmp_path / "usage.csv"), PriceBook(OwnPrices), Tokenizer())
        ready.wait()
        found.append(replace(died.records, store=store, meter=meter).recover(own))
        store.close()

    threads = [threading.Thread(target=start, args=(f"copy-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 0, 0, 1]
    assert [entry.call.id for entry in CsvLedger(tmp_path / "usage.csv").entries()] == [CALL.id]


class Killed(BaseException):
    """Stands for the end of the process: nothing after it happens."""


@pytest.mark.parametrize("step", ["finish_turn", "append", "call_is_recorded"])
@pytest.mark.parametrize("is_written", [False, True])
def test_whichever_write_a_process_dies_at_the_whole_reply_and_one_row_are_there(
    died: Rig, instances: Instances, monkeypatch: pytest.MonkeyPatch, step: str, is_written: bool
) -> None:
    at = died.ledger if step == "append" else died.store
    write = getattr(at, step)

    def die(*arguments: object, **options: object) -> None:
        if is_written:
            write(*arguments, **options)
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(at, step, die)
        with pytest.raises(Killed):
            died.records.write_end(ENDED, ENTRY)
    died.records.recover(instances)
    [row], turn = died.ledger.rows, died.stored(TURN)
    assert (turn.entry, died.store.pending_calls()) == (row, ())
    if (step, is_written) == ("finish_turn", False):
        assert (turn.status, turn.reply, turn.remarks) == ("interrupted", "Be", (END_MISSING,))
    else:
        assert (turn, row) == (replace(ENDED, entry=ENTRY), ENTRY)


def test_a_reply_of_which_nothing_was_saved_says_so(died: Rig, instances: Instances) -> None:
    begin(died, SECOND, "call-2")
    died.records.recover(instances)
    turn = died.stored(SECOND)
    assert (turn.status, turn.reply, turn.remarks) == ("interrupted", "", (REPLY_MISSING,))


@pytest.mark.parametrize("was_out", [False, True])
def test_a_call_that_was_not_out_or_was_refused_when_its_process_died_makes_no_row(
    died: Rig, instances: Instances, was_out: bool
) -> None:
    begin(died, SECOND, "call-2", is_out=was_out)
    if was_out:
        died.store.call_was_refused(replace(CALL, id="call-2", turn_id=SECOND.id))
    assert died.records.recover(instances) == 2
    assert [row.call.id for row in died.ledger.rows] == [CALL.id]
    assert died.stored(SECOND) == replace(SECOND, status="failed", error=NOT_SENT)
    assert died.store.pending_calls() == ()


@pytest.fixture
def retrying(make_rig: MakeRig) -> Rig:
    """Where what cannot be written is tried again without a pause."""
    return make_rig([Limit(Decimal(1), "day")], retry_every_s=0)


@pytest.mark.parametrize("of", ["store", "ledger"])
async def test_who_follows_sees_what_is_wrong_as_long_as_it_is_and_then_the_turn_as_it_is_written(
    retrying: Rig, of: str
) -> None:
    rig = retrying
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
    assert (rig.stored(turn), rig.store.pending_calls()) == (ended, ())
    assert [ended.entry] == rig.ledger.rows


async def test_what_waits_is_written_with_nobody_there_and_whoever_stops_it(retrying: Rig) -> None:
    rig = retrying
    turn = await rig.start_and_send()
    rig.store.trouble = rig.ledger.trouble = LOCKED
    rig.provider.tell(TextDelta("Because."), REPORTED)
    ended = await rig.end_of(turn)
    for finish in (True, False):
        rig.runner.stop(turn.id, finish=finish)
    rig.store.trouble = rig.ledger.trouble = None
    await until(lambda: rig.store.pending_calls() == ())
    assert rig.stored(turn) == replace(ended, error=None)
    assert [row.usage for row in rig.ledger.rows] == [REPORTED.usage]
    [used] = rig.records.budgets.used("ada", "", turn.created_at)
    assert used.spent_usd == rig.ledger.rows[0].cost_usd


def locked(*_: object) -> None:
    raise StoreError(LOCKED)


async def test_a_mark_that_cannot_be_made_is_made_later_and_writes_no_second_row(
    retrying: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = retrying
    with monkeypatch.context() as trouble:
        trouble.setattr(rig.store, "call_is_recorded", locked)
        turn = await rig.start_and_send()
        rig.provider.tell(TextDelta("Because."), REPORTED)
        await until(lambda: rig.stored(turn).status == "completed")
        assert len(rig.store.pending_calls()) == 1
    await until(lambda: rig.store.pending_calls() == ())
    ended = await rig.end_of(turn)
    assert (ended.error, rig.stored(turn), rig.ledger.rows) == (None, ended, [ended.entry])


async def test_what_was_set_aside_for_a_message_that_was_not_sent_is_given_back_later(
    retrying: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = retrying
    writing = rig.store.database.writing

    def refuse(*_: object) -> None:
        monkeypatch.setattr(rig.store.database, "writing", locked)
        locked()

    with monkeypatch.context() as trouble:
        trouble.setattr(rig.store, "add_turns", refuse)
        with pytest.raises(NotSent, match="database is locked"):
            await rig.start(rig.ask())
    assert rig.records.budgets.is_behind()
    monkeypatch.setattr(rig.store.database, "writing", writing)
    await until(lambda: not rig.records.budgets.is_behind())
