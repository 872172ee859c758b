"""What a runner does when something goes wrong: nothing is lost, and what cannot be written waits."""

import asyncio
import threading
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from chat.calls.records import TRYING_AGAIN
from chat.providers import (
    ChatError,
    Completed,
    CompletionEvent,
    NotSent,
    ReplyBroken,
    RequestRefused,
    Retrying,
    Sending,
    TextDelta,
)
from chat.store import Instances
from tests.chat.conftest import MakeRig
from tests.helpers.fakes import Rig, until
from usage.budgets import Limit
from usage.ledger import LedgerEntry, LedgerError
from usage.units import TokenUsage

FULL = "Nothing can be saved: disk is full."
REPORTED = Completed(TokenUsage(input=100, output=10))
ONE_REPLY = Limit(Decimal("0.00128"), "day")  # a prompt of at most 280 tokens, and 100 tokens: the first call


@pytest.fixture
def limited(make_rig: MakeRig) -> Rig:
    return make_rig([ONE_REPLY])


@pytest.mark.parametrize(
    ("error", "usage", "source", "cost"),
    [
        (RequestRefused("No such model."), TokenUsage(), "none", "0"),
        (ReplyBroken("It broke off."), TokenUsage(input=8, output=1), "estimated", "0.000018"),
    ],
)
async def test_an_error_stands_beside_what_came_and_costs_what_it_may_have_cost(
    rig: Rig, error: ChatError, usage: TokenUsage, source: str, cost: str
) -> None:
    ended = await rig.answered(Retrying("It is busy", 1), TextDelta("Be"), error)
    assert (ended.status, ended.reply, ended.error) == ("failed", "Be", str(error))
    assert rig.store.turn(ended.id) == ended
    [entry] = rig.ledger.rows
    assert (entry.status, entry.usage, entry.usage_source) == ("failed", usage, source)
    assert entry.cost_usd == Decimal(cost)


class Panic(BaseException):
    """What a library in Rust raises when it fails: no Exception."""


@pytest.mark.parametrize("fault", [KeyError("secret text"), Panic("secret text")])
async def test_a_fault_is_told_apart_and_accounted_for(
    rig: Rig, fault: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    ended = await rig.answered(TextDelta("Be"), fault)
    assert ended.error == "Something went wrong in Tally, so the reply ends here. Tally’s log has the reason."
    assert (ended.status, ended.reply, len(rig.ledger.rows)) == ("failed", "Be", 1)
    assert "A reply ended in a fault of Tally's own" in caplog.text


async def test_an_error_that_no_file_holds_is_mended(rig: Rig) -> None:
    ended = await rig.answered(TextDelta("a\ud800"), ReplyBroken("It said \ud800."))
    assert (ended.reply, ended.error) == ("a�", "It said �.")
    assert rig.store.turn(ended.id) == ended


async def test_progress_that_cannot_be_saved_does_not_hold_up_the_reply(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    turn = await rig.start_and_send()
    rig.store.trouble = "database is locked"
    rig.provider.tell(TextDelta("Be"))
    await until(lambda: "could not be saved" in caplog.text)
    rig.store.trouble = None
    rig.provider.tell(TextDelta("cause."), REPORTED)
    assert (await rig.end_of(turn)).error is None
    assert (await rig.end_of(turn)).reply == "Because."


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ("ledger", "What this reply cost could not be recorded."),
        ("store", "This reply could not be saved."),
    ],
)
async def test_what_cannot_be_written_of_a_reply_is_told_and_written_before_the_next_message(
    rig: Rig, of: str, said: str
) -> None:
    turn = await rig.start_and_send()
    in_trouble = rig.ledger if of == "ledger" else rig.store
    in_trouble.trouble = FULL
    rig.provider.tell(TextDelta("Be"), REPORTED)
    ended = await rig.end_of(turn)
    assert ended.error == f"{said} {FULL} {TRYING_AGAIN}"
    assert (ended.status, ended.reply, len(rig.ledger.rows)) == ("completed", "Be", int(of == "store"))
    assert await rig.end_of(turn) == ended
    in_trouble.trouble = None
    conversation = await rig.runner.conversation("ada", turn.conversation_id)
    second = await rig.start(rig.ask("How?", conversation=conversation, parent_id=turn.id))
    assert [row.usage for row in rig.ledger.rows] == [REPORTED.usage]
    assert rig.stored(turn) == replace(ended, error=None)
    assert [pending.call.turn_id for pending in rig.store.pending_calls()] == [second.id]
    await rig.runner.close()


