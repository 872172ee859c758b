"""What happens before a call: may it go out, what may it cost, and is the message saved?"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta

from chat.calls.question import Ask, in_whole_characters, prompt_of, require_whole
from chat.calls.records import Records
from chat.calls.running_turn import RunningTurn
from chat.conversation import Conversation, Turn, title_from
from chat.providers import CompletionRequest, NotSent
from chat.store import StoreError
from texts import _
from usage.budgets import BudgetExceeded, Limit, PlannedCall, Reservation
from usage.forecast import Prompt
from usage.ledger import Call, LedgerError


class SentBefore(Exception):  # noqa: N818 - the name says what became of the message
    """The message was taken before: `turn` is the turn that it made, or the first of its comparison."""

    def __init__(self, turn: Turn) -> None:
        super().__init__(turn.id)
        self.turn = turn


class Preparation:
    """Makes what is asked ready to be sent. `instance` marks the calls of this process.

    `stand_ins(host, model)` names the models that have answered there when this model was asked.
    """

    def __init__(
        self,
        records: Records,
        instance: str,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        stand_ins: Callable[[str, str], Iterable[str]],
    ) -> None:
        self._store = records.store
        self._meter = records.meter
        self._budgets = records.budgets
        self._instance = instance
        self._clock = clock
        self._new_id = new_id
        self._stand_ins = stand_ins

    def prepare(self, ask: Ask) -> RunningTurn:
        """Check that the message may go out, set its cost aside and save it.

        Raises NotSent with the reason, or SentBefore; then nothing was saved or set aside.
        """
        return self.prepare_all((ask,))[0]

    def prepare_all(self, asks: Sequence[Ask]) -> tuple[RunningTurn, ...]:
        """The same for one question to several models, in this order: all of them, or none."""
        asks = [in_whole_characters(ask) for ask in asks]
        for ask in asks:
            require_whole(ask)
        try:
            self._require_new(asks[0])
            try:
                return self._prepared(asks)
            except (StoreError, BudgetExceeded):
                self._require_new(asks[0])  # another copy of the app may have been faster
                raise
        except (StoreError, LedgerError, BudgetExceeded) as exc:
            raise NotSent(_("{reason} The message was not sent.").format(reason=exc)) from exc

    def refusal(self, asks: Sequence[Ask], prompt: Prompt) -> str:
        """Return why the budgets would not let these go out together, with this prompt; empty if they would.

        Raises StoreError or LedgerError when that cannot be known.
        """
        for ask in asks:
            call = _new_call(ask, "", ask.conversation_id or "", "", self._clock())
            if text := self._budgets.refusal(self._planned(ask, call, prompt), among=len(asks)):
                return f"{ask.model}: {text}" if len(asks) > 1 else text
        return ""

    def _prepared(self, asks: Sequence[Ask]) -> tuple[RunningTurn, ...]:
        first = asks[0]
        conversation = self._conversation(first)
        history = conversation.branch_to(first.parent_id) if conversation else ()
        system_prompt = first.parameters.system_prompt
        prompts = [prompt_of(turns, first.question, system_prompt) for turns in (history, ())]
        budget_usd = first.budget_usd if conversation is None else None
        turns = self._new_turns(asks, conversation)
        running = []
        with ExitStack() as undo:
            for number, (ask, turn) in enumerate(zip(asks, turns, strict=True)):
                request = CompletionRequest(ask.model, prompts[0], ask.parameters)
                call = self._counted_call(ask, turn, *prompts)
                planned = self._planned(ask, call, request.prompt)
                reservation = self._reserve(planned, among=len(asks) - number)
                undo.callback(self._budgets.release, reservation)
                running.append(_running(turn, request, reservation))
            begun = [(turn, each.call) for turn, each in zip(turns, running, strict=True)]
            self._store.add_turns(first.user, title_from(first.question), begun, self._instance, budget_usd)
            undo.pop_all()
        return tuple(running)

    def _require_new(self, ask: Ask) -> None:
        """Raises SentBefore when this message has made a turn already."""
        turn_id = ask.turn_id(0)
        if turn_id is not None and (turn := self._store.turn(turn_id)) is not None:
            raise SentBefore(turn)

    def _conversation(self, ask: Ask) -> Conversation | None:
        if ask.conversation_id is None:
            return None
        conversation = self._store.conversation(ask.user, ask.conversation_id)
        if conversation is None:
            raise NotSent(
                _("This conversation no longer exists. Start a new chat; your message is still here.")
            )
        if ask.parent_id is not None and conversation.turn(ask.parent_id) is None:
            raise NotSent(_("The message before this one no longer exists. Reload the page."))
        return conversation

    def _new_turns(self, asks: Sequence[Ask], conversation: Conversation | None) -> list[Turn]:
        """The turns as they begin, of one conversation; those of a comparison each a microsecond later."""
        ids = [ask.turn_id(number) or self._new_id() for number, ask in enumerate(asks)]
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
                created_at=began + number * timedelta.resolution,
                comparison_id=comparison_id,
            )
            for number, (turn_id, ask) in enumerate(zip(ids, asks, strict=True))
        ]

    def _counted_call(self, ask: Ask, turn: Turn, prompt: Prompt, without_history: Prompt) -> Call:
        """Return the call with what it is expected to take. Raises NotSent if the model takes less."""
        tokens, alone = (self._meter.count(each, ask.model).tokens for each in (prompt, without_history))
        window = self._meter.context_window(ask.provider.endpoint, ask.model)
        if window is not None and tokens > window:
            raise NotSent(
                _(
                    "This conversation is too long for {model}: about {tokens} tokens, and the model takes "
                    "{window}. Start a new chat, or choose a model with a larger context."
                ).format(model=ask.model, tokens=f"{tokens:,}", window=f"{window:,}")
            )
        call = _new_call(ask, self._new_id(), turn.conversation_id, turn.id, turn.created_at)
        return replace(call, estimated_input_tokens=tokens, history_tokens=tokens - alone)

    def _planned(self, ask: Ask, call: Call, prompt: Prompt) -> PlannedCall:
        """Return the call with what the budgets have to know."""
        new_limit = None
        if ask.conversation_id is None and ask.budget_usd is not None:
            new_limit = Limit(ask.budget_usd, "ever", "conversation")
        # Without any limit nobody waits for the ledger to be read.
        is_limited = new_limit or self._budgets.limits(ask.user, call.conversation_id)
        stand_ins = self._stand_ins(call.endpoint.host, call.model) if is_limited else ()
        worst = self._meter.worst_case(call.endpoint, call.model, prompt, call.started_at, stand_ins)
        return PlannedCall(call, worst, ask.parameters.max_output_tokens, new_limit)

    def _reserve(self, planned: PlannedCall, among: int) -> Reservation:
        try:
            return self._budgets.reserve(planned, among)
        except BudgetExceeded as exc:
            call = planned.call
            raise BudgetExceeded(f"{call.model}: {exc}" if call.purpose == "compare" else str(exc)) from exc


def _new_call(ask: Ask, call_id: str, conversation_id: str, turn_id: str, started_at: datetime) -> Call:
    return Call(
        id=call_id,
        started_at=started_at,
        user=ask.user,
        conversation_id=conversation_id,
        turn_id=turn_id,
        purpose=ask.purpose,
        endpoint=ask.provider.endpoint,
        key_owner=ask.key_owner,
        model=ask.model,
    )


def _running(turn: Turn, request: CompletionRequest, reservation: Reservation) -> RunningTurn:
    """Return the turn as it begins, its reply no longer than what was set aside for it."""
    longest = reservation.call.most_output_tokens
    if longest is not None:
        parameters = replace(request.parameters, max_output_tokens=longest)
        request = replace(request, parameters=parameters, must_be_limited=True)
    running = RunningTurn(turn, request, reservation)
    if reservation.note:
        running.remark(reservation.note)
    return running
