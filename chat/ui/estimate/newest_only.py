"""Lets each page do one piece of work at a time; of those that wait, only the newest gets its turn."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class NewestOnly:
    """Hands out turns to each page. For use on one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[bool] | None] = {}

    @asynccontextmanager
    async def turn(self, page: str) -> AsyncIterator[bool]:
        """Wait for a turn: give True when it comes, or False at once when a newer one takes its place."""
        if not await self._has_come(page):
            yield False
            return
        try:
            yield True
        finally:
            self._pass_on(page)

    async def _has_come(self, page: str) -> bool:
        if page not in self._waiting:
            self._waiting[page] = None
            return True
        overtaken = self._waiting[page]
        if overtaken is not None and not overtaken.done():
            overtaken.set_result(False)
        mine: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[page] = mine
        try:
            return await mine
        except asyncio.CancelledError:
            self._leave(page, mine)
            raise

    def _leave(self, page: str, mine: asyncio.Future[bool]) -> None:
        """Give up a turn that is waited for, or that has just come."""
        if mine.done() and not mine.cancelled() and mine.result():
            self._pass_on(page)
        elif self._waiting.get(page) is mine:
            self._waiting[page] = None

    def _pass_on(self, page: str) -> None:
        next_one = self._waiting[page]
        if next_one is None or next_one.done():
            del self._waiting[page]
        else:
            self._waiting[page] = None
            next_one.set_result(True)
