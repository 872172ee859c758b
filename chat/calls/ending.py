"""How a call ended: what is shown of its turn then, and what the meter has to know."""

import asyncio
import logging
from dataclasses import dataclass, replace

from chat.calls.running_turn import RunningTurn, whole_characters
from chat.conversation import Turn
from chat.providers import ChatError, Completed, ReplyBroken
from texts import _
from usage.ledger import FATE_UNKNOWN, CallStatus
from usage.meter import Outcome

TALLY_ENDED = "Tally ended before the reply did"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Ending:
    """`error` is for the page, `fate` for the ledger: why nobody knows whether the call was billed."""

    status: CallStatus
    error: str | None = None
    fate: str | None = None
    is_refused: bool = False


def end_of(running: RunningTurn, reading: asyncio.Task[None]) -> tuple[Turn, Outcome]:
    """Return the turn as it is once its reply has been read, and what the meter has to know of its call."""
    ending = _ending_of(running, reading)
    turn_status = ending.status
    if running.is_frozen:  # the person had ended it before
        is_interrupted = ending.status == "interrupted"
        ending = replace(ending, status="interrupted" if is_interrupted else "stopped", error=None)
        turn_status = "stopped"
    counted = running.counted
    completed = running.completed or Completed(usage=counted.usage if counted.is_final else None)
    outcome = Outcome(
        status=ending.status,
        usage=completed.usage,
        counted=counted.usage,
        charged_usd=counted.charged_usd if counted.is_final else None,
        usage_json=counted.raw,
        reply=running.received,
        refused=ending.is_refused,
        resolved_model=running.answered.model,
        service_tier=running.answered.service_tier,
        first_token_ms=running.first_token_ms,
        duration_ms=running.elapsed_ms(),
        impossible=completed.impossible,
        note=note_of(ending.fate) if completed.usage is None else "",
    )
    return replace(running.turn(), status=turn_status, error=ending.error), outcome


def _ending_of(running: RunningTurn, reading: asyncio.Task[None]) -> _Ending:
    if reading.cancelled():
        status = running.interruption or "interrupted"
        if not running.is_out:
            return _Ending(status, is_refused=True)
        return _Ending(status, fate=None if status == "stopped" else TALLY_ENDED)
    match reading.exception():
        case None:
            return _Ending("completed")
        case ReplyBroken() as exc:
            return _Ending("failed", whole_characters(str(exc)), whole_characters(exc.fate))
        case ChatError() as exc:
            return _Ending("failed", whole_characters(str(exc)), is_refused=True)
        case exc:
            logger.error("A reply ended in a fault of Tally's own", exc_info=exc)
            said = _("Something went wrong in Tally, so the reply ends here. Tally’s log has the reason.")
            return _Ending("failed", said, "Tally made a mistake")


def note_of(fate: str | None) -> str:
    """Return how a row says that nobody knows whether its call was billed; empty without such a fate."""
    return f"{FATE_UNKNOWN}: {fate}" if fate else ""
