"""A reply that is stopped and received to its end, unseen, so that its cost is exact."""

import asyncio
import threading
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chat.calls.records import TRYING_AGAIN
from chat.conversation import Turn
from chat.providers import (
    Answered,
    ChatError,
    Completed,
    NotSent,
    ReasoningDelta,
    ReplyBroken,
    RequestRefused,
    Retrying,
    Sending,
    TextDelta,
)
from chat.store import Instances, StoreError
from tests.chat.conftest import MakeRig
from tests.helpers.fakes import MODEL, NOW, FakeProvider, Rig, rig_in, until
from usage.budgets import Limit
from usage.ledger import LedgerEntry, correction
from usage.units import Endpoint, TokenUsage

REPORTED = Completed(TokenUsage(input=100, output=10))


async def stopped(rig: Rig, **changes: Any) -> Turn:
    """A turn that was stopped after two letters of its reply, its call still under way."""
    turn = await rig.start(rig.ask(**changes))
    rig.provider.tell(TextDelta("Be"))
    async for seen in rig.runner.follow(turn.id):
        if seen.reply == "Be" and seen.status == "running":
            rig.runner.stop(turn.id, finish=True)
        if seen.status == "stopped":
            return seen
    raise AssertionError("it was not stopped")


async def test_the_turn_stays_as_it_was_shown_and_its_cost_is_exact(rig: Rig) -> None:
    turn = await stopped(rig)
    assert (turn.reply, turn.entry, turn.error) == ("Be", None, None)
    assert (rig.stored(turn), rig.ledger.rows) == (turn, [])
    assert [pending.call.turn_id for pending in rig.store.pending_calls()] == [turn.id]
    rig.provider.tell(TextDelta("cause."), ReasoningDelta("Hm."), Answered("priced-2026"), REPORTED)
    ended = await rig.end_of(turn)
    [row] = rig.ledger.rows
    assert (row.status, row.usage, row.usage_source) == ("stopped", REPORTED.usage, "reported")
    assert (row.resolved_model, row.note, row.cost_usd) == ("priced-2026", "", Decimal("0.0002"))
    assert ended == replace(turn, entry=row)
    assert (rig.stored(turn), rig.store.pending_calls()) == (ended, ())


async def test_what_comes_after_the_stop_is_not_shown_or_stored(rig: Rig) -> None:
    turn = await stopped(rig)
    rig.provider.tell(TextDelta("cause."), ReasoningDelta("Hm."))
    await until(lambda: rig.provider.has_said_all)
    async for seen in rig.runner.follow(turn.id):
        assert seen == turn
        break
    assert rig.stored(turn) == turn
    await rig.runner.close()
    assert rig.stored(turn).reply == "Be"


async def test_the_next_message_may_be_asked_at_once(rig: Rig) -> None:
    turn = await stopped(rig)
    other = FakeProvider(TextDelta("So."), REPORTED)
    ask = rig.ask("How?", conversation_id=turn.conversation_id, parent_id=turn.id, provider=other)
    second = await rig.end_of(await rig.start(ask))
    assert [message.text for message in other.requests[0].prompt.messages] == ["Why?", "Be", "How?"]
    assert (second.status, len(rig.ledger.rows)) == ("completed", 1)
    rig.provider.tell(REPORTED)
    await rig.end_of(turn)
    assert [row.status for row in rig.ledger.rows] == ["completed", "stopped"]


async def test_a_second_stop_ends_the_call(rig: Rig) -> None:
    turn = await stopped(rig)
    rig.provider.tell(TextDelta("cause."))
    await until(lambda: rig.provider.has_said_all)
    rig.runner.stop(turn.id, finish=True)
    ended = await rig.end_of(turn)
    [row] = rig.ledger.rows
    assert (row.status, row.usage_source, row.note) == ("stopped", "estimated", "")
    assert row.usage == TokenUsage(input=8, output=2)  # "Because." has come, though only "Be" is shown
    assert (ended.status, ended.reply, ended.entry) == ("stopped", "Be", row)
    assert rig.provider.is_closed


async def test_the_end_of_the_app_ends_the_call_as_an_interruption(rig: Rig) -> None:
    turn = await stopped(rig)
    await rig.runner.close()
    [row] = rig.ledger.rows
    assert (row.status, row.usage_source) == ("interrupted", "estimated")
    assert row.note == "fate unknown: Tally ended before the reply did"
    assert rig.stored(turn) == replace(turn, entry=row)


async def test_a_process_that_dies_meanwhile_leaves_one_row(tmp_path: Path, rig: Rig) -> None:
    turn = await stopped(rig)
    instances = Instances(tmp_path / "running", "next")  # to whom this process is as good as dead
    assert [rig.records.recover(instances) for _ in range(2)] == [1, 0]
    instances.close()
    [row] = rig.ledger.rows
    assert (row.status, row.usage, row.note) == (
        "interrupted",
        TokenUsage(input=8, output=1),
        "fate unknown: Tally ended before the reply did",
    )
    assert rig.stored(turn) == replace(turn, entry=row)
    await rig.runner.close()
    assert len(rig.ledger.rows) == 1


