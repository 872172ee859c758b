"""The model that names a person's new chats, off until they choose one, and what its titles have cost."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr
from gradio.events import Dependency

from chat.calls import TITLE_PARAMETERS, Ask, checked_model
from chat.conversation import Conversation
from chat.providers import ChatError
from chat.store import Keeper, StoreError
from chat.ui.chat_services import ChatServices
from chat.ui.spend import cost_of_chat
from texts import _, ngettext
from usage.ledger import NOBODY, LedgerError
from usage.units import DEMO

TITLE_MODEL = "title_model"  # the name that a person's own is kept by

Updates = dict[Any, Any]


class TitleFields:
    """The controls. The page's script presses `again` when the settings are opened."""

    def __init__(self) -> None:
        """Lay out the field inside the settings, with what titles have cost so far below it."""
        self.model = gr.Dropdown(
            [(_off(), "")],
            value="",
            label=_("Chat titles"),
            info=_(
                "Choose a model to name each new chat once it has its first reply. Each title is a separate "
                "call."
            ),
            allow_custom_value=True,
            elem_id="title-model",
        )
        self.cost = gr.HTML(elem_id="titles-cost", js_on_load=None, apply_default_css=False)
        self.again = gr.Button("Titles", visible="hidden", elem_id="titles-again")

    def offer(self, choices: Iterable[tuple[str, str]]) -> Updates:
        """Return what changes when these are the models, each with its price, that may be chosen."""
        return {self.model: gr.update(choices=[(_off(), ""), *choices])}


@dataclass(frozen=True)
class TitleSettings:
    """The handlers."""

    services: ChatServices
    fields: TitleFields

    def wire(self, built: Dependency, how: dict[str, Any], then: dict[str, Any]) -> None:
        """Connect the field, there after `built`; `then` is what follows when another model is chosen."""
        fields = self.fields
        built.then(self.show, None, [fields.model, fields.cost], **how)
        fields.again.click(self.show_cost, None, fields.cost, **how)
        shown = [fields.model, fields.cost]
        saved = fields.model.input(self.save, fields.model, shown, trigger_mode="always_last", **how)
        saved.then(**then)

    async def show(self, request: gr.Request) -> Updates:
        """Show what a person has chosen, and what titles have cost them."""
        keeper = self.services.keeper(request)
        chosen = await asyncio.to_thread(_chosen, self.services, keeper)
        shown = gr.update(value=chosen, elem_classes=_mark(chosen))
        return {self.fields.model: shown, self.fields.cost: await self.show_cost(request)}

    async def show_cost(self, request: gr.Request) -> str:
        """Return what titles have cost whoever asks."""
        return await asyncio.to_thread(self._cost_html, self.services.keeper(request))

    async def save(self, chosen: str | None, request: gr.Request) -> Updates:
        """Keep the choice; what cannot be kept is told below the field."""
        return await asyncio.to_thread(self._save, (chosen or "").strip(), self.services.keeper(request))

    def _save(self, chosen: str, keeper: Keeper) -> Updates:
        fields = self.fields
        if keeper.user == NOBODY:
            return {fields.cost: ""}
        try:
            kept = checked_model(chosen) if chosen else ""
            self.services.preferences.set(keeper.user, {TITLE_MODEL: kept}, keeper.page)
        except (ChatError, StoreError) as exc:
            return {fields.cost: _alert(str(exc))}
        return {
            fields.model: gr.update(elem_classes=_mark(chosen)),
            fields.cost: self._cost_html(keeper),
        }

    def _cost_html(self, keeper: Keeper) -> str:
        """Return what titles have cost, or why the model that was chosen gives none."""
        if keeper.user == NOBODY:
            return ""
        try:
            title_ask(self.services, keeper, None)
            spent = self.services.title_costs(keeper.user)
        except ChatError as exc:
            return _alert(_("This model cannot name chats: {reason}").format(reason=exc))
        except (StoreError, LedgerError) as exc:
            return _alert(str(exc))
        if not spent.calls:
            return ""
        text = ngettext("{number} title so far: {cost}", "{number} titles so far: {cost}", spent.calls)
        return f'<p class="quiet">{text.format(number=f"{spent.calls:,}", cost=cost_of_chat(spent))}</p>'


def title_ask(services: ChatServices, keeper: Keeper, conversation: Conversation | None) -> Ask | None:
    """Return what asks a model for a chat's title, still without a question; None where no model is asked.

    One is asked once, after the first complete reply. Raises ChatError where the model cannot be reached, and
    StoreError.
    """
    if conversation and any(turn.status == "completed" for turn in conversation.turns):
        return None
    choice = _chosen(services, keeper)
    if not choice:
        return None
    chosen = services.endpoints.chosen(choice, services.own_keys.of(*keeper))
    if chosen.provider.endpoint.host == DEMO:  # it would only introduce itself
        return None
    return Ask(
        user=keeper.user,
        conversation=None,
        parent_id=None,
        question="",
        model=chosen.model,
        connection=chosen.connection,
        parameters=TITLE_PARAMETERS,
        provider=chosen.provider,
        key_owner=chosen.key_owner,
        purpose="title",
    )


def _chosen(services: ChatServices, keeper: Keeper) -> str:
    if keeper.user == NOBODY:
        return ""
    return services.preferences.all(*keeper).get(TITLE_MODEL, "")


def _mark(chosen: str) -> list[str]:
    return ["set"] if chosen else []


def _alert(trouble: str) -> str:
    return f'<p class="over" role="alert">{escape(trouble)}</p>'


def _off() -> str:
    return _("The beginning of your first message (free)")
