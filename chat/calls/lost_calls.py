"""Records that a request is out before it is sent, and writes the row of a lost one before the next."""

import asyncio
import logging

from chat.calls.ending import Ending, outcome_of
from chat.calls.running_turn import RunningTurn
from chat.providers import ChatError, ReplyBroken, RequestRefused, Retrying, Sending
from chat.store import ConversationStore, StoreError
from usage.budgets import Budgets
from usage.ledger import LedgerError
from usage.meter import Meter
from usage.units import format_usd

logger = logging.getLogger(__name__)


class LostCalls:
    """Accounts for requests before they go out and when they are lost; says whether the next may go out.

    The store is told that a call is out before its first byte leaves, so that a process that dies leaves
    no row for what was never sent. The row of a lost request has the id of the call that is pending, and
    the request that follows is another call, which is pending once it goes out. So whenever Tally ends,
    each request has one row: what is out is in the ledger already, or may still be under way.
    """

    def __init__(self, store: ConversationStore, meter: Meter, budgets: Budgets) -> None:
        self._store = store
        self._meter = meter
        self._budgets = budgets

    async def account(self, running: RunningTurn, event: Retrying | Sending) -> None:
        """Do what has to be done before the next request goes out; raises ChatError when it must not."""
        if running.is_frozen:
            raise _given_up(event)
        if isinstance(event, Sending):
            await self._go_on(running)
        elif event.fate is not None:
            await self._record(running, event.fate)
        else:
            await self._note_refusal(running)

    async def _record(self, running: RunningTurn, fate: str) -> None:
        """Write the row of the request that was lost."""
        outcome = outcome_of(running, Ending("failed", fate=fate))
        try:
            running.recorded = await asyncio.to_thread(self._meter.record, running.call, outcome)
            may_go_on = await asyncio.to_thread(
                self._budgets.still_fits, running.reservation, running.next_call().started_at
            )
        except (LedgerError, StoreError) as exc:
            raise ReplyBroken(f"{_said(fate)} The call was not made again: {exc}", fate) from exc
        if not may_go_on:
            raise ReplyBroken(
                f"{_said(fate)} The call was not made again, since it may have been billed "
                "and what is left of the budget does not cover a second one.",
                fate,
            )

    async def _note_refusal(self, running: RunningTurn) -> None:
        """Save that nothing is out that may be billed, while the call waits to be made again."""
        try:
            await asyncio.to_thread(self._store.call_was_refused, running.call)
        except StoreError as exc:  # if Tally ends in the pause, the row says that its fate is unknown
            logger.warning("The refusal of a call could not be saved. %s", exc)

    async def _go_on(self, running: RunningTurn) -> None:
        """Let the request go out, as another call if the one before it has its row."""
        lost = running.recorded
        if lost is None and running.was_tried:
            running.send_again()
        call = running.call if lost is None else running.next_call()
        try:
            await asyncio.to_thread(self._store.begin_call, call)
        except StoreError as exc:
            if lost is None:
                raise RequestRefused(f"{exc} The message was not sent.") from exc
            raise ReplyBroken(f"No answer came, and the call was not made again: {exc}") from exc
        if lost is None:
            return
        running.go_on_with(call)
        cost = format_usd(lost.cost_usd, estimated=True)
        running.remark(
            f"A request for this reply was lost and may have been billed: it has a row of its own ({cost})."
        )


def _given_up(event: Retrying | Sending) -> ChatError:
    """Nobody waits for the reply any more: it is not asked for again."""
    if isinstance(event, Retrying) and event.fate is not None:
        return ReplyBroken(event.reason, event.fate)
    return RequestRefused("The reply was stopped.")


def _said(fate: str) -> str:
    return f"No answer came ({fate})."