@pytest.mark.parametrize(
    ("error", "source", "note"),
    [
        (ReplyBroken("It broke.", "the connection broke off"), "estimated", "the connection broke off"),
        (RequestRefused("No such model."), "none", ""),
        (KeyError("fault"), "estimated", "Tally made a mistake"),
    ],
)
async def test_a_call_that_fails_unseen_says_so_in_its_row_only(
    rig: Rig, error: ChatError | KeyError, source: str, note: str
) -> None:
    turn = await stopped(rig)
    rig.provider.tell(error)
    ended = await rig.end_of(turn)
    [row] = rig.ledger.rows
    assert (row.status, row.usage_source) == ("stopped", source)
    assert row.note == (f"fate unknown: {note}" if note else "")
    assert ended == replace(turn, entry=row)


async def test_what_was_refused_is_not_asked_again_for_nobody(rig: Rig) -> None:
    turn = await rig.start_and_send()
    rig.runner.stop(turn.id, finish=True)
    rig.provider.tell(Retrying("It is busy", 0.5), Sending(), REPORTED)
    ended = await rig.end_of(turn)
    [row] = rig.ledger.rows
    assert (row.status, row.usage_source) == ("stopped", "none")
    assert (ended.status, ended.error, rig.provider.is_closed) == ("stopped", None, True)


async def test_a_call_that_waits_to_be_made_again_is_ended_at_once(rig: Rig) -> None:
    turn = await rig.start(rig.ask())
    rig.provider.tell(Retrying("It is busy", 60))
    await until(lambda: rig.provider.has_said_all)
    rig.runner.stop(turn.id, finish=True)
    ended = await rig.end_of(turn)
    assert (ended.status, ended.error) == ("stopped", None)
    assert [row.usage_source for row in rig.ledger.rows] == ["none"]


async def test_a_stop_that_cannot_be_saved_ends_the_call(rig: Rig) -> None:
    turn = await rig.start(rig.ask())
    rig.provider.tell(TextDelta("Be"))
    await until(lambda: rig.provider.has_said_all)
    rig.store.trouble = "Nothing can be saved: disk is full."
    rig.runner.stop(turn.id, finish=True)
    ended = await rig.end_of(turn)
    assert ended.error == f"This reply could not be saved. Nothing can be saved: disk is full. {TRYING_AGAIN}"
    assert [(row.status, row.usage_source) for row in rig.ledger.rows] == [("stopped", "estimated")]
    rig.store.trouble = None
    await rig.runner.close()
    assert rig.stored(turn) == replace(ended, error=None)


