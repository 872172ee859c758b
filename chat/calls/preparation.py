"""What happens before a call: may it go out, what may it cost, and is the message saved?"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chat.calls.attached_files import largest_files, require_taken
from chat.calls.caching import cache_key_of, is_worth_caching
from chat.calls.question import Ask, checked
from chat.calls.records import Records
from chat.calls.running_turn import RunningTurn
from chat.conversation import Conversation, Turn, mark_of, title_of
from chat.providers import CompletionRequest, NotSent
from chat.store import StoreError
from texts import _
from usage.budgets import BudgetExceeded, Limit, PlannedCall, Reservation
from usage.forecast import Prompt
from usage.ledger import TEMPORARY, Call, LedgerError

# Many times what a title takes, with what a model thinks before. Nobody sees that call, so nobody stops it.
MOST_OF_TITLE = 50_000  # characters


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was taken: its conversation as it is now, and the first of its turns.

    `running` are its calls, still to be made; none for a message that was taken before.
    """

    conversation: Conversation
    turn: Turn
    running: tuple[RunningTurn, ...] = ()


@dataclass(frozen=True)
class Preparation:
    """Makes what is asked ready to be sent. `instance` marks the calls of this process.

    `stand_ins(host, model)` names the models that have answered there when this model was asked,
    `was_charged(host, model)` says whether calls to it have cost something there.
    """

    records: Records
    instance: str
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    stand_ins: Callable[[str, str], Iterable[str]]
    was_charged: Callable[[str, str], bool]

    def prepare(self, asks: Sequence[Ask]) -> Taken:
        """Check that a message may go out to each of its models, set its cost aside and save it.

        Raises NotSent with the reason; then nothing was saved or set aside.
        """
        asks = [self._with_known_tier(checked(ask)) for ask in asks]
        try:
            try:
                return self._taken_before(asks[0]) or self._take(asks)
            except (StoreError, BudgetExceeded):
                if taken := self._taken_before(asks[0]):  # another copy of the app was faster
                    return taken
                raise
        except (StoreError, LedgerError, BudgetExceeded) as exc:
            raise NotSent(_("{reason} The message was not sent.").format(reason=exc)) from exc

    def refusal(self, asks: Sequence[Ask], prompt: Prompt) -> str:
        """Return why the budgets would not let these go out together, with this prompt; empty if they would.

        Raises StoreError or LedgerError when that cannot be known.
        """
        for ask in asks:
            call = _new_call(ask, "", ask.conversation.id if ask.conversation else "", "", self.clock())
            if text := self.records.budgets.refusal(self._planned(ask, call, prompt), among=len(asks)):
                return _named(ask, asks, text)
        return ""

    def prepare_title(self, ask: Ask, turn: Turn) -> RunningTurn:
        """Set aside what a title for the chat of this turn may cost, and save that its call begins.

        What is returned grows like a turn, but is never saved as one. Raises NotSent.
        """
        ask = checked(ask)
        prompt, alone = ask.prompts(self.records.meter.count)
        naming = Turn(
            id=turn.id,
            conversation_id=turn.conversation_id,
            parent_id=None,
            question=ask.question,
            model=ask.model,
            parameters=ask.parameters,
            created_at=self.clock(),
            connection=ask.connection,
        )
        call = self._counted_call(ask, naming, prompt, alone)
        request = CompletionRequest(ask.model, prompt, ask.parameters)
        try:
            reservation = self.records.budgets.reserve(self._planned(ask, call, prompt))
        except (BudgetExceeded, LedgerError, StoreError) as exc:
            raise NotSent(str(exc)) from exc
        try:
            self.records.store.calls_without_turn.add([reservation.call], self.instance)
        except StoreError as exc:
            self.records.budgets.release(reservation)
            raise NotSent(str(exc)) from exc
        return _running(naming, request, reservation, MOST_OF_TITLE)

    def _with_known_tier(self, ask: Ask) -> Ask:
        """Return what is asked without a service tier that this model has no price for."""
        prices, wanted = self.records.meter.prices, ask.parameters.service_tier
        tier = prices.tier_to_ask(ask.provider.endpoint, ask.model, self.clock(), wanted)
        return replace(ask, parameters=replace(ask.parameters, service_tier=tier))

    def _taken_before(self, ask: Ask) -> Taken | None:
        turn = next(filter(None, map(self.records.store.turn, ask.known_as)), None)
        conversation = self.records.store.conversation(ask.user, turn.conversation_id) if turn else None
        return Taken(conversation, turn) if conversation and turn else None

    def _take(self, asks: Sequence[Ask]) -> Taken:
        first = asks[0]
        along = first.along(self.records.meter.count)
        prompts = first.prompt_with(along), first.prompt_with(())
        conversation = self._with_new_turns(asks, mark_of(along, first.branch))
        turns = conversation.turns[-len(asks) :]
        running = []
        with ExitStack() as undo:
            for number, (ask, turn) in enumerate(zip(asks, turns, strict=True)):
                call = self._counted_call(ask, turn, *prompts)
                request = self._request(ask, along, call, prompts[0])
                planned = self._planned(ask, call, request.prompt)
                try:
                    reservation = self.records.budgets.reserve(planned, among=len(asks) - number)
                except BudgetExceeded as exc:
                    raise BudgetExceeded(_named(ask, asks, str(exc))) from exc
                undo.callback(self.records.budgets.release, reservation)
                running.append(_running(turn, request, reservation))
            budget_usd = None if first.conversation else first.budget_usd
            calls = [each.call for each in running]
            self.records.store.add_turns(conversation, calls, self.instance, budget_usd)
            undo.pop_all()
        return Taken(conversation, turns[0], tuple(running))

    def _with_new_turns(self, asks: Sequence[Ask], sent_with: str) -> Conversation:
        """Return the conversation with the turns as they begin; those of a comparison a microsecond apart."""
        first = asks[0]
        prefix = TEMPORARY if first.is_temporary else ""
        ids = [ask.turn_id(number) or prefix + self.new_id() for number, ask in enumerate(asks)]
        conversation = first.conversation
        if conversation is None:
            title = title_of(first.question, first.attachments)
            conversation = Conversation(
                id=prefix + self.new_id(), user=first.user, title=title, context=first.context
            )
        comparison_id = self.new_id() if len(asks) > 1 else ""
        began = self.clock()
        return conversation.followed_by(
            [
                Turn(
                    id=turn_id,
                    conversation_id=conversation.id,
                    parent_id=ask.parent_id,
                    # Nobody wrote what asks for a summary: it is not shown, found or exported.
                    question="" if ask.purpose == "summary" else ask.question,
                    model=ask.model,
                    parameters=ask.parameters,
                    created_at=began + number * timedelta.resolution,
                    comparison_id=comparison_id,
                    connection=ask.connection,
                    attachments=ask.attachments,
                    is_summary=ask.purpose == "summary",
                    sent_with=sent_with,
                )
                for number, (turn_id, ask) in enumerate(zip(ids, asks, strict=True))
            ]
        )

    def _counted_call(self, ask: Ask, turn: Turn, prompt: Prompt, without_history: Prompt) -> Call:
        """Return the call with what it will likely take. Raises NotSent for what its model does not take."""
        meter = self.records.meter
        require_taken(ask, prompt, meter, turn.created_at)
        tokens, alone = (meter.count(each, ask.model).tokens for each in (prompt, without_history))
        window = meter.prices.context_window(ask.provider.endpoint, ask.model)
        if window is not None and tokens > window:
            raise NotSent(_too_long(ask, tokens, alone, window, largest_files(ask, tokens, meter)))
        call = _new_call(ask, self.new_id(), turn.conversation_id, turn.id, turn.created_at)
        return replace(call, estimated_input_tokens=tokens, history_tokens=tokens - alone)

    def _request(self, ask: Ask, along: Sequence[Turn], call: Call, prompt: Prompt) -> CompletionRequest:
        tokens = call.estimated_input_tokens or 0
        price = self.records.meter.prices.price(call.endpoint, call.model, tokens, call.started_at)
        # Where no rate for it is known, what is set aside would not cover the writing.
        has_rate = price is not None and price.cache_write_usd_per_mtok != price.input_usd_per_mtok
        return CompletionRequest(
            ask.model,
            prompt,
            ask.parameters,
            cache_key=cache_key_of(call.conversation_id),
            is_worth_caching=has_rate and is_worth_caching(ask, along, tokens, call.started_at),
        )

    def _planned(self, ask: Ask, call: Call, prompt: Prompt) -> PlannedCall:
        """Return the call with what the budgets have to know."""
        new_limit = None
        if ask.conversation is None and ask.budget_usd is not None:
            new_limit = Limit(ask.budget_usd, "ever", "conversation")
        # Without any limit nobody waits for the ledger to be read.
        is_limited = new_limit or self.records.budgets.limits(ask.user, call.conversation_id)
        stand_ins = self.stand_ins(call.endpoint.host, call.model) if is_limited else ()
        worst = self.records.meter.worst_case(call.endpoint, call.model, prompt, call.started_at, stand_ins)
        if worst and worst.is_free and is_limited and self.was_charged(call.endpoint.host, call.model):
            worst = None  # a gateway in one's own network that is not free after all
        return PlannedCall(call, worst, ask.parameters.max_output_tokens, new_limit)