async def test_what_could_not_be_written_is_tried_again_at_the_end(rig: Rig) -> None:
    turn = await rig.start_and_send()
    rig.ledger.trouble = rig.store.trouble = "No."
    rig.provider.tell(TextDelta("Be"), REPORTED)
    await rig.end_of(turn)
    rig.ledger.trouble = rig.store.trouble = None
    await rig.runner.close()
    assert (rig.store.pending_calls(), len(rig.ledger.rows)) == ((), 1)


async def test_what_could_never_be_written_is_accounted_for_at_the_next_start(
    tmp_path: Path, rig: Rig
) -> None:
    rig.provider.tell(TextDelta("Be"))
    turn = await rig.start(rig.ask())
    await until(lambda: (rig.store.turn(turn.id) or turn).reply == "Be")
    rig.ledger.trouble = rig.store.trouble = "No."
    await rig.runner.close()
    rig.ledger.trouble = rig.store.trouble = None
    instances = Instances(tmp_path / "running", "next")
    assert rig.records.recover(instances) == 1
    instances.close()
    [row] = rig.ledger.rows
    assert (row.status, row.usage) == ("interrupted", TokenUsage(input=8, output=1))
    stored = rig.stored(turn)
    assert (stored.status, stored.reply, stored.entry) == ("interrupted", "Be", row)


async def test_what_a_call_may_cost_stays_set_aside_until_it_is_in_the_ledger(
    limited: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: LedgerEntry) -> None:
        raise LedgerError("No.")

    with monkeypatch.context() as patch:
        patch.setattr(limited.ledger, "append", refuse)
        await limited.answered(Completed(TokenUsage(input=0, output=0)))
        with pytest.raises(NotSent, match="has nothing left"):
            await limited.start(limited.ask())
    await limited.runner.conversation("ada", "")
    await limited.start(limited.ask())
    await limited.runner.close()


async def test_what_a_call_did_not_cost_is_free_for_the_next(limited: Rig) -> None:
    await limited.answered(RequestRefused("No such model."))
    await limited.start(limited.ask())
    await limited.runner.close()
    assert [row.status for row in limited.ledger.rows] == ["failed", "interrupted"]


async def test_a_fault_while_the_end_is_written_leaves_nobody_waiting(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rig.records.meter, "entry", lambda *_: 1 / 0)
    ended = await rig.answered(TextDelta("Be"), REPORTED)
    assert (ended.status, ended.reply, ended.entry) == ("completed", "Be", None)
    await rig.runner.close()
    assert "ZeroDivisionError" in caplog.text
    assert len(rig.store.pending_calls()) == 1


async def test_a_page_that_goes_away_while_its_message_is_saved_does_not_lose_the_call(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_save, is_saving = threading.Event(), threading.Event()
    add_turns = rig.store.add_turns

    def slow(*arguments: object) -> None:
        is_saving.set()
        may_save.wait()
        add_turns(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(rig.store, "add_turns", slow)
    page = asyncio.create_task(rig.start(rig.ask()))
    await asyncio.to_thread(is_saving.wait)
    page.cancel()
    with pytest.raises(asyncio.CancelledError):
        await page
    rig.provider.tell(TextDelta("Be"), REPORTED)
    may_save.set()
    await until(lambda: len(rig.ledger.rows) == 1)
    await rig.runner.close()
    [turn_id] = {row.call.turn_id for row in rig.ledger.rows}
    stored = rig.stored(turn_id)
    assert (stored.status, stored.reply) == ("completed", "Be")


REFUSED = Retrying("It is busy", 0.5)


@pytest.mark.parametrize(("waits", "source"), [((REFUSED,), "none"), ((REFUSED, Sending()), "estimated")])
async def test_a_stop_costs_what_is_out_then(
    rig: Rig, waits: tuple[CompletionEvent, ...], source: str
) -> None:
    turn = await rig.start(rig.ask())
    rig.provider.tell(*waits)
    await until(lambda: rig.provider.has_said_all)
    rig.runner.stop(turn.id)
    ended = await rig.end_of(turn)
    assert [(row.status, row.usage_source) for row in rig.ledger.rows] == [("stopped", source)]
    assert (ended.status, rig.store.turn(turn.id), rig.store.pending_calls()) == ("stopped", ended, ())


async def test_what_cannot_be_saved_is_not_sent_again(rig: Rig) -> None:
    turn = await rig.start_and_send()
    rig.store.trouble = FULL
    rig.provider.tell(REFUSED, Sending(), REPORTED)
    ended = await rig.end_of(turn)
    assert (ended.error or "").startswith(f"{FULL} The message was not sent.")
    assert rig.provider.is_closed
    rig.store.trouble = None
    await rig.runner.close()
    assert [(row.status, row.usage_source) for row in rig.ledger.rows] == [("failed", "none")]
