"""Asks endpoints afterwards what they charged for calls that ended without counts: stopped or cut off."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from chat.calls.records import Records
from chat.calls.running_turn import RunningTurn
from chat.providers import ChatError, CompletionProvider
from chat.store import StoreError
from usage.ledger import LedgerEntry, LedgerError, exact_correction

# When to ask, each after the one before: the amount is known some seconds after the end, or never.
PAUSES_S = (2.0, 5.0, 20.0, 60.0, 240.0)

logger = logging.getLogger(__name__)


class LateCharges:
    """Puts exact amounts in the place of estimates, where there are any. Belongs to the runner's loop."""

    def __init__(
        self,
        records: Records,
        clock: Callable[[], datetime],
        *,
        pauses_s: Sequence[float] = PAUSES_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._records = records
        self._clock = clock
        self._pauses_s = pauses_s
        self._sleep = sleep
        self._asking: set[asyncio.Task[None]] = set()

    def ask(self, running: RunningTurn, entry: LedgerEntry, provider: CompletionProvider) -> None:
        """Ask from time to time what a call was charged, if its entry is an estimate.

        A person's own price stays, as it does where the endpoint names its charge at once.
        """
        reply_id, is_open = running.answered.reply_id, entry.is_estimated and entry.cost_source != "own"
        if is_open and reply_id and provider.names_charges_later:
            task = asyncio.create_task(self._keep_asking(reply_id, entry, provider))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    def close(self) -> None:
        """Ask no more; what is not known by now stays an estimate."""
        for task in self._asking:
            task.cancel()

    async def _keep_asking(self, reply_id: str, entry: LedgerEntry, provider: CompletionProvider) -> None:
        for pause_s in self._pauses_s:
            await self._sleep(pause_s)
            try:
                charged_usd = await provider.charge_of(reply_id)
                if charged_usd is not None and await asyncio.to_thread(self._correct, entry, charged_usd):
                    return
            except (ChatError, StoreError, LedgerError) as exc:
                logger.warning("What call %s was charged is not known yet: %s", entry.call.id, exc)
        logger.warning("What call %s was charged was not told; its estimate stays.", entry.call.id)

    def _correct(self, entry: LedgerEntry, charged_usd: Decimal) -> bool:
        """Write the correction; return False while the ledger lacks the row that it is for."""
        ledger = self._records.meter.ledger
        if not ledger.find([entry.call.id]):
            return False
        if not ledger.append_missing([exact_correction(entry, charged_usd, self._clock())]):
            return True  # it has got a price meanwhile
        turn = self._records.store.turn(entry.call.turn_id)
        if turn is not None and turn.entry == entry:
            exact = replace(
                entry, cost_usd=charged_usd, cost_source="reported", reported_cost_usd=charged_usd
            )
            self._records.store.finish_turn(replace(turn, entry=exact), is_recorded=False)
        return True