def _too_long(ask: Ask, tokens: int, alone: int, window: int, files: str) -> str:
    """Return the error for a prompt that is too long for a model's context: its size, and what to do.

    `files` is a sentence on what its files take, "" for none.
    """
    if alone > window:
        tokens = alone
        said = _("This message is too long for {model}. It has about {tokens} tokens, and {window} fit.")
        way_out = _("Shorten it, or choose a model with a larger context.")
    else:
        said = _("This chat is too long for {model}. It has about {tokens} tokens, and {window} fit.")
        way_out = _(
            "Below the message box you can choose what goes along: the last messages, as many as fit, or a "
            "summary. Or start a new chat, or choose a model with a larger context."
        )
    said = said.format(model=ask.choice, tokens=f"{tokens:,}", window=f"{window:,}")
    return " ".join(filter(None, (said, files, way_out)))


def _named(ask: Ask, asks: Sequence[Ask], refusal: str) -> str:
    """Return why the budgets refuse one of the asks, with its model where there are several."""
    return f"{ask.choice}: {refusal}" if len(asks) > 1 else refusal


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


def _running(
    turn: Turn,
    request: CompletionRequest,
    reservation: Reservation,
    most_characters: int | None = None,
) -> RunningTurn:
    """Return the turn as it begins, its reply no longer than what was set aside for it."""
    longest = reservation.call.most_output_tokens
    if longest is not None:
        parameters = replace(request.parameters, max_output_tokens=longest)
        request = replace(request, parameters=parameters, must_be_limited=True)
    running = RunningTurn(turn, request, reservation, most_characters=most_characters)
    if reservation.note:
        running.remark(reservation.note)
    return running
