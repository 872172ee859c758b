"""Ends a turn: its call goes into the ledger, its reply into the store; after a crash, too."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from chat.calls.context import as_pairs, messages_for
from chat.calls.ending import TALLY_ENDED, note_of
from chat.conversation import Turn
from chat.store import ConversationStore, Instances, OnlyInstance, PendingCall, StoreError
from texts import N_, _
from usage.ledger import Call, LedgerEntry, LedgerError
from usage.meter import Meter, Outcome

NOT_SENT = N_("Tally ended before this was sent; nothing was spent. Press Retry to send it.")
END_MISSING = N_("The last words of this reply may be missing: Tally ended before they were saved.")
REPLY_MISSING = N_("This reply may be missing: Tally ended before any of it was saved.")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """What could be written of a turn that ended: its row in the ledger, its reply in the store.

    `is_saved` is False too when the store does not know yet that the row is written.
    `turn` is for the page: its `error` also says what could not be written.
    """

    turn: Turn
    is_recorded: bool
    is_saved: bool


def settle(store: ConversationStore, meter: Meter, turn: Turn, entry: LedgerEntry) -> Settled:
    """Write the turn that ended and its entry. May be repeated, at the next start at the latest.

    The whole reply is saved before the row is written: a process that dies in between leaves a turn that
    still waits for its row, never a row without its reply.
    """
    turn = replace(turn, entry=entry)
    not_saved = _trouble(lambda: store.finish_turn(turn, is_recorded=False))
    not_recorded = _trouble(lambda: meter.append(entry))
    shown = turn
    if not_recorded:
        shown = _with_note(shown, f"{_('What this reply cost could not be recorded.')} {not_recorded}")
    if not_saved:
        shown = _with_note(shown, f"{_('This reply could not be saved.')} {not_saved}")
    elif not not_recorded:
        not_saved = _trouble(lambda: store.call_is_recorded(turn.id))
    return Settled(shown, is_recorded=not not_recorded, is_saved=not not_saved)


def _trouble(write: Callable[[], None]) -> str:
    """Write something; return what went wrong, empty when nothing did."""
    try:
        write()
    except (StoreError, LedgerError) as exc:
        return str(exc)
    return ""


def recover(
    store: ConversationStore,
    meter: Meter,
    instances: Instances | OnlyInstance,
    level: int = logging.WARNING,
) -> int:
    """Settle the calls of copies of the app that died; return how many there were.

    A call that cannot be settled now waits for the next time. `level` is that of what is logged. Raises
    StoreError when none can be read.
    """
    with instances.only_one():
        orphans = [pending for pending in store.pending_calls() if not instances.is_alive(pending.instance)]
        for orphan in orphans:
            try:
                _recover(store, meter, orphan, level)
            except (StoreError, LedgerError) as exc:
                logger.log(
                    level, "Call %s of an earlier run cannot be accounted for yet: %s", orphan.call.id, exc
                )
    if orphans:
        logger.log(level, "Calls that were under way when Tally ended: %d", len(orphans))
    return len(orphans)


def _recover(store: ConversationStore, meter: Meter, orphan: PendingCall, level: int) -> None:
    call = orphan.call
    turn = store.turn(call.turn_id)
    if turn is None:  # a conversation is deleted only after its calls are settled
        return
    if turn.status == "running" and not orphan.is_out:
        store.finish_turn(replace(turn, status="failed", error=_(NOT_SENT)))
        return
    if (entry := meter.recorded(call.id)) is not None:
        store.finish_turn(replace(_as_recorded(turn, entry), entry=entry))
        return
    entry = turn.entry or meter.entry(call, _interrupted(store, turn, call))
    settled = settle(store, meter, _as_recorded(turn, entry), entry)
    if settled.turn.error != turn.error:
        logger.log(level, "Call %s of an earlier run is not settled: %s", call.id, settled.turn.error)


def _as_recorded(turn: Turn, entry: LedgerEntry) -> Turn:
    """Return the turn as its row says that it ended, unless the turn knows that itself.

    How much of a running reply came after it was last saved is unknown, so a remark says so.
    """
    if turn.status != "running":
        return turn
    if entry.status == "failed":
        return replace(
            turn, status="failed", error=_("No whole reply came, and Tally ended before it said why.")
        )
    said = _(END_MISSING) if turn.reply or turn.reasoning else _(REPLY_MISSING)
    return replace(turn, status=entry.status, remarks=(*turn.remarks, said))


def _interrupted(store: ConversationStore, turn: Turn, call: Call) -> Outcome:
    """All that is known of a call whose process died: what was asked, and what was saved of the reply."""
    conversation = store.conversation(call.user, call.conversation_id)
    history = conversation.branch_to(turn.parent_id) if conversation else ()
    prompt = messages_for(history, turn.question, turn.parameters.system_prompt)
    return Outcome(
        status="interrupted",
        usage=None,
        prompt=as_pairs(prompt),
        reply=turn.reasoning + turn.reply,
        duration_ms=None,
        note=note_of(TALLY_ENDED),
    )


def _with_note(turn: Turn, note: str) -> Turn:
    return replace(turn, error=f"{turn.error} {note}" if turn.error else note)
