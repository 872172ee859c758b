"""Works out what each choice of what goes along costs, and keeps the choice."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr
from pydantic import TypeAdapter, ValidationError

from chat.calls import (
    MOST_OF_SUMMARY,
    SUMMARY_QUESTION,
    Ask,
    checked_model,
    likely_cached,
    loses_cache,
    summary_parameters,
)
from chat.conversation import EVERYTHING, Context, Turn, may_go_along
from chat.providers import ChatError, choice_of
from chat.store import Keeper, StoreError
from chat.ui.chat_services import ChatServices
from chat.ui.chat_tab import ChatTab
from chat.ui.estimate.context_advice import FreshChat, advice_html, reason_of
from chat.ui.estimate.context_costs import KnownSizes, Lengths, Sizes, choice_cost
from chat.ui.estimate.context_line import ContextLine, SummaryOffer, context_html
from chat.ui.messages import failure, texts_of
from texts import _
from usage.forecast import ReplyLengths
from usage.ledger import NOBODY
from usage.units import PriceSteps

SUMMARY = Context("summary")
SUMMARY_MODEL = "summary_model"  # the name that a person's own is kept by
USUAL_SUMMARY = 500  # tokens, or less where what it stands for
SHORTER_BY = 4  # times is less
SUMMARY_AROUND = 20  # tokens of the question before it, and of what surrounds both

Values = Mapping[Any, Any]
_contexts = TypeAdapter(Context)


def context_in(written: object) -> Context:
    """Return the choice that a new chat's page holds; everything where it holds none, or anything else."""
    try:
        return _contexts.validate_json(written) if isinstance(written, str) and written else EVERYTHING
    except ValidationError:
        return EVERYTHING


def summary_choice(services: ChatServices, keeper: Keeper, of_chat: str) -> str:
    """Return the model that summarizes a person's chat: the one they chose, if it can be asked, or its own.

    Raises StoreError.
    """
    own = {} if keeper.user == NOBODY else services.preferences.all(*keeper)
    wanted = own.get(SUMMARY_MODEL, "")
    try:
        services.endpoints.chosen(wanted or of_chat, services.own_keys.of(*keeper))
    except ChatError:
        return of_chat
    return wanted or of_chat


