"""Runs calls to models to their end, whatever the page does: start, follow, stop."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from chat.calls.ending import end_of
from chat.calls.late_charges import LateCharges
from chat.calls.preparation import Preparation, Taken
from chat.calls.question import Ask
from chat.calls.reading import MOST_AT_ONCE, Reader
from chat.calls.records import RETRY_EVERY_S, EndWriter, Records
from chat.calls.running_turn import Interruption, RunningTurn, pause_s
from chat.calls.titles import Titles
from chat.conversation import Conversation, Turn
from chat.providers import NotSent
from chat.store import StoreError
from texts import _

SAVE_EVERY_S = 1.0
LOOK_EVERY_S = 1.0
# Less than what each reply that is followed adds to the pause between two updates.
REST_PER_REPLY_S = 0.001

logger = logging.getLogger(__name__)
T = TypeVar("T")


class TurnRunner:
    """Owns the calls under way in this process. All its methods but `shut_down` belong to one event loop."""

    def __init__(
        self,
        records: Records,
        preparation: Preparation,
        *,
        save_every_s: float = SAVE_EVERY_S,
        look_every_s: float = LOOK_EVERY_S,
        retry_every_s: float = RETRY_EVERY_S,
        late_charges: LateCharges | None = None,
    ) -> None:
        self._store = records.store
        self._meter = records.meter
        self._preparation = preparation
        self._save_every_s = save_every_s
        self._look_every_s = look_every_s
        self._starting: dict[tuple[str, str], asyncio.Task[Taken]] = {}
        self._beginning: Counter[str] = Counter()  # the calls of starts under way, by person
        self._running: dict[str, RunningTurn] = {}
        self._unsaved: list[RunningTurn] = []  # what has come of these is about to be saved
        self._ends = EndWriter(records, self._forget, retry_every_s)
        self._late_charges = late_charges or LateCharges(records, preparation.clock)
        self._reader = Reader(records.store, lambda: min(len(self._running), MOST_AT_ONCE) * REST_PER_REPLY_S)
        self._titles = Titles(records, preparation, self._late_charges, retry_every_s)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._followers: Counter[str] = Counter()  # of each turn that somebody follows
        self._is_closing = False
        self._loop: asyncio.AbstractEventLoop | None = None

    async def conversation(self, user: str, conversation_id: str) -> Conversation | None:
        """Read one of the user's conversations, once what waits to be written is written if it can be.

        None when there is none of that id, such as "" for a new one. Raises StoreError.
        """
        await asyncio.shield(self._in_background(self._ends.write_what_waits()))
        return await asyncio.to_thread(self._store.conversation, user, conversation_id)

    async def start(self, asks: Sequence[Ask], most_of_one: int | None = None) -> Taken:
        """Save a message to one or several models, then make each call in a task of its own: all or none.

        A message that was taken before makes no second call. The person may have `most_of_one` calls under
        way with these, None for any number. Raises NotSent with the reason when nothing was sent; nothing was
        saved then either.
        """
        if self._is_closing:
            raise NotSent(_("Tally is shutting down. The message was not sent."))
        if most_of_one is not None and self._calls_of(asks[0].user) + len(asks) > most_of_one:
            text = _(
                "You can have at most {most} replies in progress. Wait until one is done, then send again."
            )
            raise NotSent(text.format(most=most_of_one))
        self._loop = asyncio.get_running_loop()
        # A page that goes away now must not leave a saved message behind whose call nobody makes.
        return await asyncio.shield(self._start_once(asks))

    async def follow(self, turn_id: str) -> AsyncIterator[Turn]:
        """Yield the turn as it grows, at most 15 times a second, and at last as it ended."""
        running = self._running.get(turn_id)
        if running is None:
            async for turn in self._follow_stored(turn_id):
                yield turn
            return
        is_counted = False  # from its first word on: who waits for that takes no updates from others
        try:
            while True:
                version, is_over = running.version, running.is_over
                turn = running.turn()
                yield turn
                if is_over:
                    return
                if shown := len(turn.reply) + len(turn.reasoning):  # nothing holds up the first word
                    if not is_counted:
                        self._followers[turn_id] += 1
                        is_counted = True
                    await running.pause(pause_s(shown, self._followers[turn_id], len(self._followers)))
                await running.changed_since(version)
        finally:
            if is_counted:
                self._followers[turn_id] -= 1
                self._followers += Counter()  # without those that nobody follows

    async def follow_all(self, turns: Sequence[Turn]) -> AsyncIterator[tuple[Turn, ...]]:
        """Yield turns as they grow, at most 15 times a second, and at last as they ended."""
        latest = {turn.id: turn for turn in turns}
        changed = asyncio.Event()

        async def watch(turn_id: str) -> None:
            try:
                async for turn in self.follow(turn_id):
                    latest[turn_id] = turn
                    changed.set()
            finally:
                changed.set()

        watching = [asyncio.create_task(watch(turn.id)) for turn in turns]
        try:
            is_over = False
            while not is_over:
                await changed.wait()
                changed.clear()
                is_over = all(task.done() for task in watching)
                yield tuple(latest.values())
                if not is_over:
                    shown = sum(len(turn.reply) + len(turn.reasoning) for turn in latest.values())
                    await asyncio.wait(watching, timeout=pause_s(shown))
            await asyncio.gather(*watching)
        finally:
            for task in watching:
                task.cancel()

    def turn(self, turn_id: str) -> Turn | None:
        """Return a turn as it is now; None when its call is not under way in this process."""
        running = self._running.get(turn_id)
        return None if running is None else running.turn()

    def running_in(self, user: str) -> set[str]:
        """Return the user's conversations whose replies are being written in this process."""
        calls = (running.call for running in self._running.values())
        return {call.conversation_id for call in calls if call.user == user}

    def naming_in(self, user: str) -> set[str]:
        """Return the user's conversations that a model is being asked to name in this process."""
        return self._titles.under_way(user)

    def unwritten(self, turn_id: str) -> Turn | None:
        """Return the turn as it ended, if that could not be written yet; None otherwise."""
        return self._ends.unwritten(turn_id)

    def stop(self, turn_id: str, how: Interruption = "stopped", *, finish: bool = False) -> None:
        """End the call at once; what came of the reply is kept.

        With `finish` only the reply ends: its call is received to its end, unseen, for its exact cost.
        A second stop ends that too.
        """
        running = self._running.get(turn_id)
        if running is None or running.reading is None or running.reading.done():
            return
        if running.interruption is not None:
            return
        if finish and running.freeze():
            running.chore(self._leave(running))
            return
        running.interruption = how
        running.reading.cancel()

    def shut_down(self, timeout_s: float) -> None:
        """End every call from outside the loop; what came of the replies is stored and accounted for."""
        if self._loop is None or not self._loop.is_running():
            return
        try:
            asyncio.run_coroutine_threadsafe(self.close(), self._loop).result(timeout_s)
        except TimeoutError:
            logger.warning(
                "Replies could not be ended in %.0f s; the next start accounts for them", timeout_s
            )

    async def close(self) -> None:
        """End every call from inside the loop, and take no more."""
        self._is_closing = True
        while self._tasks:
            for turn_id in self._running:
                self.stop(turn_id, "interrupted")
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        await self._titles.close()
        self._late_charges.close()
        await self._ends.close()

    def _start_once(self, asks: Sequence[Ask]) -> asyncio.Task[Taken]:
        """Start the calls, or return the start that is under way when a message comes twice at once."""
        user, message_id = message = (asks[0].user, asks[0].message_id)
        if message_id and message in self._starting:
            return self._starting[message]
        start = self._in_background(self._start(asks))
        self._beginning[user] += len(asks)
        start.add_done_callback(lambda _: self._beginning.subtract({user: len(asks)}))
        if message_id:
            self._starting[message] = start
            start.add_done_callback(lambda _: self._starting.pop(message))
        return start

    def _calls_of(self, user: str) -> int:
        """Return how many of a person's calls are under way, or about to be."""
        return self._beginning[user] + sum(each.call.user == user for each in self._running.values())

    async def _start(self, asks: Sequence[Ask]) -> Taken:
        try:
            taken = await asyncio.to_thread(self._preparation.prepare, asks)
        finally:
            self._ends.retry_what_waits()
        for ask, running in zip(asks, taken.running, strict=False):
            self._running[running.turn().id] = running
            running.reading = asyncio.create_task(self._reader.read(running, ask.provider))
            self._in_background(self._run(running, running.reading, ask))
        return taken

    async def _follow_stored(self, turn_id: str) -> AsyncIterator[Turn]:
        """Yield a turn that has ended, or one that another copy of the app runs."""
        while (turn := await asyncio.to_thread(self._store.turn, turn_id)) is not None:
            yield turn
            if turn.status != "running":
                return
            await asyncio.sleep(self._look_every_s)

    async def _run(self, running: RunningTurn, reading: asyncio.Task[None], ask: Ask) -> None:
        """See the reading to its end. Only the reading is ever cancelled, so that what follows is done."""
        saving = asyncio.create_task(self._keep_saving(running))
        await asyncio.wait({reading})
        saving.cancel()
        if running.chores:
            await asyncio.wait(running.chores)
        turn, outcome = end_of(running, reading)
        try:
            entry = await asyncio.to_thread(self._meter.entry, running.call, outcome)
            await self._ends.write(running, replace(turn, entry=entry), entry)
            self._late_charges.ask(running, entry, ask.provider)
            self._titles.begin(ask, running.turn())
        except BaseException:  # whoever follows must not wait for an end that never comes
            running.end(turn)
            raise

    async def _leave(self, running: RunningTurn) -> None:
        """Let the person go on, while the call of the frozen turn is still received."""
        turn = replace(running.turn(), status="stopped")
        try:
            await asyncio.to_thread(self._store.finish_turn, turn, is_recorded=False)
        except StoreError as exc:
            logger.warning("A stopped reply could not be saved, so that its call ends too. %s", exc)
            self.stop(turn.id)
        else:
            running.show_stopped()

    async def _keep_saving(self, running: RunningTurn) -> None:
        version = 0  # a turn that has just begun is saved already
        while True:
            await asyncio.sleep(self._s_to_next_save())
            await running.changed_since(version)
            version = running.version
            self._unsaved.append(running)
            if len(self._unsaved) == 1:
                self._in_background(self._save_progress())

    def _s_to_next_save(self) -> float:
        """Return how long it is until all replies are saved again: together, as each time takes a while."""
        every_s = self._save_every_s
        return every_s - asyncio.get_running_loop().time() % every_s if every_s else 0

    async def _save_progress(self) -> None:
        turns = [running.turn() for running in self._unsaved]
        self._unsaved.clear()
        try:
            await asyncio.to_thread(self._store.save_progress, *turns)
        except StoreError as exc:
            logger.warning("Replies under way could not be saved; trying again. %s", exc)

    def _forget(self, turn_id: str) -> None:
        self._running.pop(turn_id, None)

    def _in_background(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
