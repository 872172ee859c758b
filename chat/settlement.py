"""Ends a turn: its call goes into the ledger, its reply into the store; after a crash, too."""

import logging
from dataclasses import dataclass, replace

from chat.context import as_pairs, messages_for
from chat.conversation import Turn
from chat.ending import TALLY_ENDED, note_of
from chat.instances import Instances
from chat.store import ConversationStore, StoreError
from usage.ledger import LedgerEntry, LedgerError
from usage.meter import Call, Meter, Outcome

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """What could be written of a turn that ended: its row in the ledger, its reply in the store.

    `turn` is for the page: its `error` also says what could not be written.
    """

    turn: Turn
    is_recorded: bool
    is_saved: bool


def settle(store: ConversationStore, meter: Meter, turn: Turn, entry: LedgerEntry) -> Settled:
    """Write the entry and the turn that ended. May be repeated, and is at the next start at the latest."""
    turn = shown = replace(turn, entry=entry)
    is_recorded = is_saved = True
    try:
        meter.append(entry)
    except LedgerError as exc:
        is_recorded = False
        shown = _with_note(shown, f"What this reply cost could not be recorded. {exc}")
    try:
        store.finish_turn(turn, is_recorded=is_recorded)
    except StoreError as exc:
        is_saved = False
        shown = _with_note(shown, f"This reply could not be saved. {exc}")
    return Settled(shown, is_recorded, is_saved)


def recover(store: ConversationStore, meter: Meter, instances: Instances) -> int:
    """Settle the calls of copies of the app that died; returns how many there were.

    A call that cannot be settled now waits for the next start. Raises StoreError when none can be read.
    """
    with instances.only_one():
        orphans = [
            pending.call for pending in store.pending_calls() if not instances.is_alive(pending.instance)
        ]
        for call in orphans:
            try:
                _recover(store, meter, call)
            except (StoreError, LedgerError) as exc:
                logger.warning("Call %s of an earlier run cannot be accounted for yet: %s", call.id, exc)
    if orphans:
        logger.warning("Calls that were under way when Tally ended: %d", len(orphans))
    return len(orphans)


def _recover(store: ConversationStore, meter: Meter, call: Call) -> None:
    turn = store.turn(call.turn_id)
    if turn is None:  # a conversation is deleted only after its calls are settled
        return
    if (entry := meter.recorded(call.id)) is not None:
        store.finish_turn(replace(_as_recorded(turn, entry), entry=entry))
        return
    entry = turn.entry or meter.entry(call, _interrupted(store, turn, call))
    settled = settle(store, meter, _as_recorded(turn, entry), entry)
    if settled.turn.error != turn.error:
        logger.warning("Call %s of an earlier run is not settled: %s", call.id, settled.turn.error)


def _as_recorded(turn: Turn, entry: LedgerEntry) -> Turn:
    """The turn as its row says that it ended, unless the turn knows that itself."""
    if turn.status != "running":
        return turn
    if entry.status == "failed":
        return replace(
            turn, status="failed", error="No whole reply came, and Tally ended before it said why."
        )
    return replace(turn, status=entry.status)


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
