"""Works out what sending the message in the box would cost, from what is already known."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from chat.calls import Ask, as_pairs, messages_for, models_asked
from chat.conversation import Turn
from chat.providers import ChatError, CompletionProvider, Message, Parameters
from chat.store import StoreError
from chat.ui.chat_services import ChatServices
from chat.ui.chat_tab import ChatTab
from chat.ui.estimate.estimate_line import BudgetAlarm, Estimate, estimate_html
from chat.ui.estimate.newest_only import NewestOnly
from chat.ui.sidebar import Sidebar
from usage.budgets import most_used
from usage.forecast import Forecast, OtherModel, ReplyLengths
from usage.ledger import NOBODY, LedgerError

Values = Mapping[Any, Any]
Prompt = tuple[tuple[str, str], ...]


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
            history = self._history(values[self._tab.conversation], user)
            if not models:
                return ""
            estimate = self._worked_out(values, models, history, question)
            is_free = all(forecast.most_usd == 0 for forecast in estimate.forecasts)
            alarm = None if is_free else self._alarm(values, user, models, history, question)
        except (ChatError, StoreError, LedgerError):  # sending will say it; typing is not the moment
            return ""
        return estimate_html(estimate, alarm)

    def _history(self, conversation_id: str, user: str) -> tuple[Turn, ...]:
        """Return the turns that the message would follow."""
        conversation = self._services.store.conversation(user, conversation_id) if conversation_id else None
        last = conversation.goes_on_from if conversation else None
        return conversation.branch_to(last.id) if conversation and last else ()

    def _worked_out(
        self, values: Values, models: tuple[str, ...], history: tuple[Turn, ...], question: str
    ) -> Estimate:
        services, settings = self._services, self._sidebar.settings
        provider, _key_owner = services.endpoints.provider(values[settings.key] or "")
        system_prompt = values[settings.system_prompt] or ""
        longest = settings.longest_reply(values)
        prompts = [as_pairs(messages_for(turns, question, system_prompt)) for turns in (history, ())]
        whole, alone = (
            tuple(self._forecast(provider, model, prompt, longest) for model in models) for prompt in prompts
        )
        others: tuple[OtherModel, ...] = ()
        if len(models) == 1:
            available = services.endpoints.known_models(values[settings.key] or "")
            others = services.meter.other_models(provider.endpoint, whole[0], available, services.clock())
        return Estimate(whole, alone if history else (), others)

    def _forecast(
        self, provider: CompletionProvider, model: str, prompt: Prompt, longest: int | None
    ) -> Forecast:
        services = self._services
        lengths = ReplyLengths(longest, services.usual_reply(model))
        return services.meter.forecast(provider.endpoint, model, prompt, services.clock(), lengths)

    def _alarm(
        self, values: Values, user: str, models: tuple[str, ...], history: tuple[Turn, ...], question: str
    ) -> BudgetAlarm | None:
        settings, conversation_id = self._sidebar.settings, values[self._tab.conversation]
        provider, key_owner = self._services.endpoints.provider(values[settings.key] or "")
        ask = Ask(
            user=user,
            conversation_id=conversation_id or None,
            parent_id=None,
            question=question,
            model=models[0],
            parameters=Parameters(max_output_tokens=settings.longest_reply(values)),
            provider=provider,
            key_owner=key_owner,
            budget_usd=None if conversation_id else settings.budgets.read_new(values),
        )
        asks = [replace(ask, model=model) for model in models]
        messages = messages_for(history, question, values[settings.system_prompt] or "")
        return budget_alarm(self._services, asks, messages)


def budget_alarm(
    services: ChatServices, asks: Sequence[Ask], messages: Sequence[Message]
) -> BudgetAlarm | None:
    """Return what the budgets say of sending these messages; None where none is near.

    Raises StoreError or LedgerError when that cannot be known.
    """
    if reason := services.refusal(asks, messages):
        return BudgetAlarm("over", reason)
    user, conversation_id = asks[0].user, asks[0].conversation_id or ""
    most = most_used(services.budgets.used(user, conversation_id, services.clock()))
    return BudgetAlarm("near", most.warning) if most and most.level in ("near", "spent") else None
