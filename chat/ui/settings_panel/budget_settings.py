"""The budgets that a person sets: three amounts in the settings, saved as soon as a field is left."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any

import gradio as gr

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
    """The controls; `note` says which budgets are given, which have no effect and which cannot be read."""

    def __init__(self) -> None:
        """Lay out the fields inside the settings."""
        with gr.Row():
            own_day = _field(_("Daily budget"), "my-daily-budget")
            own_month = _field(_("Monthly budget"), "my-monthly-budget")
        self.conversation = _field(_("Budget of this conversation"), "conversation-budget")
        self.by_limit: dict[Which, gr.Textbox] = {
            ("own", "day"): own_day,
            ("own", "month"): own_month,
            OF_CONVERSATION: self.conversation,
        }
        self.note = gr.HTML(elem_id="budget-note")

    def trouble(self, values: Values) -> str:
        """Return why the first unreadable field cannot be read; empty where all can be."""
        for field in self.by_limit.values():
            try:
                read_amount(field, values)
            except NotSent as exc:
                return str(exc)
        return ""

    def read_new(self, values: Values) -> Decimal | None:
        """Return the budget for a conversation about to begin. Raises NotSent when it cannot be read."""
        return read_amount(self.conversation, values)


def read_amount(field: gr.Textbox, values: Values) -> Decimal | None:
    """Return the amount in a field in USD, None for an empty one. Raises NotSent for anything else."""
    typed = (values[field] or "").strip()
    try:
        return read_usd(typed) if typed else None
    except AmountError as exc:
        text = _("{label} is “{typed}” in the settings: {reason}.")
        raise NotSent(text.format(label=field.label, typed=typed, reason=exc)) from exc


def note_html(limits: tuple[Limit, ...], trouble: str = "") -> str:
    """Return the note below the fields: what cannot be read, or which limits are given."""
    if trouble:
        return f'<p class="over" role="alert">{escape(trouble)}</p>'
    given = [limit for limit in limits if limit.scope in ("all", "person")]
    lines = [_without_effect(limit, given) for limit in limits if limit.scope == "own"]
    if given:
        allowed = _(" and ").join(map(_allowed, given))
        lines.append(
            _("Tally is set up to allow {allowed}; the lowest budget decides.").format(allowed=allowed)
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

    def wire(self, page: gr.Blocks, how: dict[str, Any], then: dict[str, Any]) -> None:
        """Connect the fields; `then` is what follows when a budget has changed."""
        fields, note = self.fields.by_limit, self.fields.note
        values: set[Any] = {self.conversation, *fields.values()}
        page.load(self.show, values, [*fields.values(), note], **how)
        self.conversation.change(self.show_conversation, values, [fields[OF_CONVERSATION], note], **how)
        # One after the other, so that the note that stays is the last one's.
        in_turn = {**how, "concurrency_limit": 1, "concurrency_id": "budgets"}
        for which, field in fields.items():
            left = [field.blur, field.submit]
            gr.on(left, self.saver(which), values, [field, note, self.spend], **in_turn).then(**then)

    async def show(self, values: Values, request: gr.Request) -> Updates:
        """Show what a person has set for themselves; from then on the fields can be typed in."""
        own = tuple(which for which in self.fields.by_limit if which != OF_CONVERSATION)
        shown = await asyncio.to_thread(self._shown, values, request, own)
        for field in self.fields.by_limit.values():
            shown[field] = gr.update(interactive=True, **({"value": shown[field]} if field in shown else {}))
        return shown

    async def show_conversation(self, values: Values, request: gr.Request) -> Updates:
        """Show the budget of the conversation that was opened or has just begun."""
        return await asyncio.to_thread(self._shown, values, request, (OF_CONVERSATION,))

    def saver(self, which: Which) -> Callable[..., Any]:
        """Return the handler that saves this budget; below the fields it says what it cannot read or save."""

        async def save(values: Values, request: gr.Request) -> Updates:
            try:
                return await asyncio.to_thread(self._saved, which, values, request)
            except (NotSent, StoreError, LedgerError) as exc:
                return {self.fields.note: note_html((), str(exc))}

        save.__name__ = f"save_{'_'.join(which)}_budget"
        return save

    def _saved(self, which: Which, values: Values, request: gr.Request) -> Updates:
        usd = read_amount(self.fields.by_limit[which], values)
        services, user = self.services, self.services.user_of(request)
        if user == NOBODY:
            raise NotSent(_("You are not signed in. Reload the page and sign in."))
        conversation_id = values[self.conversation] or ""
        self._keep(which, usd, user, conversation_id)
        spend = services.spend(user, conversation_id or None)
        used = services.budgets.used(user, conversation_id, services.clock())
        limits = tuple(each.limit for each in used)
        return {
            self.fields.by_limit[which]: editable_usd(usd),
            self.fields.note: note_html(limits, self.fields.trouble(values)),
            self.spend: spend_html(spend, used, user),
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

    def _shown(self, values: Values, request: gr.Request, which: tuple[Which, ...]) -> Updates:
        """Return what these fields show; the others keep what they hold, readable or not."""
        user, by_limit = self.services.user_of(request), self.fields.by_limit
        try:
            limits = self.services.budgets.limits(user, values[self.conversation] or "")
        except StoreError as exc:
            return {self.fields.note: note_html((), str(exc))}
        amounts = _amounts(limits)
        shown = {by_limit[each]: editable_usd(amounts.get(each)) for each in which}
        return {**shown, self.fields.note: note_html(limits, self.fields.trouble({**values, **shown}))}


def _amounts(limits: tuple[Limit, ...]) -> dict[Which, Decimal]:
    return {(limit.scope, limit.period): limit.usd for limit in limits}