async def test_a_reply_that_ends_while_the_stop_is_saved_ends_once(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_save, is_saving = threading.Event(), threading.Event()
    finish_turn = rig.store.finish_turn

    def slow(turn: Turn, *, is_recorded: bool = True) -> None:
        if not is_recorded:
            is_saving.set()
            may_save.wait()
        finish_turn(turn, is_recorded=is_recorded)

    monkeypatch.setattr(rig.store, "finish_turn", slow)
    turn = await rig.start(rig.ask())
    rig.provider.tell(TextDelta("Be"))
    await until(lambda: rig.provider.has_said_all)
    rig.runner.stop(turn.id, finish=True)
    await asyncio.to_thread(is_saving.wait)
    rig.provider.tell(REPORTED)
    await until(lambda: rig.provider.is_closed)
    may_save.set()
    ended = await rig.end_of(turn)
    assert [(row.status, row.usage_source) for row in rig.ledger.rows] == [("stopped", "reported")]
    assert (ended.entry, rig.stored(turn)) == (rig.ledger.rows[0], ended)
    assert rig.store.pending_calls() == ()


async def test_its_conversation_cannot_be_deleted_before_its_cost_is_recorded(rig: Rig) -> None:
    turn = await stopped(rig)
    with pytest.raises(StoreError, match="or its cost is not recorded yet"):
        rig.store.delete("ada", turn.conversation_id, NOW)
    rig.provider.tell(REPORTED)
    await rig.end_of(turn)
    rig.store.delete("ada", turn.conversation_id, NOW)


async def test_its_cost_stays_set_aside_to_the_end(make_rig: MakeRig) -> None:
    one_call = Limit(Decimal("0.00128"), "day")  # a prompt of at most 280 tokens, and 100 tokens
    rig = make_rig([one_call])
    turn = await stopped(rig)
    with pytest.raises(NotSent, match="set aside for replies under way"):
        await rig.start(rig.ask("How?"))
    rig.provider.tell(Completed(TokenUsage(input=0, output=0)))
    await rig.end_of(turn)
    await rig.start(rig.ask("How?"))
    await rig.runner.close()


GIVEN_LATE = [
    ([Decimal("0.5")], 1, Decimal("0.5")),
    ([None, Decimal("0.000002")], 2, Decimal("0.000002")),
    ([RequestRefused("It is busy."), None, Decimal(0)], 3, Decimal(0)),
]
LISTED, UNLISTED = "anthropic/claude-haiku-4.5", "in-no-list"
CUT = ReplyBroken("The connection was lost.")


async def ended_without_counts(rig: Rig, how: BaseException | None, model: str = LISTED) -> Turn:
    """A reply that was cut so, or stopped, at an endpoint that knows later what it charged."""
    rig.provider.endpoint = Endpoint("openrouter.ai", "openrouter")
    rig.provider.names_charges_later = True
    turn = await rig.start(rig.ask(model=model))
    rig.provider.tell(Answered(None, reply_id="gen-1"), TextDelta("Be"))
    await until(lambda: rig.provider.has_said_all)
    if how is None:
        rig.runner.stop(turn.id)
    else:
        rig.provider.tell(how)
    return await rig.end_of(turn)


@pytest.mark.parametrize("how", [None, CUT], ids=["stopped", "cut"])
@pytest.mark.parametrize(("charges", "asked", "usd"), GIVEN_LATE)
async def test_what_the_endpoint_charged_is_asked_afterwards_and_takes_the_place_of_the_estimate(
    rig: Rig, how: BaseException | None, charges: list[Any], asked: int, usd: Decimal
) -> None:
    rig.provider.charges = list(charges)
    turn = await ended_without_counts(rig, how)
    estimate = rig.ledger.rows[0]
    assert (estimate.usage_source, turn.entry) == ("estimated", estimate)
    await until(lambda: len(rig.ledger.rows) == 2 and rig.stored(turn).entry != estimate)
    assert rig.provider.asked_for == ["gen-1"] * asked
    correction = rig.ledger.rows[1]
    assert (correction.call.purpose, correction.corrects) == ("correction", estimate.call.id)
    assert estimate.cost_usd is not None
    assert correction.cost_usd == usd - estimate.cost_usd
    assert (correction.cost_source, correction.reported_cost_usd) == ("reported", usd)
    assert rig.ledger.spent("day", NOW, None, None) == usd
    entry = rig.stored(turn).entry
    assert entry is not None
    assert (entry.cost_usd, entry.is_estimated) == (usd, False)


async def test_an_amount_that_is_never_told_leaves_the_estimate(rig: Rig) -> None:
    rig.provider.charges = [None, None, None]
    turn = await ended_without_counts(rig, None)
    await until(lambda: len(rig.provider.asked_for) == 3)
    await rig.runner.close()
    assert len(rig.ledger.rows) == 1
    assert rig.stored(turn).entry == rig.ledger.rows[0]


async def test_no_amount_is_asked_for_where_a_persons_own_price_holds(rig: Rig) -> None:
    turn = await ended_without_counts(rig, None, MODEL)
    await rig.runner.close()
    assert turn.entry is not None
    assert (turn.entry.cost_source, turn.entry.is_estimated) == ("own", True)
    assert rig.provider.asked_for == []


async def test_an_amount_waits_for_the_row_that_it_corrects(rig: Rig) -> None:
    rig.provider.charges = [Decimal("0.5")] * 3
    rig.ledger.append = lambda entry: None  # type: ignore[method-assign]  # noqa: ARG005 - the row waits
    turn = await ended_without_counts(rig, None, UNLISTED)
    await until(lambda: len(rig.provider.asked_for) == 3)
    await rig.runner.close()
    assert rig.ledger.rows == []
    assert rig.stored(turn).entry == turn.entry


async def test_a_call_that_has_got_a_price_meanwhile_keeps_it(rig: Rig) -> None:
    rig.provider.charges = [Decimal("0.5")]
    given = rig.ledger.append

    def append(entry: LedgerEntry) -> None:
        given(entry)
        given(correction(entry, Decimal("0.1")))

    rig.ledger.append = append  # type: ignore[method-assign]
    turn = await ended_without_counts(rig, None, UNLISTED)
    await until(lambda: len(rig.provider.asked_for) == 1)
    await rig.runner.close()
    assert [row.cost_usd for row in rig.ledger.rows] == [None, Decimal("0.1")]
    assert rig.stored(turn).entry == turn.entry


@pytest.mark.parametrize("answered", [{"reply_id": None}, {"reply_id": "gen-1"}])
async def test_nobody_is_asked_who_does_not_tell_or_has_told(rig: Rig, answered: dict[str, Any]) -> None:
    rig.provider.names_charges_later = answered["reply_id"] is None
    await rig.answered(Answered(None, **answered), TextDelta("Be"), Completed(None))
    rig.provider.names_charges_later = True
    await rig.answered(Answered(None, reply_id="gen-2"), TextDelta("Be"), REPORTED)
    await rig.runner.close()
    assert rig.provider.asked_for == []


async def test_the_app_ends_while_an_amount_is_awaited(tmp_path: Path) -> None:
    rig = rig_in(tmp_path)
    rig.runner._late_charges._pauses_s = (3600,)
    await ended_without_counts(rig, None)
    await rig.runner.close()
    assert len(rig.ledger.rows) == 1
