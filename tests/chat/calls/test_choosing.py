"""Which reply of a comparison a conversation goes on with."""

from dataclasses import replace

import pytest

from chat.conversation import chosen_of
from chat.store import StoreError
from tests.helpers.chats import OTHER, REPORTED, compared, conversation_of, ended, started, told
from tests.helpers.fakes import MODEL, NOW, TURN, FakeProvider, Rig


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
    with pytest.raises(StoreError, match="has gone on"):
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
