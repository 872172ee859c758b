"""Runs calls to models to their end, whatever the page does: start, follow, stop."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from chat.completion import CompletionProvider, CompletionRequest, Parameters
from chat.context import as_pairs, messages_for
from chat.conversation import Conversation, Turn, title_from
from chat.errors import ChatError, NotSent, RequestRefused
from chat.running_turn import Interruption, RunningTurn, whole_characters
from chat.settlement import settle
from chat.store import ConversationStore, StoreError
from usage.budgets import BudgetExceeded, Budgets, Reservation
from usage.ledger import CallStatus, KeyOwner, Purpose
from usage.meter import Call, Meter, Outcome

SHORTEST_UPDATE_S = 1 / 15
UPDATE_S_PER_FOLLOWER = 0.003  # what one update costs the server: with many followers each gets fewer
SAVE_EVERY_S = 1.0
LOOK_EVERY_S = 1.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a person asks. `conversation_id` None starts a conversation; `parent_id` is the turn before."""

    user: str
    conversation_id: str | None
    parent_id: str | None
    question: str
    model: str
    parameters: Parameters
    provider: CompletionProvider
    key_owner: KeyOwner
    purpose: Purpose = "reply"


class TurnRunner:
    """Owns the calls under way in this process. All its methods belong to one event loop."""

    def __init__(
        self,
        store: ConversationStore,
        meter: Meter,
        budgets: Budgets,
        instance: str,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._meter = meter
        self._budgets = budgets
        self._instance = instance
        self._clock = clock
        self._new_id = new_id
        self._running: dict[str, RunningTurn] = {}
        self._followers = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self, ask: Ask) -> Turn:
        """Save the message, then make the call in a task of its own.

        Raises NotSent with the reason when nothing was sent; then nothing was saved either.
        """
        ask = replace(ask, question=whole_characters(ask.question).strip())
        if not ask.question:
            raise NotSent("Write a message first.")
        if not ask.model:
            raise NotSent("Choose a model first.")
        try:
            running = await asyncio.to_thread(self._prepare, ask)
        except (StoreError, BudgetExceeded) as exc:
            raise NotSent(f"{exc} The message was not sent.") from exc
        turn = running.turn()
        self._loop = asyncio.get_running_loop()
        self._running[turn.id] = running
        running.task = asyncio.create_task(self._run(running, ask.provider))
        return turn

    async def follow(self, turn_id: str) -> AsyncIterator[Turn]:
        """The turn as it grows, at most 15 times a second, and at last as it ended."""
        running = self._running.get(turn_id)
        if running is None:
            async for turn in self._follow_stored(turn_id):
                yield turn
            return
        self._followers += 1
        try:
            while True:
                version, is_over = running.version, running.is_over
                yield running.turn()
                if is_over:
                    return
                await asyncio.sleep(max(SHORTEST_UPDATE_S, self._followers * UPDATE_S_PER_FOLLOWER))
                await running.changed_since(version)
        finally:
            self._followers -= 1

    def stop(self, turn_id: str, how: Interruption = "stopped") -> None:
        """End the call at once; what came of the reply is kept."""
        running = self._running.get(turn_id)
        if running is not None and running.task is not None and running.interruption is None:
            running.interruption = how
            running.task.cancel()

    def shut_down(self, timeout_s: float) -> None:
        """End every call from outside the loop; what came of the replies is stored and accounted for."""
        if self._loop is None:
            return
        try:
            asyncio.run_coroutine_threadsafe(self.close(), self._loop).result(timeout_s)
        except TimeoutError:
            logger.error("Replies could not be ended in %.0f s; the next start accounts for them", timeout_s)

    async def close(self) -> None:
        """The same from inside the loop."""
        tasks = [running.task for running in self._running.values() if running.task is not None]
        for turn_id in tuple(self._running):
            self.stop(turn_id, "interrupted")
        await asyncio.gather(*tasks)

    async def _follow_stored(self, turn_id: str) -> AsyncIterator[Turn]:
        """A turn that has ended, or one that another copy of the app runs."""
        while (turn := await asyncio.to_thread(self._store.turn, turn_id)) is not None:
            yield turn
            if turn.status != "running":
                return
            await asyncio.sleep(LOOK_EVERY_S)

    def _prepare(self, ask: Ask) -> RunningTurn:
        """Check that the message may go out, set its cost aside and save it."""
        conversation = self._conversation(ask)
        history = conversation.branch_to(ask.parent_id) if conversation else ()
        messages = messages_for(history, ask.question, ask.parameters.system_prompt)
        now = self._clock()
        turn = Turn(
            id=self._new_id(),
            conversation_id=conversation.id if conversation else self._new_id(),
            parent_id=ask.parent_id,
            question=ask.question,
            model=ask.model,
            parameters=ask.parameters,
            created_at=now,
        )
        call = Call(
            id=self._new_id(),
            started_at=now,
            user=ask.user,
            conversation_id=turn.conversation_id,
            turn_id=turn.id,
            purpose=ask.purpose,
            endpoint=ask.provider.endpoint,
            price_list=ask.provider.price_list,
            key_owner=ask.key_owner,
            model=ask.model,
        )
        request = CompletionRequest(ask.model, messages, ask.parameters)
        reservation = self._reserve(call, request)
        try:
            self._store.add_turn(ask.user, title_from(ask.question), turn, call, self._instance)
        except StoreError:
            self._budgets.release(reservation)
            raise
        capped = replace(ask.parameters, max_output_tokens=reservation.max_output_tokens)
        running = RunningTurn(turn, call, replace(request, parameters=capped), reservation)
        if capped != ask.parameters:
            running.remark(f"The budget allows a reply of {reservation.max_output_tokens:,} tokens at most.")
        return running

    def _conversation(self, ask: Ask) -> Conversation | None:
        if ask.conversation_id is None:
            return None
        conversation = self._store.conversation(ask.user, ask.conversation_id)
        if conversation is None:
            raise NotSent("This conversation no longer exists. Start a new chat; your message is still here.")
        if any(turn.status == "running" for turn in conversation.turns):
            raise NotSent("A reply is still being written here. Wait for it, or stop it, then send again.")
        if ask.parent_id is not None and conversation.turn(ask.parent_id) is None:
            raise NotSent("The message before this one no longer exists. Reload the page.")
        return conversation

    def _reserve(self, call: Call, request: CompletionRequest) -> Reservation:
        estimate = self._meter.estimate(
            call.price_list, call.endpoint, call.model, as_pairs(request.messages), call.started_at
        )
        window = estimate.context_window
        if window is not None and estimate.tokens.tokens > window:
            raise NotSent(
                f"This conversation is too long for {call.model}: about {estimate.tokens.tokens:,} tokens, "
                f"and the model takes {window:,}. Start a new chat, or choose a model with a larger context."
            )
        wanted = request.parameters.max_output_tokens
        return self._budgets.reserve(call.user, estimate.price, estimate.cost_usd, wanted, call.started_at)

    async def _run(self, running: RunningTurn, provider: CompletionProvider) -> None:
        status: CallStatus = "failed"
        error: str | None = None
        refused = False
        try:
            await self._read(running, provider)
            status = "completed"
        except asyncio.CancelledError:
            status = running.interruption or "interrupted"
        except ChatError as exc:
            error, refused = str(exc), isinstance(exc, RequestRefused)
        except Exception:
            logger.exception("A reply ended in a fault of Tally's own")
            error = "Tally made a mistake and the reply ends here. Its log says more."
        await self._finish(running, status, error, refused)

    async def _read(self, running: RunningTurn, provider: CompletionProvider) -> None:
        saved_s = time.monotonic()
        async with contextlib.aclosing(provider.stream(running.request)) as events:
            async for event in events:
                running.take(event)
                if time.monotonic() - saved_s >= SAVE_EVERY_S:
                    await self._save_progress(running)
                    saved_s = time.monotonic()

    async def _save_progress(self, running: RunningTurn) -> None:
        try:
            await asyncio.to_thread(self._store.save_progress, running.turn())
        except StoreError as exc:
            logger.warning("A reply under way could not be saved; trying again in a second. %s", exc)

    async def _finish(
        self, running: RunningTurn, status: CallStatus, error: str | None, refused: bool
    ) -> None:
        turn = replace(running.turn(), status=status, error=error)
        outcome = Outcome(
            status=status,
            usage=running.completed.usage if running.completed else None,
            prompt=as_pairs(running.request.messages),
            reply=turn.reasoning + turn.reply,
            refused=refused,
            resolved_model=running.completed.resolved_model if running.completed else None,
            first_token_ms=running.first_token_ms,
            duration_ms=running.elapsed_ms(),
        )
        turn, is_saved = await asyncio.to_thread(
            settle, self._store, self._meter, turn, running.call, outcome
        )
        running.end(turn)
        if turn.entry is not None:  # what is not in the ledger stays set aside
            self._budgets.release(running.reservation)
        if is_saved:
            del self._running[turn.id]
