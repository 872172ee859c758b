"""Shows and saves the budgets that a person sets."""

import asyncio
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import gradio as gr

from chat.providers import NotSent
from chat.store import StoreError
from chat.ui.chat_services import ChatServices
from chat.ui.chat_tab import ChatTab
from chat.ui.settings_panel import LABELS, Which, note_html, read_amount
from chat.ui.sidebar import Sidebar
from chat.ui.spend import spend_html
from usage.budgets import Limit
from usage.ledger import NOBODY, LedgerError
from usage.units import editable_usd

Values = Mapping[Any, Any]
Updates = dict[Any, Any]
OF_CONVERSATION: Which = ("conversation", "ever")


class Budgeting:
    """The handlers. A budget of a chat that has yet to begin is kept with its first message."""

    def __init__(self, services: ChatServices, tab: ChatTab, sidebar: Sidebar) -> None:
        self._services = services
        self._conversation = tab.conversation
        self._spend = sidebar.spend
        self._fields = sidebar.settings.budgets

    def wire(self, page: gr.Blocks, how: dict[str, Any], then: dict[str, Any]) -> None:
        """Connect the fields; `then` is what follows when a budget has changed."""
        fields = self._fields.by_limit
        values: set[Any] = {self._conversation, *fields.values()}
        page.load(self.show, values, [*fields.values(), self._fields.note], **how)
        of_conversation = [fields[OF_CONVERSATION], self._fields.note]
        self._conversation.change(self.show_conversation, values, of_conversation, **how)
        # One after the other, so that the note that stays is the last one's.
        in_turn = {**how, "concurrency_limit": 1, "concurrency_id": "budgets"}
        for which, field in fields.items():
            changed = gr.on(
                [field.blur, field.submit],
                self.saver(which),
                values,
                [field, self._fields.note, self._spend],
                **in_turn,
            )
            changed.then(**then)

    async def show(self, values: Values, request: gr.Request) -> Updates:
        """What a person has set for themselves; from then on the fields can be typed in."""
        own = tuple(which for which in self._fields.by_limit if which != OF_CONVERSATION)
        shown = await asyncio.to_thread(self._shown, values, request, own)
        for field in self._fields.by_limit.values():
            shown[field] = gr.update(interactive=True, **({"value": shown[field]} if field in shown else {}))
        return shown

    async def show_conversation(self, values: Values, request: gr.Request) -> Updates:
        """The budget of the conversation that was opened or has just begun."""
        return await asyncio.to_thread(self._shown, values, request, (OF_CONVERSATION,))

    def saver(self, which: Which) -> Callable[..., Any]:
        """The handler that saves this budget; what it cannot read or save it says below the fields."""

        async def save(values: Values, request: gr.Request) -> Updates:
            try:
                return await asyncio.to_thread(self._saved, which, values, request)
            except (NotSent, StoreError, LedgerError) as exc:
                return {self._fields.note: note_html((), str(exc))}

        save.__name__ = f"save_{'_'.join(which)}_budget"
        return save

    def _saved(self, which: Which, values: Values, request: gr.Request) -> Updates:
        usd = read_amount(LABELS[which], values[self._fields.by_limit[which]])
        services, user = self._services, self._services.user_of(request)
        if user == NOBODY:
            raise NotSent("You are not signed in. Reload the page and sign in.")
        conversation_id = values[self._conversation] or ""
        self._keep(which, usd, user, conversation_id)
        spend = services.spend(user, conversation_id or None)
        used = services.budgets.used(user, conversation_id, services.clock())
        limits = tuple(each.limit for each in used)
        return {
            self._fields.by_limit[which]: editable_usd(usd),
            self._fields.note: note_html(limits, self._fields.trouble(values)),
            self._spend: spend_html(spend, used),
        }

    def _keep(self, which: Which, usd: Decimal | None, user: str, conversation_id: str) -> None:
        """Save the budget, unless it is what it was or its conversation has yet to begin."""
        (scope, period), kept = which, self._services.set_limits
        if usd == _amounts(kept.limits(user, conversation_id)).get(which):
            return
        if scope == "own":
            kept.set_own(user, period, usd)
        elif conversation_id:
            kept.set_conversation(user, conversation_id, usd)

    def _shown(self, values: Values, request: gr.Request, which: tuple[Which, ...]) -> Updates:
        """What these fields are to show; what stands in the others stays, be it readable or not."""
        user, by_limit = self._services.user_of(request), self._fields.by_limit
        try:
            limits = self._services.budgets.limits(user, values[self._conversation] or "")
        except StoreError as exc:
            return {self._fields.note: note_html((), str(exc))}
        amounts = _amounts(limits)
        shown = {by_limit[each]: editable_usd(amounts.get(each)) for each in which}
        return {**shown, self._fields.note: note_html(limits, self._fields.trouble({**values, **shown}))}


def _amounts(limits: tuple[Limit, ...]) -> dict[Which, Decimal]:
    return {(limit.scope, limit.period): limit.usd for limit in limits}
