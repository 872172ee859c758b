"""Shows and saves the budgets that a person sets."""

import asyncio
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import gradio as gr

from chat.errors import NotSent
from chat.store import StoreError
from chat.ui.budget_fields import LABELS, note_html, read_amount, shown_amount
from chat.ui.chat_tab import ChatTab
from chat.ui.services import ChatServices
from chat.ui.sidebar import Sidebar
from chat.ui.spend import spend_html
from usage.ledger import NOBODY, LedgerError
from usage.limits import Limit, Period, Scope

Values = Mapping[Any, Any]
Updates = dict[Any, Any]


class Budgeting:
    """The handlers. A budget of a chat that has yet to begin is kept with its first message."""

    def __init__(self, services: ChatServices, tab: ChatTab, sidebar: Sidebar) -> None:
        self._services = services
        self._conversation = tab.conversation
        self._spend = sidebar.spend
        self._fields = sidebar.settings.budgets
        self._by_limit: dict[tuple[Scope, Period], gr.Textbox] = {
            ("own", "day"): self._fields.own_day,
            ("own", "month"): self._fields.own_month,
            ("conversation", "ever"): self._fields.conversation,
        }

    def wire(self, page: gr.Blocks, how: dict[str, Any], then: dict[str, Any]) -> None:
        """Connect the fields; `then` is what follows when a budget has changed."""
        fields = [*self._by_limit.values(), self._fields.note]
        page.load(self.show, self._conversation, fields, **how)
        self._conversation.change(self.show_conversation, self._conversation, fields[2:], **how)
        for which, field in self._by_limit.items():
            changed = gr.on(
                [field.blur, field.submit],
                self._saver(which),
                {self._conversation, field},
                [field, self._fields.note, self._spend],
                **how,
            )
            changed.then(**then)

    async def show(self, conversation_id: str, request: gr.Request) -> Updates:
        """All that a person has set."""
        return await asyncio.to_thread(self._shown, conversation_id, request, tuple(self._by_limit))

    async def show_conversation(self, conversation_id: str, request: gr.Request) -> Updates:
        """The budget of the conversation that was opened or has just begun."""
        return await asyncio.to_thread(self._shown, conversation_id, request, (("conversation", "ever"),))

    def _saver(self, which: tuple[Scope, Period]) -> Callable[..., Any]:
        async def save(values: Values, request: gr.Request) -> Updates:
            typed, conversation_id = values[self._by_limit[which]], values[self._conversation] or ""
            try:
                usd = read_amount(LABELS[which], typed)
                return await asyncio.to_thread(self._saved, which, usd, conversation_id, request)
            except (NotSent, StoreError, LedgerError) as exc:
                return {self._fields.note: note_html((), str(exc))}

        save.__name__ = f"save_{'_'.join(which)}_budget"
        return save

    def _saved(
        self, which: tuple[Scope, Period], usd: Decimal | None, conversation_id: str, request: gr.Request
    ) -> Updates:
        services, (scope, period) = self._services, which
        user = services.user_of(request)
        if user == NOBODY:
            raise NotSent("You are not signed in. Reload the page and sign in.")
        if usd != _amounts(services.set_limits.limits(user, conversation_id)).get(which):
            if scope == "own":
                services.set_limits.set_own(user, period, usd)
            elif conversation_id:
                services.set_limits.set_conversation(user, conversation_id, usd)
        spend = services.spend(user, conversation_id or None)
        used = services.budgets.used(user, conversation_id, services.clock())
        return {
            self._by_limit[which]: shown_amount(usd),
            self._fields.note: note_html(services.budgets.limits(user, conversation_id)),
            self._spend: spend_html(spend, used),
        }

    def _shown(
        self, conversation_id: str, request: gr.Request, which: tuple[tuple[Scope, Period], ...]
    ) -> Updates:
        user = self._services.user_of(request)
        try:
            limits = self._services.budgets.limits(user, conversation_id or "")
        except StoreError as exc:
            return {self._fields.note: note_html((), str(exc))}
        amounts = _amounts(limits)
        fields = {self._by_limit[each]: shown_amount(amounts.get(each)) for each in which}
        return {**fields, self._fields.note: note_html(limits)}


def _amounts(limits: tuple[Limit, ...]) -> dict[tuple[Scope, Period], Decimal]:
    return {(limit.scope, limit.period): limit.usd for limit in limits}
