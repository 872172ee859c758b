"""One question to several models: all are asked or none, each has its row, and all are seen to their ends."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from chat.calls import models_asked
from chat.conversation import Turn
from chat.providers import Completed, NotSent, RequestRefused
from chat.store import StoreError
from tests.helpers.chats import OTHER, REPORTED, compared, conversation_of, ended, started, told
from tests.helpers.fakes import MODEL, TURN, FakeProvider, Rig, rig_in
from usage.budgets import Limit

PROMPT_USD = Decimal("0.00028")  # "Why?" alone: 8 tokens, and surely no more than 8 + 16 + 256 bytes
TOKEN_USD = Decimal("0.00001")


def test_each_model_is_asked_once_in_the_order_they_were_named() -> None:
    assert models_asked(" b ", ["a", "b", "", "c ", "a"]) == ("b", "a", "c")
    assert models_asked("b", []) == ("b",)
    assert models_asked("", []) == ()


def test_four_models_can_be_compared_and_five_cannot() -> None:
    assert models_asked("a", ["b", "c", "d"]) == ("a", "b", "c", "d")
    with pytest.raises(NotSent, match="5 models are chosen, and at most 4 can be compared"):
        models_asked("a", ["b", "c", "d", "e"])


async def test_several_models_answer_the_same_question_each_with_its_own_row(rig: Rig) -> None:
    asks = compared(rig, MODEL, OTHER)
    turns = await started(rig, asks)
    told(asks, "Because.", "It is so.")
    first, second = await ended(rig, turns)
    assert (first.reply, second.reply) == ("Because.", "It is so.")
    assert first.comparison_id == second.comparison_id != ""
    assert (first.conversation_id, first.parent_id) == (second.conversation_id, second.parent_id)
    assert {
        (row.call.purpose, row.call.model, row.call.turn_id, row.cost_usd) for row in rig.ledger.rows
    } == {
        ("compare", MODEL, first.id, Decimal("0.0002")),
        ("compare", OTHER, second.id, None),
    }
    conversation = conversation_of(rig, first)
    assert (conversation.compared, conversation.goes_on_from) == ((first, second), first)
    assert rig.store.pending_calls() == ()


async def test_all_are_saved_before_the_first_is_sent(rig: Rig) -> None:
    class Looking(FakeProvider):
        async def stream(self, _: object) -> AsyncGenerator[Completed, None]:
            saved.append(len(rig.store.pending_calls()))
            yield REPORTED

    saved: list[int] = []
    asks = [replace(ask, provider=Looking()) for ask in compared(rig, MODEL, OTHER, "third")]
    await ended(rig, await started(rig, asks))
    assert saved[0] == 3


async def test_a_single_question_is_no_comparison(rig: Rig) -> None:
    turn = await rig.start(rig.ask(provider=FakeProvider(REPORTED)))
    await ended(rig, [turn])
    assert (turn.comparison_id, conversation_of(rig, turn).compared) == ("", ())


async def test_where_one_cannot_be_asked_none_is(tmp_path: Path) -> None:
    limit = Limit(2 * PROMPT_USD + 300 * TOKEN_USD, "day")
    rig = rig_in(tmp_path, [limit])
    asks = compared(rig, MODEL, MODEL, OTHER)
    with pytest.raises(NotSent, match=f"^{OTHER}: The price of this model is unknown.* was not sent"):
        await started(rig, asks)
    assert (rig.store.summaries("ada"), rig.store.pending_calls(), rig.ledger.rows) == ((), (), [])
    assert [ask.provider.requests for ask in asks if isinstance(ask.provider, FakeProvider)] == [[]] * 3
    whole = rig.prepare(rig.ask())  # nothing is set aside any more
    assert whole.request.parameters.max_output_tokens == 328
    rig.store.close()


async def test_what_cannot_be_saved_is_sent_to_none(rig: Rig) -> None:
    rig.store.trouble = "Nothing can be saved: the disk is full."
    asks = compared(rig, MODEL, OTHER)
    with pytest.raises(NotSent, match="the disk is full"):
        await started(rig, asks)
    assert (rig.store.summaries("ada"), rig.ledger.rows) == ((), [])


@pytest.mark.parametrize(("usd", "fits"), [("0.00184", True), ("0.00183", False)])
def test_models_share_what_a_budget_has_left(tmp_path: Path, usd: str, fits: bool) -> None:
    rig = rig_in(tmp_path, [Limit(Decimal(usd), "day")])  # twice the prompt and the shortest useful reply
    asks = compared(rig, MODEL, MODEL)
    if fits:
        lengths = [
            each.request.parameters.max_output_tokens for each in rig.preparation.prepare(asks).running
        ]
        assert lengths == [64, 64]
    else:
        with pytest.raises(NotSent, match=f"^{MODEL}: The daily budget of"):
            rig.preparation.prepare(asks)
        assert rig.store.summaries("ada") == ()
    rig.store.close()


async def test_one_fails_while_the_others_go_on(rig: Rig) -> None:
    asks = compared(rig, MODEL, OTHER)
    turns = await started(rig, asks)
    assert isinstance(asks[0].provider, FakeProvider)
    asks[0].provider.tell(RequestRefused("No such model."))
    told(asks[1:], "It is so.")
    first, second = await ended(rig, turns)
    assert (first.status, first.error, second.status) == ("failed", "No such model.", "completed")
    conversation = conversation_of(rig, first)
    assert (conversation.current_turn_id, conversation.goes_on_from) == (first.id, second)


async def test_turns_are_followed_together_and_seen_to_grow(rig: Rig) -> None:
    asks = compared(rig, MODEL, OTHER)
    turns = await started(rig, asks)
    seen = []
    async for first, second in rig.runner.follow_all(turns):
        seen.append((first.reply, second.reply))
        if len(seen) == 1:
            told(asks[:1], "Because.")
        elif (first.status, second.status) == ("completed", "running"):
            told(asks[1:], "It is so.")
    assert seen[0] == ("", "")
    assert ("Because.", "") in seen
    assert seen[-1] == ("Because.", "It is so.")


async def test_whoever_stops_following_leaves_no_follower_behind(rig: Rig) -> None:
    asks = compared(rig, MODEL, OTHER)
    following = rig.runner.follow_all(await started(rig, asks))
    await anext(following)
    watching = {task for task in asyncio.all_tasks() if "watch" in repr(task.get_coro())}
    assert len(watching) == 2
    await following.aclose()  # type: ignore[attr-defined]
    await asyncio.wait(watching)
    told(asks, "Because.", "It is so.")
    await rig.runner.close()


async def test_what_keeps_one_from_being_followed_is_not_hushed_up(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def turn(turn_id: str) -> Turn:
        if turn_id == TURN.id:
            return replace(TURN, status="completed")
        raise StoreError("Conversations cannot be read.")

    monkeypatch.setattr(rig.store, "turn", turn)
    with pytest.raises(StoreError, match="cannot be read"):
        async for _ in rig.runner.follow_all([TURN, replace(TURN, id="turn-2")]):
            pass


async def test_all_are_stopped_with_what_has_come_of_each(rig: Rig) -> None:
    turns = await started(rig, compared(rig, MODEL, OTHER))
    for turn in turns:
        rig.runner.stop(turn.id)
    assert [turn.status for turn in await ended(rig, turns)] == ["stopped", "stopped"]
    assert [row.status for row in rig.ledger.rows] == ["stopped", "stopped"]


async def test_nothing_else_is_asked_in_a_conversation_while_its_models_answer(rig: Rig) -> None:
    asks = compared(rig, MODEL, OTHER)
    turns = await started(rig, asks)
    told(asks[:1], "Because.")
    await rig.end_of(turns[0])
    ask = rig.ask("How?", conversation_id=turns[0].conversation_id, parent_id=turns[0].id)
    with pytest.raises(NotSent, match="still being written here"):
        await rig.start(ask)
    await rig.runner.close()
