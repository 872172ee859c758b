"""A request that was sent and lost: it has a row of its own before the call is made again, and only one."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from chat.calls.recovery import recover
from chat.calls.settling import TRYING_AGAIN
from chat.conversation import Turn
from chat.providers import (
    Completed,
    CompletionEvent,
    CompletionRequest,
    ReplyBroken,
    Retrying,
    Sending,
    TextDelta,
)
from chat.store import Instances
from tests.helpers.fakes import ENTRY, FakeProvider, Rig, rig_in, until
from usage.budgets.budgets import Limit
from usage.ledger import LedgerEntry
from usage.units import TokenUsage

FATE = "the connection was lost after sending"
LOST = Retrying("The connection was lost", 0.5, FATE)
REFUSED = Retrying("It is busy", 0.5)
REPORTED = Completed(TokenUsage(input=100, output=10))
LOST_ROW = replace(
    ENTRY,
    call_id="id-3",
    conversation_id="id-2",
    turn_id="id-1",
    status="failed",
    usage=TokenUsage(input=8, output=0),
    usage_source="estimated",
    cost_usd=Decimal("0.000008"),
    first_token_ms=None,
    duration_ms=0,
    estimated_input_tokens=8,
    history_tokens=0,
    note=f"fate unknown: {FATE}",
)
REMARK = "A request for this reply was lost and may have been billed: it has a row of its own (≈ $0.000008)."


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = rig_in(tmp_path)
    yield rig
    rig.store.close()


def timeless(entry: LedgerEntry | None) -> LedgerEntry | None:
    """The same without what a clock measured."""
    return entry and replace(entry, duration_ms=0)


def pending_ids(rig: Rig) -> list[str]:
    """The calls that the ledger may lack."""
    return [pending.call.id for pending in rig.store.pending_calls()]


def brief(rig: Rig) -> list[tuple[str, str, str]]:
    """Id, status and usage source of each row."""
    return [(row.call_id, row.status, row.usage_source) for row in rig.ledger.rows]


async def until_it_waits(rig: Rig, turn: Turn) -> None:
    """Follow a turn until it says that the call is to be made again."""
    async for seen in rig.runner.follow(turn.id):
        if seen.error and "Trying again" in seen.error:
            return


async def test_a_lost_request_has_a_row_of_its_own_beside_the_one_that_was_answered(rig: Rig) -> None:
    rig.provider.tell(LOST, Sending(), TextDelta("Be"), REPORTED)
    ended = await rig.end_of(await rig.runner.start(rig.ask()))
    lost, answered = rig.ledger.rows
    assert timeless(lost) == LOST_ROW
    assert (answered.call_id, answered.status, answered.usage_source) == ("id-3-2", "completed", "reported")
    assert (answered.usage, answered.note) == (REPORTED.usage, "")
    assert (ended.status, ended.reply, ended.entry, ended.remarks) == ("completed", "Be", answered, (REMARK,))
    assert (rig.store.turn(ended.id), rig.store.pending_calls()) == (ended, ())


async def test_the_row_is_written_and_the_next_call_pending_before_it_is_sent(rig: Rig) -> None:
    class Looking(FakeProvider):
        async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
            self.requests.append(request)
            yield LOST
            seen.append((len(rig.ledger.rows), pending_ids(rig)))
            yield Sending()
            seen.append((len(rig.ledger.rows), pending_ids(rig)))
            yield REPORTED

    seen: list[tuple[int, list[str]]] = []
    await rig.end_of(await rig.runner.start(rig.ask(provider=Looking())))
    assert seen == [(1, ["id-3"]), (1, ["id-3-2"])]


async def test_a_request_that_is_lost_each_time_has_a_row_each_time(rig: Rig) -> None:
    rig.provider.tell(LOST, Sending(), LOST, Sending(), ReplyBroken("It was lost.", FATE))
    ended = await rig.end_of(await rig.runner.start(rig.ask()))
    assert [timeless(row) and row.note for row in rig.ledger.rows] == [LOST_ROW.note] * 3
    assert [row.call_id for row in rig.ledger.rows] == ["id-3", "id-3-2", "id-3-3"]
    assert (ended.error, ended.entry) == ("It was lost.", rig.ledger.rows[-1])


async def test_a_refusal_after_a_loss_stays_free(rig: Rig) -> None:
    rig.provider.tell(LOST, Sending(), REFUSED, Sending(), REPORTED)
    await rig.end_of(await rig.runner.start(rig.ask()))
    assert brief(rig) == [("id-3", "failed", "estimated"), ("id-3-2", "completed", "reported")]


async def test_what_cannot_be_recorded_is_not_sent_again_and_recorded_once_later(rig: Rig) -> None:
    turn = await rig.runner.start(rig.ask())
    rig.ledger.trouble = "The disk is full."
    rig.provider.tell(LOST, Sending(), REPORTED)
    ended = await rig.end_of(turn)
    assert ended.status == "failed"
    assert ended.error == (
        f"No answer came ({FATE}). The call was not made again: The disk is full. "
        f"What this reply cost could not be recorded. The disk is full. {TRYING_AGAIN}"
    )
    assert rig.provider.is_closed
    rig.ledger.trouble = None
    await rig.runner.close()
    [row] = rig.ledger.rows
    assert timeless(row) == LOST_ROW
    assert rig.store.pending_calls() == ()


async def test_what_cannot_be_saved_is_not_sent_again(rig: Rig) -> None:
    turn = await rig.runner.start(rig.ask())
    rig.provider.tell(LOST)
    await until_it_waits(rig, turn)
    rig.store.trouble = "Nothing can be saved: disk is full."
    rig.provider.tell(Sending(), REPORTED)
    ended = await rig.end_of(turn)
    assert (ended.error or "").startswith(
        "No answer came, and the call was not made again: Nothing can be saved: disk is full."
    )
    rig.store.trouble = None
    await rig.runner.close()
    assert brief(rig) == [("id-3", "failed", "estimated")]
    stored = rig.store.turn(turn.id)
    assert stored is not None
    assert (stored.status, stored.entry) == ("failed", rig.ledger.rows[0])


@pytest.mark.parametrize(("left", "is_sent_again"), [("0.000008", True), ("0.000007", False)])
async def test_a_budget_has_to_cover_the_second_request_too(
    tmp_path: Path, left: str, is_sent_again: bool
) -> None:
    one_call = Decimal("0.00128")  # a prompt of at most 280 tokens, and 100 tokens
    rig = rig_in(tmp_path, [Limit(one_call + Decimal(left), "day")])
    rig.provider.tell(LOST, Sending(), Completed(TokenUsage(input=8, output=0)))
    parameters = replace(rig.ask().parameters, max_output_tokens=100)
    ended = await rig.end_of(await rig.runner.start(rig.ask(parameters=parameters)))
    await rig.runner.close()
    assert len(rig.ledger.rows) == (2 if is_sent_again else 1)
    assert ended.error == (
        None
        if is_sent_again
        else f"No answer came ({FATE}). The call was not made again, since it may have been billed "
        "and what is left of the budget does not cover a second one."
    )
    assert rig.budgets.limits("ada", "")[0].usd >= sum(row.cost_usd or 0 for row in rig.ledger.rows)
    rig.store.close()


@pytest.mark.parametrize(
    ("waits", "rows"),
    [
        ((LOST,), [("id-3", "failed", "estimated")]),
        ((REFUSED,), [("id-3", "stopped", "none")]),
        ((LOST, Sending(), REFUSED), [("id-3", "failed", "estimated"), ("id-3-2", "stopped", "none")]),
        ((REFUSED, Sending()), [("id-3", "stopped", "estimated")]),
        ((LOST, Sending()), [("id-3", "failed", "estimated"), ("id-3-2", "stopped", "estimated")]),
    ],
)
async def test_a_stop_between_two_requests_leaves_a_row_for_each_that_went_out(
    rig: Rig, waits: tuple[CompletionEvent, ...], rows: list[tuple[str, str, str]]
) -> None:
    turn = await rig.runner.start(rig.ask())
    rig.provider.tell(*waits)
    await until(lambda: rig.provider.has_said_all)
    rig.runner.stop(turn.id)
    ended = await rig.end_of(turn)
    assert (brief(rig), ended.status) == (rows, "stopped")
    assert (rig.store.turn(turn.id), rig.store.pending_calls()) == (ended, ())


async def test_a_stop_while_the_row_is_written_leaves_one_row(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_write, is_writing = threading.Event(), threading.Event()
    append = rig.ledger.append

    def slow(entry: LedgerEntry) -> None:
        is_writing.set()
        may_write.wait()
        append(entry)

    monkeypatch.setattr(rig.ledger, "append", slow)
    turn = await rig.runner.start(rig.ask())
    rig.provider.tell(LOST, Sending(), REPORTED)
    await asyncio.to_thread(is_writing.wait)
    rig.runner.stop(turn.id)
    await until(lambda: rig.provider.is_closed)
    may_write.set()
    ended = await rig.end_of(turn)
    assert brief(rig) == [("id-3", "failed", "estimated")]
    assert (ended.status, ended.entry) == ("stopped", rig.ledger.rows[0])


@pytest.mark.parametrize(
    ("events", "rows"),
    [
        ((LOST,), ["fate unknown: the connection was lost after sending"]),
        (
            (LOST, Sending()),
            [
                "fate unknown: the connection was lost after sending",
                "fate unknown: Tally ended before the reply did",
            ],
        ),
    ],
)
async def test_a_process_that_dies_between_two_requests_leaves_a_row_for_each_that_went_out(
    tmp_path: Path, rig: Rig, events: tuple[CompletionEvent, ...], rows: list[str]
) -> None:
    turn = await rig.runner.start(rig.ask())
    rig.provider.tell(*events)
    await until(lambda: rig.provider.has_said_all)
    instances = Instances(tmp_path / "running", "next")  # to whom this process is as good as dead
    assert [recover(rig.store, rig.meter, instances) for _ in range(2)] == [1, 0]
    instances.close()
    assert [row.note for row in rig.ledger.rows] == rows
    assert len({row.call_id for row in rig.ledger.rows}) == len(rows)
    stored = rig.store.turn(turn.id)
    assert stored is not None
    assert (stored.entry, rig.store.pending_calls()) == (rig.ledger.rows[-1], ())
    await rig.runner.close()
    assert [row.note for row in rig.ledger.rows] == rows