@dataclass(frozen=True)
class ContextHandler:
    """The handlers. A chat's choice is kept with it, that of a new one on its page."""

    services: ChatServices
    tab: ChatTab
    _known: KnownSizes = field(default_factory=KnownSizes)

    async def choose(self, event: gr.EventData, conversation_id: str, request: gr.Request) -> Values:
        """Keep what is to go along from now on in the chat that is shown."""
        user, sent = self.services.user_of(request), texts_of(event)
        if user == NOBODY:
            return {self.tab.notice: gr.skip()}
        if sent.get("kind") == "summary-model":
            return await asyncio.to_thread(self._choose_model, sent.get("number", ""), request)
        if sent.get("kind") == "dismiss-advice":
            return await asyncio.to_thread(self._dismiss_advice, user, conversation_id)
        chosen = Context.read(sent.get("kind"), sent.get("number"))
        if chosen is None:
            return {self.tab.notice: failure(_("This page is out of date. Reload it."))}
        if conversation_id:
            try:
                await asyncio.to_thread(self.services.store.set_context, user, conversation_id, chosen)
            except StoreError as exc:
                return {self.tab.notice: failure(str(exc))}
            return {self.tab.notice: ""}
        return {self.tab.context: _contexts.dump_json(chosen).decode(), self.tab.notice: ""}

    def _dismiss_advice(self, user: str, conversation_id: str) -> Values:
        try:
            self.services.store.dismiss_advice(user, conversation_id)
        except StoreError as exc:
            return {self.tab.notice: failure(str(exc))}
        return {self.tab.notice: ""}

    def _choose_model(self, name: str, request: gr.Request) -> Values:
        """Keep which model summarizes a person's chats; "" for each chat's own."""
        keeper = self.services.keeper(request)
        try:
            kept = checked_model(name) if name else ""
            self.services.preferences.set(keeper.user, {SUMMARY_MODEL: kept}, keeper.page)
        except (ChatError, StoreError) as exc:
            return {self.tab.notice: failure(str(exc))}
        return {self.tab.notice: ""}

    def html(self, asks: Sequence[Ask], request: gr.Request) -> str:
        """Return the line for what would be asked. Raises ChatError or StoreError."""
        ask, services = asks[0], self.services
        count, now = services.meter.count, services.clock()
        chosen = ask.conversation.context if ask.conversation else ask.context
        sizes = Sizes(ask, count, self._known)
        lengths = sizes.lengths(services.usual_reply(ask.model))
        prices = [self._steps(each) for each in asks]
        along = ask.along(count)
        costs = [choice_cost(context, sizes.along(context), lengths, prices) for context in _offered(chosen)]
        summary = self._summary(ask, sizes, request)
        if chosen.kind == "summary" and not (summary and summary.is_there):
            chosen = EVERYTHING  # as long as there is none
        if summary:
            with_summary = sizes.along(SUMMARY) if summary.is_there else [summary.tokens]
            costs.append(choice_cost(SUMMARY, with_summary, lengths, prices))
        turns = [turn for turn in ask.branch if turn.reply and not turn.is_summary]
        is_one = len(asks) == 1
        line = ContextLine(
            chosen=chosen,
            costs=costs,
            along=len(along),
            before=len(turns),
            left_out=sum(turn.is_left_out for turn in turns),
            lengths=lengths,
            summary=summary,
            fits=services.meter.prices.context_window(ask.provider.endpoint, ask.model),
            loses_cache=is_one and loses_cache(ask, along, now),
            keeps_cache=is_one and likely_cached(ask, along, now) is not None,
        )
        advice = self._advice(ask, along, lengths, summary) if is_one and summary else ""
        return advice + context_html(line)

    def _advice(
        self,
        ask: Ask,
        along: Sequence[Turn],
        lengths: Lengths,
        summary: SummaryOffer,
    ) -> str:
        """Return the advice to go on in a fresh chat, where there is reason to and it was not dismissed."""
        if ask.conversation is None or ask.conversation.context.is_advised or not summary.is_new:
            return ""
        meter, endpoint, now = self.services.meter, ask.provider.endpoint, self.services.clock()
        reply = ReplyLengths(ask.parameters.max_output_tokens, lengths.billed_reply)
        tier = ask.parameters.service_tier
        whole, alone = (
            meter.forecast(endpoint, ask.model, ask.prompt_with(turns), now, reply, None, tier)
            for turns in (along, ())
        )
        reason = reason_of(whole, alone)
        if not reason:
            return ""
        there = choice_cost(EVERYTHING, [summary.tokens], lengths, [self._steps(ask)])
        here_usd = whole.prompt_usd if whole.likely_usd is None else whole.likely_usd
        fresh = FreshChat(ask.branch[-1].id, here_usd, there.now_usd, summary.likely_usd)
        return advice_html(reason, fresh)

    def _summary(self, ask: Ask, sizes: Sizes, request: gr.Request) -> SummaryOffer | None:
        """Return what a summary of the chat would cost; None where there is nothing to summarize."""
        services, keeper = self.services, self.services.keeper(request)
        covered = may_go_along(ask.branch, SUMMARY)
        is_there = bool(covered) and covered[0].is_summary
        if not covered:
            return None
        own_key = services.own_keys.of(*keeper)
        choice = summary_choice(services, keeper, ask.choice)
        chosen = services.endpoints.chosen(choice, own_key)
        asked = replace(
            ask,
            purpose="summary",
            question=SUMMARY_QUESTION,
            attachments=(),
            model=chosen.model,
            connection=chosen.connection,
            provider=chosen.provider,
            parameters=summary_parameters(ask.parameters),
        )
        usual = min(USUAL_SUMMARY, sum(map(sizes.of, covered)) // SHORTER_BY)
        prompt = asked.prompt_with(covered)
        lengths = ReplyLengths(MOST_OF_SUMMARY, usual)
        endpoint = asked.provider.endpoint
        forecast = services.meter.forecast(endpoint, asked.model, prompt, services.clock(), lengths)
        listed = services.endpoints.known_models(own_key, ask.connection)
        models = [choice_of(ask.connection, each) for each in listed]
        return SummaryOffer(
            model=choice,
            own_model=ask.choice,
            models=tuple(dict.fromkeys([choice, *models])),
            likely_usd=forecast.likely_usd,
            tokens=usual + SUMMARY_AROUND,
            is_there=is_there,
            is_new=not is_there or len(covered) > 1,
        )

    def _steps(self, ask: Ask) -> PriceSteps:
        prices, endpoint, now = self.services.meter.prices, ask.provider.endpoint, self.services.clock()
        tier = prices.tier_to_ask(endpoint, ask.model, now, ask.parameters.service_tier)
        return prices.steps(endpoint, ask.model, now, tier)


def _offered(chosen: Context) -> list[Context]:
    """Return the choices there are, each with its number: the one chosen, or a usual one."""
    return [
        EVERYTHING,
        chosen if chosen.kind == "last" else replace(chosen, kind="last"),
        chosen if chosen.kind == "tokens" else replace(chosen, kind="tokens"),
    ]
