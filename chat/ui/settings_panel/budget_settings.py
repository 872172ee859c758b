"""The budgets that a person sets: three amounts in the settings, saved as soon as a field is left."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any

import gradio as gr
from gradio.events import Dependency

from chat.providers import NotSent
from chat.store import StoreError
from chat.ui.chat_services import ChatServices
from chat.ui.spend import spend_html
from texts import _
from usage.budgets import Limit, Scope, sentence
from usage.ledger import NOBODY, LedgerError
from usage.units import AmountError, Period, editable_usd, format_amount, read_usd

Values = Mapping[Any, Any]
Updates = dict[Any, Any]
Which = tuple[Scope, Period]
OF_CONVERSATION: Which = ("conversation", "ever")


class BudgetFields:
    """The controls. A field says itself what it cannot read; `note` says which budgets are given."""

    def __init__(self) -> None:
        """Lay out the fields inside the settings."""
        with gr.Row():
            own_day = _field(_("Daily budget"), "my-daily-budget")
            own_month = _field(_("Monthly budget"), "my-monthly-budget")
        self.conversation = _field(_("Budget for this chat"), "conversation-budget")
        self.by_limit: dict[Which, gr.Textbox] = {
            ("own", "day"): own_day,
            ("own", "month"): own_month,
            OF_CONVERSATION: self.conversation,
        }
        self.note = gr.HTML(elem_id="budget-note")

    def read_new(self, values: Values) -> Decimal | None:
        """Return the budget for a conversation about to begin. Raises NotSent when it cannot be read."""
        field = self.conversation
        try:
            return read_amount(values[field])
        except AmountError as exc:
            text = _("{label} in Settings is “{typed}”: {reason}.")
            raise NotSent(text.format(label=field.label, typed=values[field].strip(), reason=exc)) from exc


def read_amount(text: str | None) -> Decimal | None:
    """Return the amount in a field in USD, None for an empty one. Raises AmountError for anything else."""
    typed = (text or "").strip()
    return read_usd(typed) if typed else None


def note_html(limits: tuple[Limit, ...]) -> str:
    """Return the note below the fields: which limits are given, and which own ones have no effect."""
    given = [limit for limit in limits if limit.scope in ("all", "person")]
    lines = [_without_effect(limit, given) for limit in limits if limit.scope == "own"]
    if given:
        allowed = _(" and ").join(map(_allowed, given))
        lines.append(
            _("Tally is set up to allow {allowed}. If several budgets apply, the lowest one counts.").format(
                allowed=allowed
            )
        )
    return f'<p aria-live="polite">{escape(" ".join(filter(None, lines)))}</p>' if any(lines) else ""


def _without_effect(own: Limit, given: list[Limit]) -> str:
    lower = [limit for limit in given if limit.period == own.period and limit.usd < own.usd]
    if not lower:
        return ""
    lowest = min(lower, key=lambda limit: limit.usd)
    text = _("{own} has no effect: {lowest} is lower.")
    return text.format(own=sentence(own.name), lowest=lowest.name)


def _allowed(limit: Limit) -> str:
    texts = {
        ("all", "day"): _("{amount} a day for everybody together"),
        ("all", "month"): _("{amount} a month for everybody together"),
        ("person", "day"): _("{amount} a day for each person"),
        ("person", "month"): _("{amount} a month for each person"),
    }
    return texts[limit.scope, limit.period].format(amount=format_amount(limit.usd))


def _field(label: str, elem_id: str) -> gr.Textbox:
    # Nobody can type before it shows what was set, for that would overwrite what was typed.
    return gr.Textbox(
        label=label, placeholder="USD", max_lines=1, min_width=90, interactive=False, elem_id=elem_id
    )


@dataclass(frozen=True)
class BudgetSettings:
    """The handlers. A budget of a chat that has yet to begin is kept with its first message."""

    services: ChatServices
    fields: BudgetFields
    conversation: gr.Textbox
    spend: gr.HTML

    def wire(self, built: Dependency, how: dict[str, Any], then: dict[str, Any]) -> None:
        """Connect the fields, there after `built`; `then` is what follows when a budget has changed."""
        fields, note = self.fields.by_limit, self.fields.note
        built.then(self.show, self.conversation, [*fields.values(), note], **how)
        here = [fields[OF_CONVERSATION], note]
        self.conversation.change(self.show_conversation, self.conversation, here, **how)
        # One after the other, so that the note that stays is the last one's.
        in_turn = {**how, "concurrency_limit": 1, "concurrency_id": "budgets"}
        for which, field in fields.items():
            left = [field.blur, field.submit]
            typed = [field, self.conversation]
            gr.on(left, self.saver(which), typed, [field, note, self.spend], **in_turn).then(**then)

    async def show(self, conversation_id: str, request: gr.Request) -> Updates:
        """Show what a person has set for themselves; from then on the fields can be typed in."""
        own = tuple(which for which in self.fields.by_limit if which != OF_CONVERSATION)
        shown = await asyncio.to_thread(self._shown, conversation_id, request, own)
        for field in self.fields.by_limit.values():
            shown[field] = {**shown.get(field, gr.update()), "interactive": True}
        return shown

    async def show_conversation(self, conversation_id: str, request: gr.Request) -> Updates:
        """Show the budget of the conversation that was opened or has just begun."""
        return await asyncio.to_thread(self._shown, conversation_id, request, (OF_CONVERSATION,))

    def saver(self, which: Which) -> Callable[..., Any]:
        """Return the handler that saves this budget; the field says what it cannot read or save."""
        field = self.fields.by_limit[which]

        async def save(typed: str | None, conversation_id: str, request: gr.Request) -> Updates:
            try:
                usd = read_amount(typed)
            except AmountError as exc:
                return {field: _wrong(sentence(f"{exc}."))}
            try:
                return await asyncio.to_thread(self._saved, which, usd, conversation_id or "", request)
            except (NotSent, StoreError, LedgerError) as exc:
                return {field: _wrong(str(exc))}

        save.__name__ = f"save_{'_'.join(which)}_budget"
        return save

    def _saved(self, which: Which, usd: Decimal | None, conversation_id: str, request: gr.Request) -> Updates:
        services, user = self.services, self.services.user_of(request)
        if user == NOBODY:
            raise NotSent(_("You are not signed in. Reload the page and sign in."))
        self._keep(which, usd, user, conversation_id)
        spend = services.spent(user, services.store.conversation(user, conversation_id))
        used = services.budgets.used(user, conversation_id, services.clock())
        return {
            self.fields.by_limit[which]: _right(usd),
            self.fields.note: note_html(tuple(each.limit for each in used)),
            self.spend: spend_html(
                spend,
                used,
                user,
                may_price=services.may_price(user),
                currency=services.currency(request),
            ),
        }

    def _keep(self, which: Which, usd: Decimal | None, user: str, conversation_id: str) -> None:
        """Save the budget, unless it has not changed or its conversation has yet to begin."""
        (scope, period), kept = which, self.services.set_limits
        if usd == _amounts(kept.limits(user, conversation_id)).get(which):
            return
        if scope == "own":
            kept.set_own(user, period, usd)
        elif conversation_id:
            kept.set_conversation(user, conversation_id, usd)

    def _shown(self, conversation_id: str | None, request: gr.Request, which: tuple[Which, ...]) -> Updates:
        """Return what these fields show; the others keep what they hold, readable or not."""
        user, by_limit = self.services.user_of(request), self.fields.by_limit
        try:
            limits = self.services.budgets.limits(user, conversation_id or "")
        except StoreError as exc:
            return {self.fields.note: f'<p class="over" role="alert">{escape(str(exc))}</p>'}
        amounts = _amounts(limits)
        shown: Updates = {by_limit[each]: _right(amounts.get(each)) for each in which}
        return {**shown, self.fields.note: note_html(limits)}


def _right(usd: Decimal | None) -> Any:
    return gr.update(value=editable_usd(usd), info="", elem_classes=["set"] if usd is not None else [])


def _wrong(reason: str) -> Any:
    return gr.update(info=escape(reason), elem_classes=["wrong"])


def _amounts(limits: tuple[Limit, ...]) -> dict[Which, Decimal]:
    return {(limit.scope, limit.period): limit.usd for limit in limits}
