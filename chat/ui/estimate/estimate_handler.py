"""Works out what sending the message in the box would cost, from what is already known."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

import gradio as gr

from chat.calls import Ask, likely_cached, require_taken, title_question
from chat.conversation import Attachment, is_temporary
from chat.providers import ChatError, NotSent, Parameters, choice_of
from chat.store import StoreError
from chat.ui.chat_services import ChatServices
from chat.ui.chat_tab import ChatTab
from chat.ui.estimate.context_handler import ContextHandler, context_in
from chat.ui.estimate.estimate_line import BudgetAlarm, Estimate, estimate_html
from chat.ui.estimate.file_figures import FileFigures, file_figures_html
from chat.ui.estimate.newest_only import NewestOnly
from chat.ui.messages import read_attached
from chat.ui.settings_panel import title_ask
from chat.ui.sidebar import Sidebar
from usage.budgets import most_used
from usage.forecast import CachedPrompt, Forecast, OtherModel, Prompt, ReplyLengths
from usage.ledger import NOBODY, LedgerError

Values = Mapping[Any, Any]

LONG_REPLY = "word " * 1000  # of which a title’s prompt has only the beginning


@dataclass(frozen=True)
class EstimateHandler:
    """Runs as one types: it asks no endpoint and counts no text twice."""

    services: ChatServices
    tab: ChatTab
    sidebar: Sidebar
    context: ContextHandler
    _newest: NewestOnly = field(default_factory=NewestOnly)

    @property
    def inputs(self) -> set[Any]:
        """Return everything that the estimate depends on."""
        tab = self.tab
        return {tab.conversation, tab.context, *self.changes, self.sidebar.settings.budgets.conversation}

    @property
    def changes(self) -> set[Any]:
        """Return the controls whose changes call for another estimate."""
        settings = self.sidebar.settings
        return {
            self.tab.message,
            self.tab.attached,
            self.tab.temporary,
            *self.tab.models.controls,
            settings.system_prompt,
            settings.max_output_tokens,
            settings.service_tier,
        }

    async def estimate(self, values: Values, request: gr.Request) -> Any:
        """Show what sending the message in the box would cost, empty when the box is, and what goes along.

        One estimate of a page runs and one waits; older ones have been overtaken and change nothing.
        """
        async with self._newest.turn(request.session_hash or "") as is_newest:
            if not is_newest:
                return {self.tab.estimate: gr.skip()}
            return await asyncio.to_thread(self._shown, values, request)

    def _shown(self, values: Values, request: gr.Request) -> Values:
        user, own_key = self.services.user_of(request), self.services.own_key(request)
        question, attached = values[self.tab.message] or "", values[self.tab.attached] or ""
        nothing = {self.tab.estimate: "", self.tab.along: ""}
        if user == NOBODY or not (question.strip() or attached or values[self.tab.conversation]):
            return nothing
        try:
            attachments = read_attached(self.services.files, user, attached)
            for each in attachments:
                self.services.files_of(user).parts_of(each)
        except NotSent as exc:  # of a file, which one does not type
            return nothing | {self.tab.estimate: f'<p class="over">{escape(str(exc))}</p>'}
        except StoreError:  # sending will say it, as below
            return nothing
        try:
            asks = self._asks(values, user, own_key, question, attachments)
            is_written = bool(question.strip() or attachments)
            if not asks or not (is_written or asks[0].branch):
                return nothing
            along = self.context.html(asks, request)
        except (ChatError, StoreError, LedgerError):  # sending will say it; typing is not the moment
            return nothing
        estimate = self._estimate(values, asks, request) if is_written else ""
        return {self.tab.estimate: estimate, self.tab.along: along}

    def _estimate(self, values: Values, asks: Sequence[Ask], request: gr.Request) -> str:
        services = self.services
        try:
            turns = asks[0].along(services.meter.count)
            prompt, alone = asks[0].prompt_with(turns), asks[0].prompt_with(())
            cached = likely_cached(asks[0], turns, services.clock()) if len(asks) == 1 else None
            forecasts = tuple(self._forecast(ask, prompt, cached) for ask in asks)
            without_history = tuple(self._forecast(ask, alone) for ask in asks)
            others: tuple[OtherModel, ...] = ()
            if len(asks) == 1:
                own_key = services.own_key(request)
                available = services.endpoints.known_models(own_key, asks[0].connection)
                endpoint = asks[0].provider.endpoint
                others = services.meter.other_models(endpoint, forecasts[0], available, services.clock())
                others = tuple(
                    replace(each, model=choice_of(asks[0].connection, each.model)) for each in others
                )
            is_free = all(forecast.most_usd == 0 for forecast in forecasts)
            alarm = self._not_taken(asks, prompt)
            if alarm is None and not is_free:
                alarm = budget_alarm(self.services, asks, prompt)
            title = self._title(values, asks[0], request)
            figures = file_figures_html(self._file_figures(asks[0]))
        except (ChatError, StoreError, LedgerError):  # sending will say it; typing is not the moment
            return ""
        named = tuple(replace(each, model=ask.choice) for ask, each in zip(asks, forecasts, strict=True))
        until = cached.until.astimezone(services.zone) if cached else None
        currency = services.currency(request)
        estimate = Estimate(named, without_history, others, until, services.zone, title)
        return estimate_html(estimate, alarm, currency) + figures

    def _not_taken(self, asks: Sequence[Ask], prompt: Prompt) -> BudgetAlarm | None:
        """Return that a model does not take what is attached, with the way out."""
        services = self.services
        try:
            for ask in asks:
                require_taken(ask, prompt, services.meter, services.clock())
        except NotSent as exc:
            return BudgetAlarm("over", str(exc))
        return None

    def _file_figures(self, ask: Ask) -> list[FileFigures]:
        """Return what each file takes of the message, without the messages before."""
        whole = self._forecast(ask, ask.prompt_with(()))
        return [
            FileFigures(
                whole,
                without=self._with_files(ask, place, ()),
                in_full=self._with_files(ask, place, (replace(attachment, detail="original"),))
                if attachment.kind == "image" and attachment.detail != "original"
                else None,
            )
            for place, attachment in enumerate(ask.attachments)
        ]

    def _with_files(self, ask: Ask, place: int, others: tuple[Attachment, ...]) -> Forecast:
        """Return the forecast of the message with others in place of one of its files."""
        attachments = (*ask.attachments[:place], *others, *ask.attachments[place + 1 :])
        changed = replace(ask, attachments=attachments)
        return self._forecast(changed, changed.prompt_with(()))

    def _asks(
        self,
        values: Values,
        user: str,
        own_key: str,
        question: str,
        attachments: tuple[Attachment, ...],
    ) -> list[Ask]:
        """Return what would be asked of each model. Raises ChatError or StoreError."""
        services, settings = self.services, self.sidebar.settings
        choices = self.tab.models.asked(values)
        conversation_id = values[self.tab.conversation]
        conversation = services.store.conversation(user, conversation_id) if conversation_id else None
        last = conversation.goes_on_from if conversation else None
        parameters = Parameters(
            system_prompt=values[settings.system_prompt] or "",
            max_output_tokens=settings.longest_reply(values),
            service_tier=values[settings.service_tier] or None,
        )
        return [
            Ask(
                user=user,
                conversation=conversation,
                parent_id=last.id if last else None,
                question=question,
                parameters=parameters,
                model=chosen.model,
                connection=chosen.connection,
                provider=chosen.provider,
                key_owner=chosen.key_owner,
                budget_usd=None if conversation else settings.budgets.read_new(values),
                attachments=attachments,
                context=context_in(values[self.tab.context]),
                parts_of=services.files_of(user).parts_of,
            )
            for chosen in (services.endpoints.chosen(choice, own_key) for choice in choices)
        ]

    def _title(self, values: Values, ask: Ask, request: gr.Request) -> Forecast | None:
        """Return what a title for the chat would cost, None where no model gives one.

        Raises ChatError or StoreError.
        """
        services, conversation = self.services, ask.conversation
        if is_temporary(conversation.id) if conversation else values[self.tab.temporary]:
            return None
        naming = title_ask(services, services.keeper(request), conversation)
        if naming is None:
            return None
        filled = replace(naming, question=title_question(ask.question, LONG_REPLY))
        return replace(self._forecast(filled, filled.prompt_with(())), model=naming.choice)

    def _forecast(self, ask: Ask, prompt: Prompt, cached: CachedPrompt | None = None) -> Forecast:
        services, wanted = self.services, ask.parameters
        lengths = ReplyLengths(wanted.max_output_tokens, services.usual_reply(ask.model))
        endpoint, now, tier = ask.provider.endpoint, services.clock(), wanted.service_tier
        return services.meter.forecast(endpoint, ask.model, prompt, now, lengths, cached, tier)


def budget_alarm(services: ChatServices, asks: Sequence[Ask], prompt: Prompt) -> BudgetAlarm | None:
    """Return what the budgets say of sending this prompt; None where none is near.

    Raises StoreError or LedgerError when that cannot be known.
    """
    if reason := services.refusal(asks, prompt):
        return BudgetAlarm("over", reason)
    conversation_id = asks[0].conversation.id if asks[0].conversation else ""
    most = most_used(services.budgets.used(asks[0].user, conversation_id, services.clock()))
    return BudgetAlarm("near", most.warning) if most and most.level in ("near", "spent") else None
