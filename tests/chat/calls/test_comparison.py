"""One question to several models: all are asked or none, each has its row, and one is gone on with."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from decimal import Decimal

import pytest

from chat.conversation import Turn, chosen_of
from chat.providers import Completed, NotSent, RequestRefused
from chat.store import StoreError
from tests.chat.conftest import MakeRig
from tests.helpers.chats import OTHER, REPORTED, compared, conversation_of, ended, started, told
from tests.helpers.fakes import MODEL, NOW, TURN, FakeProvider, Rig
from usage.budgets import Limit

PROMPT_USD = Decimal("0.00028")  # "Why?" alone: 8 tokens, and surely no more than 8 + 16 + 256 bytes
TOKEN_USD = Decimal("0.00001")


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


async def test_where_one_cannot_be_asked_none_is(make_rig: MakeRig) -> None:
    limit = Limit(2 * PROMPT_USD + 300 * TOKEN_USD, "day")
    rig = make_rig([limit])
    *asks, last = compared(rig, MODEL, MODEL, OTHER)
    asks.append(replace(last, connection="My box"))
    with pytest.raises(NotSent, match=f"^My box: {OTHER}: The price of this model is unknown.* was not sent"):
        await started(rig, asks)
    assert (rig.store.summaries("ada"), rig.store.pending_calls(), rig.ledger.rows) == ((), (), [])
    assert [ask.provider.requests for ask in asks if isinstance(ask.provider, FakeProvider)] == [[]] * 3
    whole = rig.prepare(rig.ask())  # nothing is set aside any more
    assert whole.request.parameters.max_output_tokens == 328


async def test_what_cannot_be_saved_is_sent_to_none(rig: Rig) -> None:
    rig.store.trouble = "Nothing can be saved: the disk is full."
    asks = compared(rig, MODEL, OTHER)
    with pytest.raises(NotSent, match="the disk is full"):
        await started(rig, asks)
    assert (rig.store.summaries("ada"), rig.ledger.rows) == ((), [])


@pytest.mark.parametrize(("usd", "fits"), [("0.00184", True), ("0.00183", False)])
def test_models_share_what_a_budget_has_left(make_rig: MakeRig, usd: str, fits: bool) -> None:
    rig = make_rig([Limit(Decimal(usd), "day")])  # twice the prompt and the shortest useful reply
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
        raise StoreError("Chats cannot be read.")

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


async def test_the_next_question_goes_with_the_reply_that_was_chosen(rig: Rig) -> None:
    asks = compared(rig, MODEL, OTHER)
    turns = await started(rig, asks)
    told(asks, "Because.", "It is so.")
    first, second = await ended(rig, turns)
    rig.store.choose("ada", second.id)
    conversation = conversation_of(rig, first)
    assert (conversation.compared, conversation.goes_on_from) == ((first, second), second)
    provider = FakeProvider(REPORTED)
    ask = rig.ask("How?", conversation_id=conversation.id, parent_id=second.id, provider=provider)
    await rig.end_of(await rig.start(ask))
    assert [message.text for message in provider.requests[0].prompt.messages] == ["Why?", "It is so.", "How?"]
    assert conversation_of(rig, first).compared == ()
    with pytest.raises(StoreError, match="has changed or was deleted"):
        rig.store.choose("ada", first.id)


async def test_only_ones_own_turns_of_a_comparison_can_be_chosen(rig: Rig) -> None:
    asks = compared(rig, MODEL, OTHER)
    turns = await started(rig, asks)
    told(asks, "Because.", "It is so.")
    await ended(rig, turns)
    provider = FakeProvider(REPORTED)
    plain = await rig.end_of(await rig.start(rig.ask(provider=provider)))
    for user, turn_id in (("bob", turns[1].id), ("ada", plain.id), ("ada", "nobody's")):
        with pytest.raises(StoreError):
            rig.store.choose(user, turn_id)
    assert conversation_of(rig, turns[0]).current_turn_id == turns[0].id


@pytest.mark.parametrize(
    ("first", "second", "chosen"),
    [
        ({"status": "running"}, {"reply": "So."}, 0),
        ({"status": "stopped", "reply": "Be"}, {"reply": "So."}, 0),
        ({"status": "failed"}, {"reply": "So."}, 1),
        ({"status": "failed"}, {"status": "running"}, 1),
        ({"status": "failed"}, {"status": "failed"}, 0),
    ],
)
def test_a_turn_that_ended_without_a_reply_gives_way_to_one_that_has_or_may_get_one(
    first: dict[str, str], second: dict[str, str], chosen: int
) -> None:
    common = {"comparison_id": "c", "status": "completed"}
    turns = [
        replace(TURN, **{**common, **first}),  # type: ignore[arg-type]
        replace(TURN, **{"id": "turn-2", **common, **second}),  # type: ignore[arg-type]
    ]
    assert chosen_of(turns, TURN.id) == turns[chosen]


def test_turns_of_one_moment_keep_the_order_they_were_asked_in(rig: Rig) -> None:
    models = [f"model-{number}" for number in range(4)]
    first = rig.preparation.prepare(compared(rig, *models)).turn
    turns = conversation_of(rig, first).compared
    assert [turn.model for turn in turns] == models
    assert turns[0].created_at == NOW
