"""Runs calls to models to their end, whatever the page does: start, follow, stop."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace

from chat.completion import CompletionProvider
from chat.context import as_pairs
from chat.conversation import Turn
from chat.errors import ChatError, RequestRefused
from chat.preparation import Ask, Preparation
from chat.running_turn import Interruption, RunningTurn
from chat.settlement import settle
from chat.store import ConversationStore, StoreError
from usage.budgets import Budgets
from usage.ledger import CallStatus
from usage.meter import Meter, Outcome

SHORTEST_UPDATE_S = 1 / 15
UPDATE_S_PER_FOLLOWER = 0.003  # what one update costs the server: with many followers each gets fewer
SAVE_EVERY_S = 1.0
LOOK_EVERY_S = 1.0

logger = logging.getLogger(__name__)


class TurnRunner:
    """Owns the calls under way in this process. All its methods belong to one event loop."""

    def __init__(
        self, store: ConversationStore, meter: Meter, budgets: Budgets, preparation: Preparation
    ) -> None:
        self._store = store
        self._meter = meter
        self._budgets = budgets
        self._preparation = preparation
        self._running: dict[str, RunningTurn] = {}
        self._followers = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self, ask: Ask) -> Turn:
        """Save the message, then make the call in a task of its own.

        Raises NotSent with the reason when nothing was sent; then nothing was saved either.
        """
        running = await asyncio.to_thread(self._preparation.prepare, ask)
        turn = running.turn()
        self._loop = asyncio.get_running_loop()
        self._running[turn.id] = running
        running.task = asyncio.create_task(self._run(running, ask.provider))
        return turn

    async def follow(self, turn_id: str) -> AsyncIterator[Turn]:
        """The turn as it grows, at most 15 times a second, and at last as it ended."""
        running = self._running.get(turn_id)
        if running is None:
            async for turn in self._follow_stored(turn_id):
                yield turn
            return
        self._followers += 1
        try:
            while True:
                version, is_over = running.version, running.is_over
                yield running.turn()
                if is_over:
                    return
                await asyncio.sleep(max(SHORTEST_UPDATE_S, self._followers * UPDATE_S_PER_FOLLOWER))
                await running.changed_since(version)
        finally:
            self._followers -= 1

    def stop(self, turn_id: str, how: Interruption = "stopped") -> None:
        """End the call at once; what came of the reply is kept."""
        running = self._running.get(turn_id)
        if running is not None and running.task is not None and running.interruption is None:
            running.interruption = how
            running.task.cancel()

    def shut_down(self, timeout_s: float) -> None:
        """End every call from outside the loop; what came of the replies is stored and accounted for."""
        if self._loop is None:
            return
        try:
            asyncio.run_coroutine_threadsafe(self.close(), self._loop).result(timeout_s)
        except TimeoutError:
            logger.warning(
                "Replies could not be ended in %.0f s; the next start accounts for them", timeout_s
            )

    async def close(self) -> None:
        """The same from inside the loop."""
        tasks = [running.task for running in self._running.values() if running.task is not None]
        for turn_id in tuple(self._running):
            self.stop(turn_id, "interrupted")
        await asyncio.gather(*tasks)

    async def _follow_stored(self, turn_id: str) -> AsyncIterator[Turn]:
        """A turn that has ended, or one that another copy of the app runs."""
        while (turn := await asyncio.to_thread(self._store.turn, turn_id)) is not None:
            yield turn
            if turn.status != "running":
                return
            await asyncio.sleep(LOOK_EVERY_S)

    async def _run(self, running: RunningTurn, provider: CompletionProvider) -> None:
        status: CallStatus = "failed"
        error: str | None = None
        refused = False
        try:
            await self._read(running, provider)
            status = "completed"
        except asyncio.CancelledError:
            status = running.interruption or "interrupted"
        except ChatError as exc:
            error, refused = str(exc), isinstance(exc, RequestRefused)
        except Exception:
            logger.exception("A reply ended in a fault of Tally's own")
            error = "Tally made a mistake and the reply ends here. Its log says more."
        await self._finish(running, status, error, refused)

    async def _read(self, running: RunningTurn, provider: CompletionProvider) -> None:
        saved_s = time.monotonic()
        async with contextlib.aclosing(provider.stream(running.request)) as events:
            async for event in events:
                running.take(event)
                if time.monotonic() - saved_s >= SAVE_EVERY_S:
                    await self._save_progress(running)
                    saved_s = time.monotonic()

    async def _save_progress(self, running: RunningTurn) -> None:
        try:
            await asyncio.to_thread(self._store.save_progress, running.turn())
        except StoreError as exc:
            logger.warning("A reply under way could not be saved; trying again in a second. %s", exc)

    async def _finish(
        self, running: RunningTurn, status: CallStatus, error: str | None, refused: bool
    ) -> None:
        turn = replace(running.turn(), status=status, error=error)
        outcome = Outcome(
            status=status,
            usage=running.completed.usage if running.completed else None,
            prompt=as_pairs(running.request.messages),
            reply=turn.reasoning + turn.reply,
            refused=refused,
            resolved_model=running.completed.resolved_model if running.completed else None,
            first_token_ms=running.first_token_ms,
            duration_ms=running.elapsed_ms(),
        )
        turn, is_saved = await asyncio.to_thread(
            settle, self._store, self._meter, turn, running.call, outcome
        )
        running.end(turn)
        if turn.entry is not None:  # what is not in the ledger stays set aside
            self._budgets.release(running.reservation)
        if is_saved:
            del self._running[turn.id]
