"""A reply under way: what has arrived so far, for those who follow it."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

from chat.conversation import Turn
from chat.providers import (
    Answered,
    Completed,
    CompletionEvent,
    CompletionRequest,
    Counted,
    ReasoningDelta,
    Remark,
    Retrying,
    Sending,
    TextDelta,
)
from texts import _
from usage.budgets import Reservation

# Many times what any model writes: a reply that is longer than this does not end.
LARGEST_REPLY_CHARACTERS = 3_000_000

SHORTEST_PAUSE_S = 1 / 15
# What one update costs the server: the more turns are followed, and the more pages follow one, the fewer
# updates each gets. All turns get the same share, so that many tabs on one slow no other.
S_PER_UPDATE = 0.006
# Each update shows the whole reply, so a long one gets fewer: the total cost then grows with the length of
# the reply, not with its square.
S_PER_CHARACTER = 2e-6

Interruption = Literal["stopped", "interrupted"]


class RunningTurn:
    """Grows with the events of its call, on the clock `now_s`. Belongs to the loop the call runs in.

    `is_out` says whether a request is under way that may be billed, `was_tried` whether one was refused
    and is made again.
    `is_full` says that the reply has as many characters as it may have, which is `most_characters`, or what
    any reply may have: the call has to end, and no more is kept.
    A turn that is frozen shows no more of what comes: its call is only received for its exact cost.
    """

    def __init__(
        self,
        turn: Turn,
        request: CompletionRequest,
        reservation: Reservation,
        now_s: Callable[[], float] = time.monotonic,
        *,
        most_characters: int | None = None,
    ) -> None:
        self.call = reservation.call
        self.request = request
        self.reservation = reservation
        self.reading: asyncio.Task[None] | None = None
        self.chores: set[asyncio.Task[Any]] = set()  # what is being written and must not be left half done
        self.is_out = False
        self.is_full = False
        self.was_tried = False
        self.interruption: Interruption | None = None
        self.answered = Answered(None)
        self.counted = Counted(None)
        self.completed: Completed | None = None
        self.first_token_ms: int | None = None
        self._turn = turn
        self._now_s = now_s
        self._started_s = now_s()
        self._room = LARGEST_REPLY_CHARACTERS if most_characters is None else most_characters
        self._reply: list[str] = []
        self._reasoning: list[str] = []
        self._remarks: list[str] = []
        self._waiting_for: str | None = None
        self._frozen: Turn | None = None
        self._ended: Turn | None = None
        self.version = 0  # goes up with every change
        self._changed = asyncio.Event()
        self._is_shown_whole = asyncio.Event()
        self._seen: tuple[int, Turn] = (-1, turn)

    @property
    def is_over(self) -> bool:
        """Return whether it is known how it ended."""
        return self._ended is not None

    @property
    def is_frozen(self) -> bool:
        """Return whether its call is received to its end, unseen."""
        return self._frozen is not None

    @property
    def received(self) -> str:
        """Return all that has come, seen or not: what an estimate counts."""
        return whole_characters("".join(self._reasoning)) + whole_characters("".join(self._reply))

    def elapsed_ms(self) -> int:
        """Return the time since the call began."""
        return round((self._now_s() - self._started_s) * 1000)

    def restart_clock(self) -> None:
        """Start the call's clock again: the time before, with any pause or wait, is no part of the call."""
        waited = timedelta(milliseconds=self.elapsed_ms())
        self.call = replace(self.call, started_at=self.call.started_at + waited)
        self._started_s = self._now_s()

    def chore(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Write something of the turn in a task of its own; its end waits until that is written."""
        chore = asyncio.create_task(work)
        self.chores.add(chore)
        chore.add_done_callback(self.chores.discard)
        return chore

    def freeze(self) -> bool:
        """Keep it as it is shown now; return False when no request is out that is worth waiting for."""
        if self.is_frozen or self.completed is not None or not self.is_out:
            return False
        self._frozen = replace(self.turn(), error=None)
        return True

    def show_stopped(self) -> None:
        """Show that a frozen turn was stopped: whoever follows it need not wait for the end of its call."""
        self._frozen = replace(self.turn(), status="stopped")
        self._is_shown_whole.set()
        self._announce()

    def wait_in_line(self, place: int) -> None:
        """Show the call's place in line, 1 for the next."""
        self._show_waiting_for(_in_line(place))

    def leave_line(self) -> None:
        """Show that the call begins, from when its time counts."""
        self.restart_clock()
        self._show_waiting_for(None)

    def remark(self, text: str) -> None:
        """Add something that the person should know of this reply."""
        self._remarks.append(whole_characters(text))
        self._announce()

    def take(self, event: CompletionEvent) -> None:
        """Add what an event brings."""
        match event:
            case TextDelta(text):
                self._reply.append(self._fitting(text))
            case ReasoningDelta(text):
                self._reasoning.append(self._fitting(text))
            case Remark(text):
                self._remarks.append(whole_characters(text))
            case Answered():
                self.answered = event
            case Counted():
                self.counted = event
            case Completed(_, model, tier):
                known = self.answered
                self.answered = replace(
                    known, model=model or known.model, service_tier=tier or known.service_tier
                )
                self.completed = event
        self.is_out = not isinstance(event, Retrying)
        self.was_tried = self.was_tried or not self.is_out
        if not isinstance(event, Sending):
            self._waiting_for = _waiting_for(event)
        if self.first_token_ms is None and isinstance(event, TextDelta | ReasoningDelta):
            self.first_token_ms = self.elapsed_ms()
        if not self.is_frozen:
            self._announce()

    def turn(self) -> Turn:
        """Return the turn as it is now. While a call is being retried its `error` says so."""
        if self._seen[0] != self.version:  # a long reply is put together once for all who follow it
            self._seen = (self.version, self._as_it_is())
        return self._seen[1]

    def end(self, turn: Turn) -> None:
        """Set how the turn ended; called again once what could not be written is written."""
        self._ended = turn
        self._is_shown_whole.set()
        self._announce()

    async def changed_since(self, version: int) -> None:
        """Wait until there is something newer than `version`."""
        while self.version == version:
            await self._changed.wait()

    async def pause(self, seconds: float) -> None:
        """Wait this long before the next update, or less if no more text will be shown."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._is_shown_whole.wait()

    def _show_waiting_for(self, what: str | None) -> None:
        if what != self._waiting_for:
            self._waiting_for = what
            self._announce()

    def _fitting(self, text: str) -> str:
        """Return as much of a text as there is room for, and note when some is cut."""
        fitting = text[: self._room]
        self._room -= len(fitting)
        if len(fitting) < len(text):
            self.is_full = True
            self.remark(too_long())
        return fitting

    def _as_it_is(self) -> Turn:
        if self._ended is not None:
            return self._ended
        if self._frozen is not None:
            return self._frozen
        # Joined once, it is joined faster the next time.
        self._reply, self._reasoning = ["".join(self._reply)], ["".join(self._reasoning)]
        return replace(
            self._turn,
            reply=whole_characters(self._reply[0]),
            reasoning=whole_characters(self._reasoning[0]),
            remarks=tuple(self._remarks),
            error=self._waiting_for,
        )

    def _announce(self) -> None:
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()


def too_long() -> str:
    """Return what a reply says that was ended at its largest size."""
    text = _("This reply stops here: Tally keeps at most {most} characters of a reply, so it ended the call.")
    return text.format(most=f"{LARGEST_REPLY_CHARACTERS:,}")


def _in_line(place: int) -> str:
    if place == 1:
        return _("Tally is busy. This reply is next in line.")
    return _("Tally is busy. This reply is number {place} in line.").format(place=place)


def _waiting_for(event: CompletionEvent) -> str | None:
    if not isinstance(event, Retrying):
        return None
    text = _("{reason}. Trying again in {seconds} s …")
    return whole_characters(text.format(reason=event.reason, seconds=max(1, round(event.delay_s))))


def whole_characters(text: str) -> str:
    """Join surrogate halves that came in separate pieces; a half without its other becomes a mark."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def pause_s(characters: int, followers: int = 1, turns: int = 1) -> float:
    """Return the seconds to wait after showing this many characters to one of a turn's followers.

    `turns` is how many turns are followed in all.
    """
    return max(SHORTEST_PAUSE_S, turns * followers * S_PER_UPDATE, characters * S_PER_CHARACTER)
