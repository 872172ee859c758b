"""Receives the events of a call when there is room, and has each request saved before it goes out."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Protocol

from chat.calls.running_turn import RunningTurn
from chat.providers import CompletionProvider, RequestRefused, Retrying, Sending
from chat.store import StoreError
from texts import _
from usage.ledger import Call

# More than this at once would make all of them slow on a small machine, so later ones wait.
MOST_AT_ONCE = 150
TELL_EVERY_S = 5.0
_AT_ONCE_S = 0.005

logger = logging.getLogger(__name__)


class SavedCalls(Protocol):
    """Where calls are kept that may not be in the ledger yet. All methods raise StoreError."""

    def begin_call(self, call: Call, /) -> None:
        """Save that this call is out. Raises StoreError too where it must not be made."""

    def call_was_refused(self, call: Call, /) -> None:
        """Save that the call is no longer out and was not billed; it may be made again."""


class Line:
    """`most` may be inside at once; the others wait in the order in which they came.

    They are told their places as they come, and when others leave, at most once in `tell_every_s`.
    """

    def __init__(self, most: int, tell_every_s: float) -> None:
        self._room = asyncio.Semaphore(most)
        self._tell_every_s = tell_every_s
        self._waiting: list[RunningTurn] = []
        self._telling: asyncio.TimerHandle | None = None

    @contextlib.asynccontextmanager
    async def place(self, running: RunningTurn) -> AsyncIterator[None]:
        """Wait for a place inside, and hold it."""
        waits = self._room.locked()
        if waits:
            self._waiting.append(running)
            running.wait_in_line(len(self._waiting))
        try:
            await self._room.acquire()
        finally:
            if waits:
                self._left(running)
        try:
            if waits:
                running.leave_line()
            yield
        finally:
            self._room.release()

    def _left(self, running: RunningTurn) -> None:
        self._waiting.remove(running)
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(self._tell_every_s, self._tell)

    def _tell(self) -> None:
        self._telling = None
        for place, running in enumerate(self._waiting, start=1):
            running.wait_in_line(place)


@dataclass(frozen=True, slots=True)
class Reader:
    """`saved` is where calls are kept until the ledger has their rows.

    `rest_s` says how long to let what is sent pile up before the next of it is read: with many replies at
    once a piece costs more to receive than to take in.
    """

    saved: SavedCalls
    rest_s: Callable[[], float] = lambda: 0
    line: Line = field(default_factory=lambda: Line(MOST_AT_ONCE, TELL_EVERY_S))

    async def read(self, running: RunningTurn, provider: CompletionProvider) -> None:
        """Wait for a place in line, make the call, and give the turn what comes of it. Raises ChatError."""
        async with self.line.place(running):
            await self._read(running, provider)

    async def _read(self, running: RunningTurn, provider: CompletionProvider) -> None:
        loop = asyncio.get_running_loop()
        rested_at = loop.time()
        async with contextlib.aclosing(provider.stream(running.request)) as events:
            async for event in events:
                if isinstance(event, Retrying | Sending):
                    if running.is_frozen:  # nobody waits for the reply any more
                        raise RequestRefused(_("The reply was stopped."))
                    save = self._save_departure if isinstance(event, Sending) else self._save_refusal
                    # Whoever stops the call now stops the waiting, not the writing.
                    await asyncio.shield(running.chore(save(running)))
                running.take(event)
                if running.is_full:
                    return
                # What has piled up comes without waiting; the first word is never held up.
                if running.first_token_ms is not None and loop.time() - rested_at > _AT_ONCE_S:
                    if (rest_s := self.rest_s()) > _AT_ONCE_S:
                        await asyncio.sleep(rest_s)
                    rested_at = loop.time()

    async def _save_departure(self, running: RunningTurn) -> None:
        """Save that the call is out before its first byte leaves, in case this process dies then."""
        if running.was_tried:
            running.restart_clock()
        try:
            await asyncio.to_thread(self.saved.begin_call, running.call)
        except StoreError as exc:
            raise RequestRefused(_("{reason} The message was not sent.").format(reason=exc)) from exc

    async def _save_refusal(self, running: RunningTurn) -> None:
        """Save that nothing is out that may be billed, while the call waits to be made again."""
        try:
            await asyncio.to_thread(self.saved.call_was_refused, running.call)
        except StoreError as exc:  # if Tally ends in the pause, the row says that its fate is unknown
            logger.warning("The refusal of a call could not be saved. %s", exc)
