"""Writes what became of turns, and tries again by itself when that fails."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from chat.calls.recovery import settle
from chat.calls.running_turn import RunningTurn
from chat.conversation import Turn
from chat.store import ConversationStore
from texts import N_, _
from usage.budgets import Budgets
from usage.ledger import LedgerEntry
from usage.meter import Meter

RETRY_EVERY_S = 5.0
TRYING_AGAIN = N_("Tally tries again every few seconds.")


class Settling:
    """The turns that ended in this process and are not written yet. Belongs to the runner's event loop.

    `forget` is called with the id of each turn once it and its row are written.
    """

    def __init__(
        self,
        store: ConversationStore,
        meter: Meter,
        budgets: Budgets,
        forget: Callable[[str], object],
        retry_every_s: float = RETRY_EVERY_S,
    ) -> None:
        self._store = store
        self._meter = meter
        self._budgets = budgets
        self._forget = forget
        self._retry_every_s = retry_every_s
        self._unsettled: dict[str, tuple[RunningTurn, Turn, LedgerEntry]] = {}
        self._retrying: asyncio.Task[None] | None = None
        self._is_closing = False

    async def settle(self, running: RunningTurn, turn: Turn, entry: LedgerEntry) -> None:
        """Write what became of a turn; what cannot be written stays here, with its cost set aside."""
        settled = await asyncio.to_thread(settle, self._store, self._meter, turn, entry)
        if settled.is_recorded:
            is_unpriced = entry.cost_usd is None
            await asyncio.to_thread(self._budgets.release, running.reservation, is_unpriced=is_unpriced)
        if settled.is_recorded and settled.is_saved:
            self._forget(turn.id)
            self._unsettled.pop(turn.id, None)
        else:
            self._unsettled[turn.id] = (running, turn, entry)
        shown = settled.turn
        if shown.error != turn.error:
            shown = replace(shown, error=f"{shown.error} {_(TRYING_AGAIN)}")
        running.end(shown)
        self.retry_what_waits()

    def unwritten(self, turn_id: str) -> Turn | None:
        """Return the turn as it ended, if that could not be written yet; None otherwise."""
        waiting = self._unsettled.get(turn_id)
        return waiting[0].turn() if waiting else None

    async def settle_again(self) -> None:
        """Try once more to write what could not be written."""
        if self._budgets.is_behind():
            await asyncio.to_thread(self._budgets.catch_up)
        for unsettled in tuple(self._unsettled.values()):
            await self.settle(*unsettled)

    def retry_what_waits(self) -> None:
        """Keep trying in the background to write what could not be written, if there is anything."""
        if self._retrying is None and not self._is_closing and self._has_to_write():
            self._retrying = asyncio.create_task(self._keep_retrying())

    async def close(self) -> None:
        """Try one last time; what still cannot be written is left for the next start."""
        self._is_closing = True
        if self._retrying is not None:
            self._retrying.cancel()
        await self.settle_again()

    async def _keep_retrying(self) -> None:
        try:
            while self._has_to_write():
                await asyncio.sleep(self._retry_every_s)
                await self.settle_again()
        finally:
            self._retrying = None

    def _has_to_write(self) -> bool:
        return bool(self._unsettled) or self._budgets.is_behind()
