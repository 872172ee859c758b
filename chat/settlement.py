"""Ends a turn: its call goes into the ledger, its reply into the store; after a crash, too."""

import logging
from dataclasses import replace

from chat.context import as_pairs, messages_for
from chat.conversation import Turn
from chat.instances import Instances
from chat.store import ConversationStore, StoreError
from usage.ledger import LedgerError
from usage.meter import Call, Meter, Outcome

logger = logging.getLogger(__name__)


def settle(
    store: ConversationStore, meter: Meter, turn: Turn, call: Call, outcome: Outcome
) -> tuple[Turn, bool]:
    """The ended turn with its entry, or with an `error` that says what could not be written.

    Also whether the turn was saved. What was not written is tried again at the next start.
    """
    try:
        turn = replace(turn, entry=meter.record(call, outcome))
    except LedgerError as exc:
        turn = replace(turn, error=_joined(turn.error, f"What this reply cost could not be recorded. {exc}"))
    try:
        store.finish_turn(turn)
    except StoreError as exc:
        return replace(turn, error=_joined(turn.error, f"This reply could not be saved. {exc}")), False
    return turn, True


def recover(store: ConversationStore, meter: Meter, instances: Instances) -> int:
    """Settle the calls of copies of the app that died; returns how many there were."""
    with instances.only_one():
        orphans = [
            pending.call for pending in store.pending_calls() if not instances.is_alive(pending.instance)
        ]
        for call in orphans:
            _recover(store, meter, call)
    if orphans:
        logger.warning(
            "%d calls were under way when Tally ended last time; they are accounted for", len(orphans)
        )
    return len(orphans)


def _recover(store: ConversationStore, meter: Meter, call: Call) -> None:
    conversation = store.conversation(call.user, call.conversation_id)
    turn = store.turn(call.turn_id)
    if conversation is None or turn is None:  # deleted meanwhile; nothing is left to account for it by
        return
    ended = replace(turn, status="interrupted") if turn.status == "running" else turn
    if (entry := meter.recorded(call.id)) is not None:
        store.finish_turn(replace(ended, status=entry.status, entry=entry))
        return
    history = conversation.branch_to(turn.parent_id)
    outcome = Outcome(
        status=ended.status if ended.status != "running" else "interrupted",
        usage=None,
        prompt=as_pairs(messages_for(history, turn.question, turn.parameters.system_prompt)),
        reply=turn.reasoning + turn.reply,
        duration_ms=None,
    )
    settle(store, meter, ended, call, outcome)


def _joined(error: str | None, addition: str) -> str:
    return f"{error} {addition}" if error else addition
