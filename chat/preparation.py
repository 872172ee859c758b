"""What happens before a call: may it go out, what may it cost, and is the message saved?"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chat.completion import CompletionProvider, CompletionRequest, Parameters
from chat.context import as_pairs, messages_for
from chat.conversation import Conversation, Turn, title_from
from chat.errors import NotSent
from chat.running_turn import RunningTurn, whole_characters
from chat.store import ConversationStore, StoreError
from usage.budgets import BudgetExceeded, Budgets, Reservation
from usage.ledger import NOBODY, KeyOwner, LedgerError, Purpose
from usage.meter import Call, Meter


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


class Preparation:
    """Makes what is asked ready to be sent. `instance` marks the calls of this process."""

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

    def prepare(self, ask: Ask) -> RunningTurn:
        """Check that the message may go out, set its cost aside and save it.

        Raises NotSent with the reason; then nothing was saved or set aside.
        """
        return self.prepare_all((ask,))[0]

    def prepare_all(self, asks: Sequence[Ask]) -> tuple[RunningTurn, ...]:
        """The same for one question to several models, in this order: all of them, or none."""
        asks = [_in_whole_characters(ask) for ask in asks]
        for ask in asks:
            _check(ask)
        try:
            return self._prepared(asks)
        except (StoreError, LedgerError, BudgetExceeded) as exc:
            raise NotSent(f"{exc} The message was not sent.") from exc

    def _prepared(self, asks: Sequence[Ask]) -> tuple[RunningTurn, ...]:
        first = asks[0]
        conversation = self._conversation(first)
        history = conversation.branch_to(first.parent_id) if conversation else ()
        messages = messages_for(history, first.question, first.parameters.system_prompt)
        turns = self._new_turns(asks, conversation)
        running = []
        with ExitStack() as undo:
            for number, (ask, turn) in enumerate(zip(asks, turns, strict=True)):
                call = self._new_call(ask, turn)
                request = CompletionRequest(ask.model, messages, ask.parameters)
                reservation = self._reserve(call, request, among=len(asks) - number)
                undo.callback(self._budgets.release, reservation)
                running.append(_running(turn, call, request, reservation))
            begun = [(turn, each.call) for turn, each in zip(turns, running, strict=True)]
            self._store.add_turns(first.user, title_from(first.question), begun, self._instance)
            undo.pop_all()
        return tuple(running)

    def _conversation(self, ask: Ask) -> Conversation | None:
        if ask.conversation_id is None:
            return None
        conversation = self._store.conversation(ask.user, ask.conversation_id)
        if conversation is None:
            raise NotSent("This conversation no longer exists. Start a new chat; your message is still here.")
        if ask.parent_id is not None and conversation.turn(ask.parent_id) is None:
            raise NotSent("The message before this one no longer exists. Reload the page.")
        return conversation

    def _new_turns(self, asks: Sequence[Ask], conversation: Conversation | None) -> list[Turn]:
        """The turns as they begin, of one conversation; those of a comparison each a microsecond later."""
        ids = [self._new_id() for _ in asks]
        conversation_id = conversation.id if conversation else self._new_id()
        comparison_id = self._new_id() if len(asks) > 1 else ""
        began = self._clock()
        return [
            Turn(
                id=turn_id,
                conversation_id=conversation_id,
                parent_id=ask.parent_id,
                question=ask.question,
                model=ask.model,
                parameters=ask.parameters,
                created_at=began + number * timedelta.resolution,  # the store gives them back in this order
                comparison_id=comparison_id,
            )
            for number, (turn_id, ask) in enumerate(zip(ids, asks, strict=True))
        ]

    def _new_call(self, ask: Ask, turn: Turn) -> Call:
        return Call(
            id=self._new_id(),
            started_at=turn.created_at,
            user=ask.user,
            conversation_id=turn.conversation_id,
            turn_id=turn.id,
            purpose=ask.purpose,
            endpoint=ask.provider.endpoint,
            price_list=ask.provider.price_list,
            key_owner=ask.key_owner,
            model=ask.model,
        )

    def _reserve(self, call: Call, request: CompletionRequest, among: int) -> Reservation:
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
        try:
            return self._budgets.reserve(
                call.user, estimate.price, estimate.most_usd, wanted, call.started_at, among=among
            )
        except BudgetExceeded as exc:
            raise BudgetExceeded(f"{call.model}: {exc}" if call.purpose == "compare" else str(exc)) from exc


def _check(ask: Ask) -> None:
    if ask.user == NOBODY:
        raise NotSent("You are not signed in. Reload the page and sign in.")
    if not ask.question:
        raise NotSent("Write a message first.")
    if not ask.model:
        raise NotSent("Choose a model first.")


def _running(turn: Turn, call: Call, request: CompletionRequest, reservation: Reservation) -> RunningTurn:
    """The turn as it begins, its reply no longer than what was set aside for it."""
    wanted, longest = request.parameters.max_output_tokens, reservation.max_output_tokens
    parameters = replace(request.parameters, max_output_tokens=longest)
    must_be_limited = longest is not None and reservation.usd > 0
    limited = replace(request, parameters=parameters, must_be_limited=must_be_limited)
    running = RunningTurn(turn, call, limited, reservation)
    if longest != wanted:
        running.remark(f"The budget allows a reply of {longest:,} tokens at most.")
    return running


def _in_whole_characters(ask: Ask) -> Ask:
    """The same with nothing in it that no file can hold."""
    parameters = replace(
        ask.parameters,
        system_prompt=whole_characters(ask.parameters.system_prompt),
        stop=tuple(whole_characters(text) for text in ask.parameters.stop),
    )
    return replace(
        ask,
        question=whole_characters(ask.question).strip(),
        model=whole_characters(ask.model).strip(),
        parameters=parameters,
    )
