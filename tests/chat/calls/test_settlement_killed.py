"""A process may die at each write: what the next start makes of what is there."""

from dataclasses import replace

import pytest

from chat.calls.records import END_MISSING, NOT_SENT, REPLY_MISSING
from chat.store import Instances, StoreError
from tests.chat.calls.test_settlement import ENDED, instances, rig, send
from tests.helpers.fakes import CALL, ENTRY, TURN, Rig, begin_turn

__all__ = ["instances", "rig"]


class Killed(BaseException):
    """Stands for the end of the process: nothing after it happens."""


@pytest.mark.parametrize("step", ["finish_turn", "append", "call_is_recorded"])
@pytest.mark.parametrize("is_written", [False, True])
def test_whichever_write_a_process_dies_at_the_whole_reply_and_one_row_are_there(
    rig: Rig, instances: Instances, monkeypatch: pytest.MonkeyPatch, step: str, is_written: bool
) -> None:
    at = rig.ledger if step == "append" else rig.store
    write = getattr(at, step)

    def die(*arguments: object, **options: object) -> None:
        if is_written:
            write(*arguments, **options)
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(at, step, die)
        with pytest.raises(Killed):
            rig.records.write_end(ENDED, ENTRY)
    rig.records.recover(instances)
    [row] = rig.ledger.rows
    stored = rig.store.turn(TURN.id)
    assert stored is not None
    assert (stored.entry, rig.store.pending_calls()) == (row, ())
    if (step, is_written) == ("finish_turn", False):
        assert (stored.status, stored.reply, stored.remarks) == ("interrupted", "Be", (END_MISSING,))
    else:
        assert (stored, row) == (replace(ENDED, entry=ENTRY), ENTRY)


def test_a_reply_of_which_nothing_was_saved_says_so(rig: Rig, instances: Instances) -> None:
    send(rig, replace(TURN, id="turn-2", conversation_id="conversation-2"), "call-2")
    rig.records.recover(instances)
    stored = rig.store.turn("turn-2")
    assert stored is not None
    assert (stored.status, stored.reply, stored.remarks) == ("interrupted", "", (REPLY_MISSING,))


def test_a_call_that_was_not_out_when_its_process_died_makes_no_row(rig: Rig, instances: Instances) -> None:
    waiting = replace(TURN, id="turn-2", conversation_id="conversation-2")
    begin_turn(rig.store, waiting, replace(CALL, id="call-2", turn_id=waiting.id), instance="dead")
    assert rig.records.recover(instances) == 2
    assert [row.call.id for row in rig.ledger.rows] == [CALL.id]
    assert rig.store.turn(waiting.id) == replace(waiting, status="failed", error=NOT_SENT)
    assert rig.store.pending_calls() == ()


def test_a_call_that_was_refused_and_waits_to_be_made_again_makes_no_row(
    rig: Rig, instances: Instances
) -> None:
    refused = replace(TURN, id="turn-2", conversation_id="conversation-2")
    send(rig, refused, "call-2")
    rig.store.call_was_refused(replace(CALL, id="call-2", turn_id=refused.id))
    rig.records.recover(instances)
    assert [row.call.id for row in rig.ledger.rows] == [CALL.id]


def test_a_turn_that_another_copy_has_ended_is_not_sent(rig: Rig, instances: Instances) -> None:
    rig.records.recover(instances)
    with pytest.raises(StoreError, match="ended by another copy"):
        rig.store.begin_call(CALL)
