"""How a call ended: what is shown of its turn then, and what the meter has to know."""

import asyncio
import logging
from dataclasses import dataclass, replace

from chat.calls.context import as_pairs
from chat.calls.running_turn import RunningTurn, whole_characters
from chat.conversation import Turn
from chat.providers import ChatError, Completed, ReplyBroken
from texts import _
from usage.ledger import FATE_UNKNOWN, CallStatus
from usage.meter import Outcome

TALLY_ENDED = "Tally ended before the reply did"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """`error` is for the page, `fate` for the ledger: why nobody knows whether the call was billed."""

    status: CallStatus
    error: str | None = None
    fate: str | None = None
    is_refused: bool = False


def ending_of(running: RunningTurn, reading: asyncio.Task[None]) -> Ending:
    """How the reading of a reply ended; for a frozen turn the person had ended it before."""
    ending = _ending_of(running, reading)
    if not running.is_frozen:
        return ending
    return replace(ending, status="interrupted" if ending.status == "interrupted" else "stopped", error=None)


def _ending_of(running: RunningTurn, reading: asyncio.Task[None]) -> Ending:
    if reading.cancelled():
        status = running.interruption or "interrupted"
        if not running.is_out:
            return Ending(status, is_refused=True)
        return Ending(status, fate=None if status == "stopped" else TALLY_ENDED)
    match reading.exception():
        case None:
            return Ending("completed")
        case ReplyBroken() as exc:
            return Ending("failed", whole_characters(str(exc)), whole_characters(exc.fate))
        case ChatError() as exc:
            return Ending("failed", whole_characters(str(exc)), is_refused=True)
        case exc:
            logger.error("A reply ended in a fault of Tally's own", exc_info=exc)
            said = _("Tally made a mistake and the reply ends here. Its log says more.")
            return Ending("failed", said, "Tally made a mistake")


def ended(running: RunningTurn, ending: Ending) -> tuple[Turn, Outcome]:
    """The turn as it ended, and what became of its call."""
    status = "stopped" if running.is_frozen else ending.status
    return replace(running.turn(), status=status, error=ending.error), outcome_of(running, ending)


def outcome_of(running: RunningTurn, ending: Ending) -> Outcome:
    """What the meter has to know of a call that ended so."""
    completed = running.completed or Completed(usage=None)
    is_unknown = ending.fate is not None and completed.usage is None
    return Outcome(
        status=ending.status,
        usage=completed.usage,
        prompt=as_pairs(running.request.messages),
        reply=running.received,
        refused=ending.is_refused,
        resolved_model=running.answered.model,
        service_tier=running.answered.service_tier,
        first_token_ms=running.first_token_ms,
        duration_ms=running.elapsed_ms(),
        impossible=completed.impossible,
        note=note_of(ending.fate) if is_unknown else "",
    )


def note_of(fate: str | None) -> str:
    """How a row says that nobody knows whether its call was billed."""
    return f"{FATE_UNKNOWN}: {fate}" if fate else ""
