"""Works out what sending the message in the box would take and cost, from what is already known."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import gradio as gr

from chat.calls import Ask, as_pairs, messages_for, models_asked
from chat.conversation import Turn
from chat.providers import ChatError, CompletionProvider, NotSent, Parameters
from chat.store import StoreError
from chat.ui.chat_services import ChatServices
from chat.ui.chat_tab import ChatTab
from chat.ui.estimate import BudgetAlarm, NewestOnly, Sending, budget_alarm, estimate_html
from chat.ui.settings_panel import NUMBER_FIELDS
from chat.ui.sidebar import Sidebar
from usage.forecast import Elsewhere, Outlook, ReplyLengths
from usage.ledger import NOBODY, LedgerError

Values = Mapping[Any, Any]
Prompt = tuple[tuple[str, str], ...]


class Estimating:
    """Runs as one types: it asks no endpoint and counts no text a second time."""

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
        """What to work it out anew for."""
        sidebar, settings = self._sidebar, self._sidebar.settings
        asked = {self._tab.message, sidebar.model, sidebar.compare_with}
        return {*asked, settings.system_prompt, settings.max_output_tokens}

    async def estimate(self, values: Values, request: gr.Request) -> Any:
        """Show what sending the message in the box would take and cost; empty when there is nothing to say.

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
            sending = self._sending(values, models, history, question)
            is_free = all(outlook.most_usd == 0 for outlook in sending.outlooks)
            alarm = None if is_free else self._budget_alarm(values, user, models, history, question)
        except (ChatError, StoreError, LedgerError):  # sending will say it; typing is not the moment
            return ""
        return estimate_html(sending, alarm)

    def _history(self, conversation_id: str, user: str) -> tuple[Turn, ...]:
        """The turns that the message would follow."""
        conversation = self._services.store.conversation(user, conversation_id) if conversation_id else None
        last = conversation.goes_on_from if conversation else None
        return conversation.branch_to(last.id) if conversation and last else ()

    def _sending(
        self, values: Values, models: tuple[str, ...], history: tuple[Turn, ...], question: str
    ) -> Sending:
        services, settings = self._services, self._sidebar.settings
        provider, _ = services.endpoints.provider(values[settings.key] or "")
        system_prompt = values[settings.system_prompt] or ""
        longest = _longest_reply(values[settings.max_output_tokens])
        prompts = [as_pairs(messages_for(turns, question, system_prompt)) for turns in (history, ())]
        whole, alone = (
            tuple(self._outlook(provider, model, prompt, longest) for model in models) for prompt in prompts
        )
        elsewhere: tuple[Elsewhere, ...] = ()
        if len(models) == 1:
            available = services.endpoints.known_models(values[settings.key] or "")
            elsewhere = services.meter.elsewhere(provider.endpoint, whole[0], available, services.clock())
        return Sending(whole, alone if history else (), elsewhere)

    def _budget_alarm(
        self, values: Values, user: str, models: tuple[str, ...], history: tuple[Turn, ...], question: str
    ) -> BudgetAlarm | None:
        settings, conversation_id = self._sidebar.settings, values[self._tab.conversation]
        provider, key_owner = self._services.endpoints.provider(values[settings.key] or "")
        system_prompt = values[settings.system_prompt] or ""
        ask = Ask(
            user=user,
            conversation_id=conversation_id or None,
            parent_id=None,
            question=question,
            model=models[0],
            parameters=Parameters(max_output_tokens=_longest_reply(values[settings.max_output_tokens])),
            provider=provider,
            key_owner=key_owner,
            budget_usd=None if conversation_id else settings.budgets.read_new(values),
        )
        asks = [replace(ask, model=model) for model in models]
        return budget_alarm(self._services, asks, messages_for(history, question, system_prompt))

    def _outlook(
        self, provider: CompletionProvider, model: str, prompt: Prompt, longest: int | None
    ) -> Outlook:
        services = self._services
        lengths = ReplyLengths(longest, services.usual_reply(model))
        return services.meter.outlook(provider.endpoint, model, prompt, services.clock(), lengths)


def _longest_reply(typed: str | None) -> int | None:
    """The length that was set, None for none and for what is no number: sending will say that."""
    try:
        number = NUMBER_FIELDS["max_output_tokens"].read(typed)
    except NotSent:
        return None
    return None if number is None else int(number)
