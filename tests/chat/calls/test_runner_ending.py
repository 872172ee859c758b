"""When the app ends, what came of its replies is stored and accounted for."""

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator

import pytest

from chat.providers import Completed, CompletionEvent, CompletionRequest, NotSent
from tests.helpers.fakes import FakeProvider, Rig, until
from usage.units import TokenUsage

REPORTED = Completed(TokenUsage(input=100, output=10))


async def test_closing_ends_every_call_and_takes_no_more(rig: Rig) -> None:
    turns = [await rig.start(rig.ask()) for _ in range(3)]
    starting = asyncio.create_task(rig.start(rig.ask()))
    await asyncio.sleep(0)
    await rig.runner.close()
    turns.append(await starting)
    ended = [rig.store.turn(turn.id) for turn in turns]
    assert [turn and turn.status for turn in ended] == ["interrupted"] * 4
    assert [row.status for row in rig.ledger.rows] == ["interrupted"] * 4
    assert rig.store.pending_calls() == ()
    with pytest.raises(NotSent, match="Tally is shutting down"):
        await rig.start(rig.ask())


async def test_a_call_that_has_reported_its_counts_is_not_of_unknown_fate(rig: Rig) -> None:
    class NeverClosing(FakeProvider):
        async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
            self.requests.append(request)
            yield REPORTED
            await asyncio.Event().wait()

    provider = NeverClosing()
    await rig.start(rig.ask(provider=provider))
    await until(lambda: provider.requests != [])
    await rig.runner.close()
    [row] = rig.ledger.rows
    assert (row.status, row.usage, row.usage_source, row.note) == (
        "interrupted",
        REPORTED.usage,
        "reported",
        "",
    )


async def test_a_call_without_an_end_is_of_unknown_fate(rig: Rig) -> None:
    await rig.start_and_send()
    await rig.runner.close()
    assert [row.note for row in rig.ledger.rows] == ["fate unknown: Tally ended before the reply did"]


async def test_shutting_down_from_another_thread_ends_every_call(rig: Rig) -> None:
    turn = await rig.start(rig.ask())
    await asyncio.to_thread(rig.runner.shut_down, 60)
    stored = rig.stored(turn)
    assert (stored.status, len(rig.ledger.rows)) == ("interrupted", 1)


async def test_shutting_down_does_not_wait_for_ever(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    may_end = threading.Event()
    monkeypatch.setattr(rig.ledger, "append", lambda _: may_end.wait())
    turn = await rig.start(rig.ask())
    await asyncio.to_thread(rig.runner.shut_down, 0.01)
    assert caplog.record_tuples[-1][1:] == (
        logging.WARNING,
        "Replies could not be ended in 0 s; the next start accounts for them",
    )
    may_end.set()
    assert (await rig.end_of(turn)).status == "interrupted"


def test_shutting_down_before_anything_began_or_after_the_loop_has_ended_is_nothing(rig: Rig) -> None:
    rig.runner.shut_down(60)
    asyncio.run(rig.answered(REPORTED))
    rig.runner.shut_down(60)
    asyncio.run(rig.runner.close())
