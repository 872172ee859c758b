"""What a person has set: kept on the server, taken by new chats, and saved when a field is left.

A chat that is opened brings the model and the parameters of its last turn, for itself alone.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr
from gradio.events import Dependency

from chat.conversation import Turn
from chat.providers import DEMO_MODEL
from chat.store import Keeper, StoreError
from chat.ui.chat_services import ChatServices
from chat.ui.messages import data_of, failure, state_now, welcome
from chat.ui.settings_panel.connection_list import connections_html
from chat.ui.settings_panel.models import (
    TITLE_MODEL,
    ModelMenu,
    lately_used,
    model_at_start,
    models_html,
    offers,
)
from chat.ui.settings_panel.panel import DEFAULT_MODEL, SettingsPanel
from chat.ui.settings_panel.parameters import Choices, tiers_of
from chat.ui.settings_panel.saved_prompts import (
    Chosen,
    PromptLibrary,
    PromptMenu,
    SavedPromptError,
    chip_html,
    menu_html,
    prompts_html,
)
from texts import _
from usage.ledger import NOBODY
from usage.prices import host_of

Values = Mapping[Any, Any]
Updates = dict[Any, Any]


@dataclass(frozen=True)
class OwnSettings:
    """The handlers. Each looks up for itself who asks."""

    services: ChatServices
    panel: SettingsPanel
    menu: ModelMenu
    prompts: PromptMenu
    conversation: gr.Textbox
    chatbot: gr.Chatbot
    notice: gr.HTML

    @property
    def of_chat(self) -> list[Any]:
        """Return what changes when another chat is opened."""
        panel, menu = self.panel, self.menu
        return [
            *panel.controls.values(),
            panel.shown,
            menu.model,
            menu.compare_with,
            self.prompts.chip,
        ]

    def wire(self, page: gr.Blocks, how: dict[str, Any], then: dict[str, Any]) -> Dependency:
        """Connect the fields; `then` is what follows when the models have changed.

        Returns the event after which the dialog is there.
        """
        panel, menu = self.panel, self.menu
        # Settings first: what comes later would undo what a person has set meanwhile.
        listed = [panel.prompts.listed, self.prompts.listed]
        shown = [*self.of_chat, *panel.kept.values(), panel.key, *listed]
        opened = page.load(self.open_page, None, shown, **how)
        opened.then(None, menu.model, None, js="(model) => model && tally.ready()")
        built: Dependency = opened.then(None, None, panel.dialog, js="() => tally.buildSettings()")
        self.list_after(opened, how, then)
        for changed in (*menu.changes, opened.then):
            changed(None, None, None, js="() => tally.showModels()")
        asked = [menu.model, panel.service_tier]
        menu.model.change(self.tiers, asked, panel.service_tier, **how)
        fields = [*panel.controls.values(), *panel.kept.values()]
        left = [event for field in fields for event in panel.leaving(field)]
        saved = {*fields, panel.shown, self.conversation}
        told = [*fields, panel.shown, panel.trouble]
        changed = [*told, menu.model, self.prompts.chip]
        gr.on(left, self.save, saved, changed, trigger_mode="always_last", **how)
        picked = self.prompts.chip.click(
            self.pick_prompt, self.conversation, [*self.of_chat, self.notice], **how
        )
        picked.then(None, None, None, js="() => tally.focusMessage()")
        panel.reset.click(self.reset, {panel.shown, self.conversation}, told, **how)
        for taken, asks in (
            ([panel.key.blur, panel.key.submit], self.take_key),
            ([panel.remove_key.click], self.remove_key),
        ):
            changed = [panel.key, panel.connections.listed]
            self.list_after(gr.on(taken, asks, panel.key, changed, **how), how, then)
        return built

    def list_after(self, event: Any, how: dict[str, Any], then: dict[str, Any]) -> None:
        """Have the models listed after an event; what others would cost is known once they are."""
        panel, menu = self.panel, self.menu
        listed = [menu.models, *panel.offering, panel.key_trouble, self.chatbot]
        listing = event.then(self.models, menu.model, listed, **how)
        listing.then(self.tell_key_trouble, [panel.key_trouble, panel.key], panel.key, **how)
        # A step of its own: listing takes long, and what a person has chosen or opened meanwhile stays.
        started = listing.then(self.start_model, menu.model, menu.model, **how)
        started.then(None, None, None, js="() => tally.ready()")
        started.then(**then)

    async def open_page(self, request: gr.Request) -> Updates:
        """Show what applies to the chat that the page's address names, and what a person has set."""
        return await asyncio.to_thread(self._open_page, request)

    def _open_page(self, request: gr.Request) -> Updates:
        keeper = self.services.keeper(request)
        own, prompts = self._own(keeper), self._library.all(keeper).values()
        return {
            **self.settings_of(request.query_params.get("c") or "", keeper),
            **self.panel.show_kept(own),
            self.panel.key: self._show_key(keeper),
            self.panel.prompts.listed: prompts_html(prompts),
            self.prompts.listed: menu_html(prompts),
        }

    def settings_of(self, conversation_id: str, keeper: Keeper) -> Updates:
        """Return what the page shows of a chat's settings; those of a new chat are the person's own."""
        own, turn = self._own(keeper), self._last_turn(conversation_id, keeper.user)
        texts = own | (self.panel.texts_of(turn.parameters) if turn else {})
        model = model_at_start(self.services, self.services.own_keys.of(*keeper), own.get(DEFAULT_MODEL, ""))
        of_turn = turn.choice if turn else model
        if of_turn == DEMO_MODEL:  # it may answer no longer
            of_turn = model
        shown = self.panel.show(texts, conversation_id, own) | self.menu.choose(of_turn)
        tiers = self._tiers(of_turn, texts.get("service_tier", ""), keeper)
        shown[self.panel.service_tier] |= gr.update(choices=tiers)
        return shown | self._chip(texts, keeper)

    async def pick_prompt(self, event: gr.EventData, conversation_id: str, request: gr.Request) -> Updates:
        """Begin a new chat with a prompt, or without the one that it has; other chats stay as they are."""
        keeper = self.services.keeper(request)
        if keeper.user == NOBODY or conversation_id:
            return {self.notice: gr.skip()}
        try:
            picked = await asyncio.to_thread(self._picked, Chosen.read(data_of(event)), keeper)
        except (SavedPromptError, StoreError) as exc:
            return {self.notice: failure(str(exc))}
        return {**picked, self.notice: ""}

    def _picked(self, chosen: Chosen, keeper: Keeper) -> Updates:
        """Return what the page shows of a new chat with a prompt; where none is named, without any."""
        own = self._own(keeper)
        if not chosen.name:
            is_own = self._library.made(keeper, own.get("system_prompt", ""))
            texts = {**own, "system_prompt": ""} if is_own else own
            return self.panel.show(texts, "", own) | self._chip(texts, keeper)
        prompt = self._library.named(keeper, chosen.name)
        texts = {**own, **prompt.parameters, "system_prompt": prompt.filled(chosen.values)}
        shown = self.panel.show(texts, "", own) | {self.prompts.chip: chip_html(prompt.name)}
        return shown | (self.menu.choose(prompt.model) if prompt.model else {})

    @property
    def _library(self) -> PromptLibrary:
        return PromptLibrary(self.services.saved_prompts)

    def _chip(self, texts: Mapping[str, str], keeper: Keeper) -> Updates:
        """Return which prompt the chat has, as its system prompt tells."""
        return {self.prompts.chip: chip_html(self._library.made(keeper, texts.get("system_prompt", "")))}

    async def tiers(self, model: str | None, wanted: str | None, request: gr.Request) -> Any:
        """Show between which speeds and prices a person can choose with this model."""
        keeper = self.services.keeper(request)
        return gr.update(choices=await asyncio.to_thread(self._tiers, model or "", wanted or "", keeper))

    def _tiers(self, model: str, wanted: str, keeper: Keeper) -> Choices:
        offered = self.services.endpoints.named(model, self.services.own_keys.of(*keeper))
        return tiers_of(self.services, offered, wanted)

    async def save(self, values: Values, request: gr.Request) -> Updates:
        """Keep what was changed in the fields; what cannot be read is told at its field and not kept."""
        return await asyncio.to_thread(self._save, values, self.services.keeper(request))

    def _save(self, values: Values, keeper: Keeper) -> Updates:
        panel = self.panel
        typed, troubles = panel.typed(values)
        try:
            before, before_own = self._before(values, keeper), self._own(keeper)
            changed = {name: text for name, text in typed.items() if text != before.get(name, "")}
            self._keep(keeper, changed)
        except StoreError as exc:
            return {panel.trouble: _alert(str(exc))}
        chosen: Updates = {}
        if DEFAULT_MODEL in changed:
            own_key = self.services.own_keys.of(*keeper)
            chosen = {self.menu.model: model_at_start(self.services, own_key, changed[DEFAULT_MODEL])}
        shown = panel.note_shown(before | typed, values[self.conversation])
        marks = panel.marks(typed, troubles, before_own | changed)
        chip = self._chip(typed, keeper) if "system_prompt" in changed else {}
        return {**marks, **shown, panel.trouble: "", **chosen, **chip}

    async def reset(self, values: Values, request: gr.Request) -> Updates:
        """Clear all parameters; the system prompt stays, for it may be long."""
        return await asyncio.to_thread(self._reset, values, self.services.keeper(request))

    def _reset(self, values: Values, keeper: Keeper) -> Updates:
        panel = self.panel
        cleared = dict.fromkeys((name for name in panel.controls if name != "system_prompt"), "")
        try:
            before, own = self._before(values, keeper), self._own(keeper) | cleared
            self._keep(keeper, cleared)
        except StoreError as exc:
            return {panel.trouble: _alert(str(exc))}
        return panel.show(before | cleared, values[self.conversation], own) | {panel.trouble: ""}

    def _before(self, values: Values, keeper: Keeper) -> dict[str, str]:
        """Return what stood in the fields before a person changed them."""
        conversation_id = values[self.conversation] or ""
        shown = json.loads(values[self.panel.shown])
        if shown["chat"] == conversation_id:
            return dict(shown["texts"])
        # An answer came late, or the chat has just begun.
        turn = self._last_turn(conversation_id, keeper.user)
        return self._own(keeper) | (self.panel.texts_of(turn.parameters) if turn else {})

    def _last_turn(self, conversation_id: str, user: str) -> Turn | None:
        """Return the last turn that a person asked: summaries have a model and parameters of their own."""
        store = self.services.store
        turn = store.current_turn(user, conversation_id) if conversation_id else None
        while turn and turn.is_summary:
            turn = store.own_turn(user, turn.parent_id) if turn.parent_id else None
        return turn

    async def take_key(self, key: str | None, request: gr.Request) -> Any:
        """Keep a key in the server's memory and no longer in the page; an empty field changes nothing."""
        keeper = self.services.keeper(request)
        if not (key or "").strip() or keeper.user == NOBODY:
            return gr.skip()
        try:
            self.services.own_keys.set(keeper.user, key or "", keeper.page)
        except ValueError as exc:
            reason = _("This key cannot be used: {reason}.").format(reason=exc)
            return {self.panel.key: self._show_key(keeper, reason, unusable=key or "")}
        return self._key_changed(keeper)

    async def remove_key(self, _key: str | None, request: gr.Request) -> Updates:
        """Forget a person's key."""
        keeper = self.services.keeper(request)
        self.services.own_keys.set(keeper.user, "", keeper.page)
        return self._key_changed(keeper)

    def _key_changed(self, keeper: Keeper) -> Updates:
        own_key = self.services.own_keys.of(*keeper)
        listed = connections_html(self.services, keeper.user, own_key)
        return {self.panel.key: self._show_key(keeper), self.panel.connections.listed: listed}

    async def models(self, chosen: str | None, request: gr.Request) -> Any:
        """List the models that a person reaches, and say in the empty chat who answers."""
        services, keeper = self.services, self.services.keeper(request)
        if keeper.user == NOBODY:
            return gr.skip()
        own, own_key = await asyncio.to_thread(self._own, keeper), services.own_keys.of(*keeper)
        own_models = {own.get(DEFAULT_MODEL, ""), own.get(TITLE_MODEL, "")}
        named = {chosen or "", services.model or "", *own_models} - {"", DEMO_MODEL}
        catalogue = await services.endpoints.models(own_key)
        offered = await asyncio.to_thread(offers, services, catalogue, own_key, named)
        used = await asyncio.to_thread(services.store.models_used, keeper.user)
        host = services.endpoints.first_host(own_key)
        listers = {"": host or DEMO_MODEL} | {name: name for name in services.endpoints.further.all()}
        return {
            self.menu.models: models_html(lately_used(offered, used), offered, listers),
            **self.panel.offer(offered),
            self.panel.key_trouble: catalogue.troubles.get("", "") if own_key else "",
            self.chatbot: gr.update(placeholder=welcome(state_now(host, catalogue))),
        }

    async def tell_key_trouble(self, trouble: str, typed: str | None, request: gr.Request) -> Any:
        """Say at its field what the endpoint has against the key, unless another is being typed there."""
        if not trouble or typed:
            return gr.skip()
        return self._show_key(self.services.keeper(request), trouble)

    async def start_model(self, chosen: str | None, request: gr.Request) -> Any:
        """Choose the model that a new chat asks, if none is chosen or only the demo model."""
        services, keeper = self.services, self.services.keeper(request)
        if keeper.user == NOBODY or chosen not in (None, "", DEMO_MODEL):
            return gr.skip()
        own = await asyncio.to_thread(self._own, keeper)
        return model_at_start(services, services.own_keys.of(*keeper), own.get(DEFAULT_MODEL, ""))

    def _own(self, keeper: Keeper) -> dict[str, str]:
        return {} if keeper.user == NOBODY else self.services.preferences.all(*keeper)

    def _keep(self, keeper: Keeper, changed: Mapping[str, str]) -> None:
        if changed and keeper.user != NOBODY:
            self.services.preferences.set(keeper.user, changed, keeper.page)

    def _show_key(self, keeper: Keeper, trouble: str = "", unusable: str = "") -> Any:
        return self.panel.show_key(
            host_of(self.services.endpoints.address),
            has_key=bool(self.services.own_keys.of(*keeper)),
            is_for_page=bool(keeper.page),
            trouble=trouble,
            unusable=unusable,
        )


def _alert(trouble: str) -> str:
    return f'<p class="over" role="alert">{escape(trouble)}</p>'
