"""A reply from its first word to its row in the ledger, whatever the page does meanwhile."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from dataclasses import replace
from decimal import Decimal

import pytest

from chat.calls import reading
from chat.calls.reading import Reader
from chat.calls.running_turn import SHORTEST_PAUSE_S, RunningTurn
from chat.conversation import Turn
from chat.providers import (
    Answered,
    Completed,
    CompletionEvent,
    CompletionRequest,
    NotSent,
    ReasoningDelta,
    Remark,
    TextDelta,
)
from tests.chat.conftest import MakeRig
from tests.helpers.fakes import ENTRY, MODEL, TURN, FakeProvider, Rig, until
from tests.helpers.ledger_entries import changed
from usage.units import TokenUsage

REPORTED = Completed(TokenUsage(input=100, output=10), "priced-2026-01-01")
FIRST = replace(TURN, id="id-1", conversation_id="id-2")
FIRST_ENTRY = changed(
    ENTRY,
    call_id="id-3",
    conversation_id="id-2",
    turn_id="id-1",
    estimated_input_tokens=8,
    history_tokens=0,
)


def timeless(turn: Turn) -> Turn:
    """The turn with these times in place of what a clock measured."""
    assert turn.entry is not None
    return replace(turn, entry=replace(turn.entry, first_token_ms=120, duration_ms=900))


async def until_it_says(rig: Rig, turn: Turn, reply: str) -> None:
    """Follow a turn until its reply is this."""
    async for seen in rig.runner.follow(turn.id):
        if seen.reply == reply:
            return


async def test_a_reply_is_streamed_saved_and_recorded(rig: Rig) -> None:
    rig.provider.tell(Remark("asked without seed."), ReasoningDelta("Hm."), TextDelta("Be"), REPORTED)
    turn = await rig.start(rig.ask())
    assert turn == FIRST
    ended = await rig.end_of(turn)
    entry = replace(FIRST_ENTRY, resolved_model="priced-2026-01-01")
    assert timeless(ended) == replace(
        FIRST,
        status="completed",
        reply="Be",
        reasoning="Hm.",
        remarks=("asked without seed.",),
        entry=entry,
    )
    assert rig.store.turn(turn.id) == ended
    assert rig.ledger.rows == [ended.entry]
    assert (rig.store.pending_calls(), rig.provider.is_closed) == ((), True)


async def test_impossible_counts_leave_the_cost_unknown(rig: Rig) -> None:
    ended = await rig.answered(TextDelta("Be"), Completed(None, impossible="prompt_tokens is many"))
    assert ended.entry is not None
    assert rig.ledger.rows == [ended.entry]
    assert (ended.status, ended.entry.usage, ended.entry.cost_usd) == ("completed", TokenUsage(), None)
    assert ended.entry.note == "impossible counts: prompt_tokens is many"


async def test_a_message_is_saved_before_the_call_is_made(rig: Rig) -> None:
    class Looking(FakeProvider):
        async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
            saved.append((request.model, rig.store.turn("id-1")))
            yield REPORTED

    saved: list[tuple[str, Turn | None]] = []
    turn = await rig.start(rig.ask(provider=Looking()))
    await rig.end_of(turn)
    assert saved == [(MODEL, turn)]


async def test_what_is_not_sent_makes_no_call(rig: Rig) -> None:
    with pytest.raises(NotSent, match="Write a message first"):
        await rig.start(rig.ask(" "))
    assert (rig.provider.requests, rig.ledger.rows) == ([], [])


async def test_followers_see_the_text_grow_and_then_its_end(rig: Rig) -> None:
    turn = await rig.start(rig.ask())
    seen = []
    rig.provider.tell(TextDelta("Be"))
    async for each in rig.runner.follow(turn.id):
        if each.reply == "Be" and each.status == "running":
            rig.provider.tell(TextDelta("cause."), REPORTED)
        seen.append((each.status, each.reply))
    assert seen[0] == ("running", "")
    assert ("running", "Be") in seen
    assert seen[-1] == ("completed", "Because.")


async def test_only_the_persons_own_conversations_with_a_reply_under_way_are_running(rig: Rig) -> None:
    rig.provider.tell(TextDelta("Be"))
    turn = await rig.start(rig.ask())
    await until_it_says(rig, turn, "Be")
    assert rig.runner.running_in("ada") == {"id-2"}
    assert rig.runner.running_in("somebody else") == set()
    rig.provider.tell(REPORTED)
    await rig.end_of(turn)
    await until(lambda: not rig.runner.running_in("ada"))


async def test_two_pages_follow_the_same_reply_and_one_that_leaves_ends_nothing(rig: Rig) -> None:
    turn = await rig.start(rig.ask())
    rig.provider.tell(TextDelta("Be"))
    await until_it_says(rig, turn, "Be")
    follower = asyncio.create_task(rig.end_of(turn))
    rig.provider.tell(TextDelta("cause."), REPORTED)
    assert (await rig.end_of(turn), (await follower).reply) == (await follower, "Because.")


async def test_many_tabs_on_one_reply_slow_no_other_one(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: dict[str, list[float]] = defaultdict(list)

    async def pause(running: RunningTurn, seconds: float) -> None:
        pauses[running.turn().id].append(seconds)

    monkeypatch.setattr(RunningTurn, "pause", pause)
    other = FakeProvider(TextDelta("Be"))
    crowded, alone = await rig.start(rig.ask()), await rig.start(rig.ask(provider=other))
    rig.provider.tell(TextDelta("Be"))
    tabs = [asyncio.create_task(rig.end_of(crowded)) for _ in range(200)]
    one = asyncio.create_task(rig.end_of(alone))
    await until(lambda: len(pauses[crowded.id]) >= len(tabs) and bool(pauses[alone.id]))
    for provider in (rig.provider, other):
        provider.tell(TextDelta("cause."), REPORTED)
    assert {(await each).reply for each in (*tabs, one)} == {"Because."}
    assert set(pauses[alone.id]) == {SHORTEST_PAUSE_S}
    assert pauses[crowded.id][-1] > SHORTEST_PAUSE_S
    assert not rig.runner._followers


async def test_replies_that_wait_for_their_first_word_slow_no_other(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    async def pause(_running: RunningTurn, seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(RunningTurn, "pause", pause)
    silent = [await rig.start(rig.ask(provider=FakeProvider())) for _ in range(20)]
    waiting = [asyncio.create_task(rig.end_of(each)) for each in silent]
    turn = await rig.start(rig.ask())
    rig.provider.tell(TextDelta("Be"))
    following = asyncio.create_task(rig.end_of(turn))
    await until(lambda: bool(pauses))
    assert pauses == [SHORTEST_PAUSE_S]
    await rig.runner.close()
    await asyncio.gather(following, *waiting)


async def test_a_follower_that_comes_after_the_end_gets_the_end(rig: Rig) -> None:
    rig.provider.tell(TextDelta("Because."), REPORTED)
    turn = await rig.start(rig.ask())
    ended = await rig.end_of(turn)
    assert [seen async for seen in rig.runner.follow(turn.id)] == [ended]
    assert [seen async for seen in rig.runner.follow("nobody's")] == []


async def test_a_reply_that_another_copy_writes_is_followed_in_the_store(make_rig: MakeRig, rig: Rig) -> None:
    other = make_rig(instance="other")
    turn = await other.start(other.ask())
    other.provider.tell(TextDelta("Be"))
    await until_it_says(rig, turn, "Be")
    other.provider.tell(TextDelta("cause."), REPORTED)
    assert (await rig.end_of(turn)).reply == "Because."
    await other.runner.close()


async def test_what_came_is_saved_while_the_rest_is_awaited(rig: Rig) -> None:
    turn = await rig.start(rig.ask())
    rig.provider.tell(TextDelta("Be"))
    await until(lambda: rig.stored(turn).reply == "Be")
    rig.provider.tell(TextDelta("cause"))
    await until(lambda: rig.stored(turn).reply == "Because")
    await rig.runner.close()


async def test_what_came_of_several_replies_is_saved_at_the_same_time(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[set[str]] = []
    monkeypatch.setattr(rig.runner, "_save_every_s", 0.05)
    monkeypatch.setattr(rig.store, "save_progress", lambda *turns: saved.append({each.id for each in turns}))
    providers = [FakeProvider() for _ in range(3)]  # of one, the first reply could take all that is told
    turns = {(await rig.start(rig.ask(provider=each))).id for each in providers}
    while turns not in saved:
        for each in providers:
            each.tell(TextDelta("Be"))
        await asyncio.sleep(0.01)
    await rig.runner.close()


async def test_nothing_holds_up_the_first_word(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    pause = RunningTurn.pause

    async def paused(running: RunningTurn, seconds: float) -> None:
        shown.append(running.turn().reply)
        await pause(running, seconds)

    monkeypatch.setattr(RunningTurn, "pause", paused)
    turn = await rig.start(rig.ask())
    async for each in rig.runner.follow(turn.id):
        rig.provider.tell(TextDelta("Because."), *([REPORTED] if each.reply else []))
    assert shown
    assert "" not in shown


async def test_reading_rests_after_the_first_word_and_a_stop_ends_the_rest(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_AT_ONCE_S", -1.0)
    monkeypatch.setattr(rig.runner, "_reader", Reader(rig.store, lambda: 3600))
    turn = await rig.start(rig.ask())
    rig.provider.tell(Answered("priced-2026-01-01"), TextDelta("Be"), TextDelta("cause."), REPORTED)
    await until_it_says(rig, turn, "Be")
    rig.runner.stop(turn.id)
    ended = await rig.end_of(turn)
    assert (ended.status, ended.reply) == ("stopped", "Be")


async def test_stop_keeps_what_came_with_an_estimate(rig: Rig) -> None:
    turn = await rig.start(rig.ask())
    rig.provider.tell(Answered("priced-2026-01-01", "flex"), ReasoningDelta("Hm, hm."), TextDelta("Be"))
    await until_it_says(rig, turn, "Be")
    rig.runner.stop(turn.id)
    ended = await rig.end_of(turn)
    entry = replace(
        FIRST_ENTRY,
        resolved_model="priced-2026-01-01",
        service_tier="flex",
        status="stopped",
        usage=TokenUsage(input=8, output=3),
        usage_source="estimated",
        cost_usd=Decimal("0.000038"),
    )
    assert timeless(ended) == replace(FIRST, status="stopped", reply="Be", reasoning="Hm, hm.", entry=entry)
    assert (rig.store.turn(turn.id), rig.ledger.rows) == (ended, [ended.entry])
    assert rig.provider.is_closed


@pytest.mark.parametrize("calls_made", [0, 1])
async def test_stop_before_the_first_word_ends_the_turn(rig: Rig, calls_made: int) -> None:
    turn = await rig.start(rig.ask())
    await until(lambda: len(rig.provider.requests) >= calls_made)
    rig.runner.stop(turn.id)
    ended = await rig.end_of(turn)
    assert (ended.status, ended.reply, ended.entry and ended.entry.first_token_ms) == ("stopped", "", None)
    assert (rig.store.turn(turn.id), rig.ledger.rows) == (ended, [ended.entry])


async def test_stopping_twice_or_what_is_over_changes_nothing(rig: Rig) -> None:
    turn = await rig.start(rig.ask())
    rig.runner.stop(turn.id)
    rig.runner.stop(turn.id, "interrupted")
    ended = await rig.end_of(turn)
    rig.runner.stop(turn.id)
    rig.runner.stop("nobody's")
    assert (ended.status, rig.store.turn(turn.id), len(rig.ledger.rows)) == ("stopped", ended, 1)


async def test_a_stop_that_comes_while_the_end_is_written_is_too_late(rig: Rig) -> None:
    rig.provider.tell(TextDelta("Because."), REPORTED)
    turn = await rig.start(rig.ask())
    await until(lambda: rig.provider.is_closed)
    rig.runner.stop(turn.id)
    ended = await rig.end_of(turn)
    assert (ended.status, ended.entry and ended.entry.usage_source) == ("completed", "reported")
    assert rig.store.turn(turn.id) == ended
