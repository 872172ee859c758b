"""Works out what sending the message in the box would cost, from what is already known."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from chat.calls import Ask, models_asked, prompt_of
from chat.conversation import Conversation
from chat.providers import ChatError, CompletionProvider, Parameters
from chat.store import StoreError
from chat.ui.chat_services import ChatServices
from chat.ui.chat_tab import ChatTab
from chat.ui.estimate.estimate_line import BudgetAlarm, Estimate, estimate_html
from chat.ui.estimate.newest_only import NewestOnly
from chat.ui.sidebar import Sidebar
from usage.budgets import most_used
from usage.forecast import Forecast, OtherModel, Prompt, ReplyLengths
from usage.ledger import NOBODY, LedgerError

Values = Mapping[Any, Any]


class EstimateHandler:
    """Runs as one types: it asks no endpoint and counts no text twice."""

    def __init__(self, services: ChatServices, tab: ChatTab, sidebar: Sidebar) -> None:
        self._services = services
        self._tab = tab
        self._sidebar = sidebar
        self._newest = NewestOnly()

    @property
    def inputs(self) -> set[Any]:
        """Everything that the estimate depends on."""
        settings = self._sidebar.settings
        return {self._tab.conversation, *self.changes, settings.key, settings.budgets.conversation}

    @property
    def changes(self) -> set[Any]:
        """The controls whose changes call for another estimate."""
        sidebar, settings = self._sidebar, self._sidebar.settings
        asked = {self._tab.message, sidebar.model, sidebar.compare_with}
        return {*asked, settings.system_prompt, settings.max_output_tokens}

    async def estimate(self, values: Values, request: gr.Request) -> Any:
        """Show what sending the message in the box would cost; empty when there is nothing to say.

        One estimate of a page runs and one waits; older ones have been overtaken and change nothing.
        """
        async with self._newest.turn(request.session_hash or "") as is_newest:
            if not is_newest:
                return gr.skip()
            return await asyncio.to_thread(self._estimate, values, self._services.user_of(request))

    def _estimate(self, values: Values, user: str) -> str:
        typed = values[self._tab.message] or ""
        question = typed if typed.strip() else ""
        if user == NOBODY or not (question or values[self._tab.conversation]):
            return ""
        try:
            models = models_asked(values[self._sidebar.model] or "", values[self._sidebar.compare_with] or ())
            if not models:
                return ""
            conversation_id, store = values[self._tab.conversation], self._services.store
            conversation = store.conversation(user, conversation_id) if conversation_id else None
            last = conversation.goes_on_from if conversation else None
            history = conversation.branch_to(last.id) if conversation and last else ()
            system_prompt = values[self._sidebar.settings.system_prompt] or ""
            prompt = prompt_of(history, question, system_prompt)
            alone = prompt_of((), question, system_prompt) if history else None
            estimate = self._worked_out(values, models, prompt, alone)
            is_free = all(forecast.most_usd == 0 for forecast in estimate.forecasts)
            alarm = None if is_free else self._alarm(values, user, models, conversation, question, prompt)
        except (ChatError, StoreError, LedgerError):  # sending will say it; typing is not the moment
            return ""
        return estimate_html(estimate, alarm)

    def _worked_out(
        self, values: Values, models: tuple[str, ...], prompt: Prompt, alone: Prompt | None
    ) -> Estimate:
        services, settings = self._services, self._sidebar.settings
        provider, _key_owner = services.endpoints.provider(values[settings.key] or "")
        longest = settings.longest_reply(values)
        whole, without_history = (
            tuple(self._forecast(provider, model, each, longest) for model in models) if each else ()
            for each in (prompt, alone)
        )
        others: tuple[OtherModel, ...] = ()
        if len(models) == 1:
            available = services.endpoints.known_models(values[settings.key] or "")
            others = services.meter.other_models(provider.endpoint, whole[0], available, services.clock())
        return Estimate(whole, without_history, others)

    def _forecast(
        self, provider: CompletionProvider, model: str, prompt: Prompt, longest: int | None
    ) -> Forecast:
        services = self._services
        lengths = ReplyLengths(longest, services.usual_reply(model))
        return services.meter.forecast(provider.endpoint, model, prompt, services.clock(), lengths)

    def _alarm(
        self,
        values: Values,
        user: str,
        models: tuple[str, ...],
        conversation: Conversation | None,
        question: str,
        prompt: Prompt,
    ) -> BudgetAlarm | None:
        settings = self._sidebar.settings
        provider, key_owner = self._services.endpoints.provider(values[settings.key] or "")
        ask = Ask(
            user=user,
            conversation=conversation,
            parent_id=None,
            question=question,
            model=models[0],
            parameters=Parameters(max_output_tokens=settings.longest_reply(values)),
            provider=provider,
            key_owner=key_owner,
            budget_usd=None if conversation else settings.budgets.read_new(values),
        )
        asks = [replace(ask, model=model) for model in models]
        return budget_alarm(self._services, asks, prompt)


def budget_alarm(services: ChatServices, asks: Sequence[Ask], prompt: Prompt) -> BudgetAlarm | None:
    """Return what the budgets say of sending this prompt; None where none is near.

    Raises StoreError or LedgerError when that cannot be known.
    """
    if reason := services.refusal(asks, prompt):
        return BudgetAlarm("over", reason)
    user, conversation = asks[0].user, asks[0].conversation
    most = most_used(services.budgets.used(user, conversation.id if conversation else "", services.clock()))
    return BudgetAlarm("near", most.warning) if most and most.level in ("near", "spent") else None
