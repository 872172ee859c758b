"""A message is asked once, however often it arrives: what comes with the same id is the same message."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chat.conversation import Turn, TurnStatus
from chat.providers import Completed, NotSent, TextDelta
from tests.chat.conftest import MakeRig
from tests.helpers.fakes import MODEL, FragileStore, Rig
from usage.budgets import Limit
from usage.units import TokenUsage

ID = "0123456789abcdef0123456789abcdef"
OTHER_ID = "fedcba9876543210fedcba9876543210"
END = Completed(TokenUsage(input=100, output=10), MODEL)


@pytest.fixture
def copy(rig: Rig, make_rig: MakeRig) -> Rig:
    """Another copy of the app on the same database."""
    assert rig.store.summaries("ada") == ()
    return make_rig(instance="that")


def sent_again(rig: Rig, **changes: Any) -> Turn:
    """The turn that is found when the message comes once more."""
    taken = rig.preparation.prepare([rig.ask(message_id=ID, **changes)])
    assert taken.running == ()
    return taken.turn


def look_too_early(store: FragileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first look for the message come before the other copy has saved it."""
    looks = iter([lambda _: None])
    look = store.turn
    monkeypatch.setattr(store, "turn", lambda turn_id: next(looks, look)(turn_id))


async def test_two_that_come_at_once_are_one_message(rig: Rig) -> None:
    ask = rig.ask(message_id=ID)
    first, second = await asyncio.gather(rig.start(ask), rig.start(ask))
    rig.provider.tell(TextDelta("So."), END)
    assert (await rig.end_of(first)).reply == (await rig.end_of(second)).reply == "So."
    assert first.id == second.id
    assert len(rig.provider.requests) == len(rig.ledger.rows) == 1


async def test_one_that_comes_after_the_reply_is_the_same_message(rig: Rig) -> None:
    rig.provider.tell(END)
    first = await rig.end_of(await rig.start(rig.ask(message_id=ID)))
    for conversation_id, parent_id in ((None, None), (first.conversation_id, first.id)):
        ask = rig.ask(message_id=ID, conversation_id=conversation_id, parent_id=parent_id)
        assert await rig.start(ask) == first
    assert len(rig.provider.requests) == 1


@pytest.mark.parametrize("was_temporary", [False, True])
async def test_one_that_comes_again_after_a_reload_is_found_temporary_or_not(
    rig: Rig, was_temporary: bool
) -> None:
    rig.provider.tell(END)
    first = await rig.end_of(await rig.start(rig.ask(message_id=ID, is_temporary=was_temporary)))
    assert await rig.start(rig.ask(message_id=ID, is_temporary=not was_temporary)) == first
    assert len(rig.provider.requests) == len(rig.ledger.rows) == 1


async def test_two_that_are_refused_at_once_are_told_the_same(rig: Rig) -> None:
    ask = rig.ask(" ", message_id=ID)
    both = await asyncio.gather(rig.start(ask), rig.start(ask), return_exceptions=True)
    assert [str(each) for each in both] == ["Write a message first."] * 2


@pytest.mark.parametrize("ids", [(ID, OTHER_ID), ("", "")])
async def test_another_id_or_none_is_another_message(ids: tuple[str, str], rig: Rig) -> None:
    rig.provider.tell(END, END)
    turns = [await rig.end_of(await rig.start(rig.ask(message_id=each))) for each in ids]
    assert len({turn.id for turn in turns}) == len(rig.provider.requests) == 2


async def test_two_people_with_the_same_id_have_a_message_each(rig: Rig) -> None:
    rig.provider.tell(END, END)
    for user in ("ada", "bob"):
        turn = await rig.end_of(await rig.start(rig.ask(message_id=ID, user=user)))
        assert rig.store.own_turn(user, turn.id) == turn
    assert len(rig.provider.requests) == 2


async def test_one_that_was_refused_may_be_sent_again(rig: Rig) -> None:
    rig.store.trouble = "The disk is full."
    with pytest.raises(NotSent, match="The disk is full"):
        await rig.start(rig.ask(message_id=ID))
    rig.store.trouble = None
    rig.provider.tell(END)
    assert (await rig.end_of(await rig.start(rig.ask(message_id=ID)))).status == "completed"


@pytest.mark.parametrize("is_early", [False, True])
@pytest.mark.parametrize("status", ["running", "completed", "interrupted"])
def test_another_copy_of_the_app_finds_the_turn(
    status: TurnStatus, is_early: bool, rig: Rig, copy: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = rig.prepare(rig.ask(message_id=ID)).turn()
    if status != "running":
        turn = replace(turn, status=status)
        rig.store.finish_turn(turn)
    for conversation_id in (None, turn.conversation_id):
        if is_early:
            look_too_early(copy.store, monkeypatch)
        assert sent_again(copy, conversation_id=conversation_id) == turn
    assert [each.id for each in rig.store.summaries("ada")] == [turn.conversation_id]


@pytest.mark.parametrize("is_early", [False, True])
def test_money_set_aside_for_a_message_does_not_refuse_the_same_message(
    is_early: bool, make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = Limit(Decimal("0.001"), "day", "all")
    one, other = (make_rig([limit], instance=each) for each in ("this", "that"))
    turn = one.prepare(one.ask(message_id=ID)).turn()
    with pytest.raises(NotSent, match="budget"):
        other.prepare(other.ask(message_id=OTHER_ID))
    if is_early:
        look_too_early(other.store, monkeypatch)
    assert sent_again(other).id == turn.id


def test_a_comparison_that_comes_twice_is_one_comparison(rig: Rig, copy: Rig) -> None:
    asks = [rig.ask(message_id=ID, purpose="compare", model=model) for model in (MODEL, "other")]
    first = rig.preparation.prepare(asks)
    again = copy.preparation.prepare(asks)
    assert (again.turn, again.running) == (first.turn, ())
    assert again.conversation.compared == first.conversation.compared
    assert [each.id for each in first.conversation.compared] == [each.turn().id for each in first.running]
