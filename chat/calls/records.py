"""Writes how turns end: the reply into the store and its call into the ledger, after a crash as well."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from chat.calls.ending import TALLY_ENDED, note_of
from chat.calls.running_turn import RunningTurn
from chat.conversation import Turn
from chat.store import ConversationStore, Instances, OnlyInstance, PendingCall, StoreError
from texts import N_, _
from usage.budgets import Budgets
from usage.ledger import LedgerEntry, LedgerError
from usage.meter import Meter, Outcome

RETRY_EVERY_S = 5.0
TRYING_AGAIN = N_("Tally tries again every few seconds.")
NOT_SENT = N_("Tally was closed before this was sent. Nothing was spent.")
END_MISSING = N_("The last words of this reply may be missing: Tally was closed before they were saved.")
REPLY_MISSING = N_("This reply may be missing: Tally was closed before any of it was saved.")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Records:
    """Where a call is written down: in its conversation, in the ledger, and in what is set aside for it."""

    store: ConversationStore
    meter: Meter
    budgets: Budgets

    def write_end(self, turn: Turn, entry: LedgerEntry) -> "Written":
        """Write a turn that ended and its entry. May be repeated, at the next start at the latest.

        The whole reply is saved before the row is written: a process that dies in between leaves a turn that
        still waits for its row, never a row without its reply.
        """
        turn = replace(turn, entry=entry)
        not_saved = _trouble(lambda: self.store.finish_turn(turn, is_recorded=False))
        not_recorded = _trouble(lambda: self.meter.append(entry))
        shown = turn
        if not_recorded:
            shown = _with_note(shown, f"{_('What this reply cost could not be recorded.')} {not_recorded}")
        if not_saved:
            shown = _with_note(shown, f"{_('This reply could not be saved.')} {not_saved}")
        elif not not_recorded:
            not_saved = _trouble(lambda: self.store.call_is_recorded(entry.call))
        return Written(shown, is_recorded=not not_recorded, is_saved=not not_saved)

    def recover(self, instances: Instances | OnlyInstance, level: int = logging.WARNING) -> int:
        """Write how the calls of copies of the app that died ended; return how many there were.

        What cannot be written now waits for the next time. `level` is that of what is logged. Raises
        StoreError when none can be read.
        """
        with instances.only_one():
            pending = self.store.pending_calls()
            orphans = [each for each in pending if not instances.is_alive(each.instance)]
            for orphan in orphans:
                try:
                    self._recover(orphan, level)
                except (StoreError, LedgerError) as exc:
                    text = "Call %s of an earlier run cannot be accounted for yet: %s"
                    logger.log(level, text, orphan.call.id, exc)
        if orphans:
            logger.log(level, "Calls that were under way when Tally ended: %d", len(orphans))
        return len(orphans)

    def _recover(self, orphan: PendingCall, level: int) -> None:
        call = orphan.call
        if not orphan.has_turn:
            self._recover_without_turn(orphan)
            return
        turn = self.store.turn(call.turn_id)
        if turn is None:  # a conversation is deleted only once its calls are in the ledger
            return
        if turn.status == "running" and not orphan.is_out:
            self.store.finish_turn(replace(turn, status="failed", error=_(NOT_SENT)))
            return
        if (entry := self.meter.recorded(call.id)) is not None:
            self.store.finish_turn(replace(_as_recorded(turn, entry), entry=entry))
            return
        entry = turn.entry or self.meter.entry(call, _interrupted(turn.reasoning + turn.reply))
        written = self.write_end(_as_recorded(turn, entry), entry)
        if written.turn.error != turn.error:
            text = "Call %s of an earlier run is not accounted for: %s"
            logger.log(level, text, call.id, written.turn.error)

    def _recover_without_turn(self, orphan: PendingCall) -> None:
        call = orphan.call
        if orphan.is_out and self.meter.recorded(call.id) is None:
            self.meter.append(self.meter.entry(call, _interrupted("")))
        self.store.calls_without_turn.forget(call)

    def write_without_turn(self, entry: LedgerEntry) -> None:
        """Write the row of a call that has no turn. May be repeated. Raises LedgerError or StoreError."""
        self.meter.append(entry)
        self.store.calls_without_turn.forget(entry.call)


@dataclass(frozen=True, slots=True)
class Written:
    """What could be written of a turn that ended: its row in the ledger, its reply in the store.

    `is_saved` is False too when the store does not know yet that the row is written.
    `turn` is for the page: its `error` also says what could not be written.
    """

    turn: Turn
    is_recorded: bool
    is_saved: bool


class EndWriter:
    """Writes the turns that end in this process until each is written. Belongs to the runner's event loop.

    `forget` is called with the id of each turn once it and its row are written.
    """

    def __init__(self, records: Records, forget: Callable[[str], object], retry_every_s: float) -> None:
        self._records = records
        self._forget = forget
        self._retry_every_s = retry_every_s
        self._unwritten: dict[str, tuple[RunningTurn, Turn, LedgerEntry]] = {}
        self._retrying: asyncio.Task[None] | None = None
        self._is_closing = False

    async def write(self, running: RunningTurn, turn: Turn, entry: LedgerEntry) -> None:
        """Write how a turn ended; what cannot be written stays here, with its cost set aside."""
        written = await asyncio.to_thread(self._records.write_end, turn, entry)
        if written.is_recorded:
            release, is_unpriced = self._records.budgets.release, entry.cost_usd is None
            await asyncio.to_thread(release, running.reservation, is_unpriced=is_unpriced)
        if written.is_recorded and written.is_saved:
            self._forget(turn.id)
            self._unwritten.pop(turn.id, None)
        else:
            self._unwritten[turn.id] = (running, turn, entry)
        shown = written.turn
        if shown.error != turn.error:
            shown = replace(shown, error=f"{shown.error} {_(TRYING_AGAIN)}")
        running.end(shown)
        self.retry_what_waits()

    def unwritten(self, turn_id: str) -> Turn | None:
        """Return the turn as it ended, if that could not be written yet; None otherwise."""
        waiting = self._unwritten.get(turn_id)
        return waiting[0].turn() if waiting else None

    async def write_what_waits(self) -> None:
        """Try once more to write what could not be written."""
        if self._records.budgets.is_behind():
            await asyncio.to_thread(self._records.budgets.catch_up)
        for waiting in tuple(self._unwritten.values()):
            await self.write(*waiting)

    def retry_what_waits(self) -> None:
        """Keep trying in the background to write what could not be written, if there is anything."""
        if self._retrying is None and not self._is_closing and self._has_to_write():
            self._retrying = asyncio.create_task(self._keep_retrying())

    async def close(self) -> None:
        """Try one last time; what still cannot be written is left for the next start."""
        self._is_closing = True
        if self._retrying is not None:
            self._retrying.cancel()
        await self.write_what_waits()

    async def _keep_retrying(self) -> None:
        try:
            while self._has_to_write():
                await asyncio.sleep(self._retry_every_s)
                await self.write_what_waits()
        finally:
            self._retrying = None

    def _has_to_write(self) -> bool:
        return bool(self._unwritten) or self._records.budgets.is_behind()


def _trouble(write: Callable[[], None]) -> str:
    """Write something; return what went wrong, empty when nothing did."""
    try:
        write()
    except (StoreError, LedgerError) as exc:
        return str(exc)
    return ""


def _with_note(turn: Turn, note: str) -> Turn:
    return replace(turn, error=f"{turn.error} {note}" if turn.error else note)


def _as_recorded(turn: Turn, entry: LedgerEntry) -> Turn:
    """Return the turn as its row says that it ended, unless the turn knows that itself.

    How much of a running reply came after it was last saved is unknown, so a remark says so.
    """
    if turn.status != "running":
        return turn
    if entry.status == "failed":
        error = _("No complete reply came, and Tally was closed before it could say why.")
        return replace(turn, status="failed", error=error)
    said = _(END_MISSING) if turn.reply or turn.reasoning else _(REPLY_MISSING)
    return replace(turn, status=entry.status, remarks=(*turn.remarks, said))


def _interrupted(reply: str) -> Outcome:
    """Return all that is known of a call whose process died: what was saved of the reply."""
    return Outcome(
        status="interrupted",
        usage=None,
        reply=reply,
        duration_ms=None,
        note=note_of(TALLY_ENDED),
    )
