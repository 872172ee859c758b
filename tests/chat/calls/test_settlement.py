import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from chat.calls.records import END_MISSING, Written
from chat.conversation import Turn
from chat.store import ConversationStore, Instances, StoreError
from tests.helpers import fakes
from tests.helpers.fakes import ENTRY, TURN, FakeLedger, Rig, begin_turn, database_in, meter_for, rig_in
from usage.forecast import Tokenizer
from usage.ledger import CallStatus, CsvLedger, LedgerEntry, LedgerError
from usage.meter import Meter
from usage.prices import OwnPrices, PriceBook
from usage.units import TokenUsage

CALL = replace(fakes.CALL, estimated_input_tokens=8)
ENDED = replace(TURN, status="completed", reply="Because.")
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


class LedgerThatRefuses(FakeLedger):
    """A ledger that cannot write one call."""

    refused = ""

    def append(self, entry: LedgerEntry) -> None:
        if entry.call.id == self.refused:
            raise LedgerError("No.")
        super().append(entry)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A turn that was running when the copy of the app called "dead" died, with two letters of its reply."""
    rig = rig_in(tmp_path)
    begin_turn(rig.store, TURN, CALL, instance="dead")
    rig.store.begin_call(CALL)
    rig.store.save_progress(replace(TURN, reply="Be"))
    yield rig
    rig.store.close()


def send(rig: Rig, turn: Turn, call_id: str, estimated_input_tokens: int = 8) -> None:
    """Save a turn that begins and whose call is out."""
    call = replace(CALL, id=call_id, turn_id=turn.id, estimated_input_tokens=estimated_input_tokens)
    begin_turn(rig.store, turn, call, instance="dead")
    rig.store.begin_call(call)


@pytest.fixture
def instances(tmp_path: Path) -> Iterator[Instances]:
    own = Instances(tmp_path / "running", "own")
    yield own
    own.close()


def test_a_turn_that_ended_is_written_with_its_entry(rig: Rig) -> None:
    written = replace(ENDED, entry=ENTRY)
    assert rig.records.write_end(ENDED, ENTRY) == Written(written, is_recorded=True, is_saved=True)
    assert (rig.store.turn(TURN.id), rig.ledger.rows) == (written, [ENTRY])
    assert rig.store.pending_calls() == ()


def test_writing_it_again_writes_no_second_row(rig: Rig) -> None:
    assert rig.records.write_end(ENDED, ENTRY) == rig.records.write_end(ENDED, ENTRY)
    assert rig.ledger.rows == [ENTRY]


@pytest.mark.parametrize(("error", "before"), [(None, ""), ("It broke off.", "It broke off. ")])
def test_a_reply_is_saved_when_its_cost_cannot_be_recorded(rig: Rig, error: str | None, before: str) -> None:
    rig.ledger.trouble = "The disk is full."
    ended = replace(ENDED, error=error)
    written = rig.records.write_end(ended, ENTRY)
    note = f"{before}What this reply cost could not be recorded. The disk is full."
    assert written == Written(replace(ended, entry=ENTRY, error=note), is_recorded=False, is_saved=True)
    assert rig.store.turn(TURN.id) == replace(ended, entry=ENTRY)
    assert [pending.call for pending in rig.store.pending_calls()] == [CALL]


def test_a_cost_is_recorded_when_its_reply_cannot_be_saved(rig: Rig) -> None:
    rig.store.trouble = "Nothing can be saved: disk is full."
    written = rig.records.write_end(ENDED, ENTRY)
    note = "This reply could not be saved. Nothing can be saved: disk is full."
    assert written == Written(replace(ENDED, entry=ENTRY, error=note), is_recorded=True, is_saved=False)
    assert rig.ledger.rows == [ENTRY]
    assert [pending.call for pending in rig.store.pending_calls()] == [CALL]


def test_both_troubles_are_said(rig: Rig) -> None:
    rig.ledger.trouble, rig.store.trouble = "No ledger.", "No store."
    written = rig.records.write_end(ENDED, ENTRY)
    assert written.turn.error == (
        "What this reply cost could not be recorded. No ledger. This reply could not be saved. No store."
    )


def test_a_call_that_died_is_accounted_for_with_an_estimate(rig: Rig, instances: Instances) -> None:
    assert rig.records.recover(instances) == 1
    assert rig.ledger.rows == [INTERRUPTED_ENTRY]
    assert rig.store.turn(TURN.id) == replace(
        TURN, status="interrupted", reply="Be", entry=INTERRUPTED_ENTRY, remarks=(END_MISSING,)
    )


def test_a_call_is_accounted_for_once(rig: Rig, instances: Instances) -> None:
    assert [rig.records.recover(instances) for _ in range(2)] == [1, 0]
    assert rig.ledger.rows == [INTERRUPTED_ENTRY]


def test_what_was_expected_and_the_reasoning_are_the_estimate(rig: Rig, instances: Instances) -> None:
    rig.records.write_end(ENDED, ENTRY)
    second = replace(TURN, id="turn-2", parent_id=TURN.id, question="How?")
    send(rig, second, "call-2", estimated_input_tokens=21)
    rig.store.save_progress(replace(second, reply="So", reasoning="Hm, hm"))
    rig.records.recover(instances)
    assert rig.ledger.rows[-1].usage == TokenUsage(input=21, output=2)


def test_calls_of_those_who_live_are_left_alone(tmp_path: Path, rig: Rig, instances: Instances) -> None:
    for living in ("own", "other"):
        turn = replace(TURN, id=f"turn-{living}", conversation_id=living)
        begin_turn(rig.store, turn, replace(CALL, id=f"call-{living}", turn_id=turn.id), instance=living)
    other = Instances(tmp_path / "running", "other")
    assert rig.records.recover(instances) == 1
    other.close()
    assert [pending.instance for pending in rig.store.pending_calls()] == ["other", "own"]
    assert [row.call.id for row in rig.ledger.rows] == [CALL.id]


@pytest.mark.parametrize(
    ("status", "error", "remarks"),
    [
        ("completed", None, (END_MISSING,)),
        ("stopped", None, (END_MISSING,)),
        ("failed", "No whole reply came, and Tally ended before it said why.", ()),
    ],
)
def test_a_call_that_is_in_the_ledger_already_is_not_written_again_and_what_is_missing_is_said(
    rig: Rig, instances: Instances, status: CallStatus, error: str | None, remarks: tuple[str, ...]
) -> None:
    entry = replace(ENTRY, status=status)
    rig.ledger.append(entry)
    assert rig.records.recover(instances) == 1
    assert rig.ledger.rows == [entry]
    assert rig.store.turn(TURN.id) == replace(
        TURN, status=status, reply="Be", entry=entry, error=error, remarks=remarks
    )


def test_a_row_that_could_not_be_written_then_is_written_now_as_it_was(
    rig: Rig, instances: Instances
) -> None:
    rig.ledger.trouble = "The disk is full."
    failed = replace(ENTRY, status="failed", usage=TokenUsage(), usage_source="none", cost_usd=Decimal(0))
    refused = replace(ENDED, status="failed", error="No such model.")
    rig.records.write_end(refused, failed)
    rig.ledger.trouble = None
    assert rig.records.recover(instances) == 1
    assert rig.ledger.rows == [failed]
    assert rig.store.turn(TURN.id) == replace(refused, entry=failed)
    assert rig.store.pending_calls() == ()


def test_what_cannot_be_accounted_for_yet_waits_and_holds_up_no_other(
    rig: Rig, instances: Instances, caplog: pytest.LogCaptureFixture
) -> None:
    send(rig, replace(TURN, id="turn-2", conversation_id="conversation-2"), "call-2")
    ledger = LedgerThatRefuses()
    ledger.refused = CALL.id
    assert replace(rig.records, meter=meter_for(ledger)).recover(instances) == 2
    assert [row.call.id for row in ledger.rows] == ["call-2"]
    assert [pending.call.id for pending in rig.store.pending_calls()] == [CALL.id]
    assert "Call call-1 of an earlier run is not accounted for" in caplog.text
    ledger.refused = ""
    assert replace(rig.records, meter=meter_for(ledger)).recover(instances) == 1
    assert [row.call.id for row in ledger.rows] == ["call-2", CALL.id]


def test_a_ledger_or_store_in_trouble_leaves_all_for_the_next_start(
    rig: Rig, instances: Instances, caplog: pytest.LogCaptureFixture
) -> None:
    rig.ledger.trouble = "Cannot read usage.csv."
    assert rig.records.recover(instances) == 1
    rig.ledger.trouble, rig.store.trouble = None, "database is locked"
    assert rig.records.recover(instances) == 1
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 4
    assert rig.records.recover(instances, logging.DEBUG) == 1  # tried again: it has been said
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 4
    rig.store.trouble = None
    assert rig.records.recover(instances) == 1
    assert (rig.store.pending_calls(), rig.ledger.rows) == ((), [INTERRUPTED_ENTRY])


def test_a_database_that_cannot_be_read_is_an_error(rig: Rig, instances: Instances) -> None:
    with rig.store.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE turns")
    with pytest.raises(StoreError, match="no such table: turns"):
        rig.records.recover(instances)


def test_copies_that_start_at_once_account_for_a_call_once(tmp_path: Path, rig: Rig) -> None:
    found, ready = [], threading.Barrier(4)

    def start(name: str) -> None:
        store, own = ConversationStore(database_in(tmp_path)), Instances(tmp_path / "running", name)
        meter = Meter(CsvLedger(tmp_path / "usage.csv"), PriceBook(OwnPrices), Tokenizer())
        ready.wait()
        found.append(replace(rig.records, store=store, meter=meter).recover(own))
        store.close()

    threads = [threading.Thread(target=start, args=(f"copy-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 0, 0, 1]
    assert [entry.call.id for entry in CsvLedger(tmp_path / "usage.csv").entries()] == [CALL.id]
