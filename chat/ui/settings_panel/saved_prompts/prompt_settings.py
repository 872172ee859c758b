"""The prompts in the settings, a form that adds or changes one, and how one gets into the message box."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from chat.store import Keeper, StoreError
from chat.ui.chat_services import ChatServices
from chat.ui.messages import data_of, failure, texts_of
from chat.ui.settings_panel.connection_list import ON_CLICK, row_html
from chat.ui.settings_panel.connection_settings import button, told
from chat.ui.settings_panel.parameters import EFFORTS, VERBOSITIES, number_box, word_box
from chat.ui.settings_panel.saved_prompts.prompt_library import PromptLibrary
from chat.ui.settings_panel.saved_prompts.prompt_menu import PromptMenu, menu_html
from chat.ui.settings_panel.saved_prompts.saved_prompt import (
    Chosen,
    SavedPrompt,
    SavedPromptError,
    read_prompt,
)
from texts import N_, _
from usage.ledger import NOBODY

Values = Mapping[Any, Any]
Updates = dict[Any, Any]

_HINTS = {
    "name": N_("Type / and this name in the message box."),
    "text": N_("Tally asks for whatever is in {{double braces}} when you use the prompt."),
}


class PromptFields:
    """The controls; the form shows while a prompt is in it. `instead_of` names the one that it changes."""

    def __init__(self) -> None:
        """Lay out the list and the form inside the settings."""
        self.listed = gr.HTML(elem_id="saved-prompts", js_on_load=ON_CLICK, padding=False)
        self.instead_of = gr.Textbox("", visible="hidden", label="Instead of")
        with gr.Column(elem_id="prompt-form"):
            with gr.Row():
                self.name = gr.Textbox(
                    label=_("Name"), info=_(_HINTS["name"]), max_lines=1, min_width=120, elem_id="prompt-name"
                )
                self.model = gr.Dropdown(
                    [(_("As chosen in the chat"), "")],
                    value="",
                    label=_("Model"),
                    allow_custom_value=True,
                    min_width=120,
                    elem_id="prompt-model",
                )
            self.text = gr.Textbox(
                label=_("Text"), info=_(_HINTS["text"]), lines=5, max_lines=12, elem_id="prompt-text"
            )
            with gr.Row():
                self.temperature, self.top_p = number_box("temperature"), number_box("top_p")
                self.max_output_tokens = number_box("max_output_tokens")
                self.reasoning_effort = word_box(_("Reasoning effort"), EFFORTS)
                self.verbosity = word_box(_("Verbosity"), VERBOSITIES)
        with gr.Column(elem_id="prompt-actions"):
            with gr.Row(elem_id="prompt-buttons"):
                self.save = button(_("Save"), "prompt-save", variant="primary")
                self.cancel = button(_("Cancel"), "prompt-cancel")
            self.note = gr.HTML(elem_id="prompt-note", padding=False)

    @property
    def parameters(self) -> dict[str, Any]:
        """Return the controls of the parameters by the parameters' names."""
        names = ("temperature", "top_p", "max_output_tokens", "reasoning_effort", "verbosity")
        return {name: getattr(self, name) for name in names}

    @property
    def form(self) -> dict[str, Any]:
        """Return the controls of the form by what they hold."""
        return {"name": self.name, "text": self.text, "model": self.model, **self.parameters}

    def show(self, prompt: SavedPrompt | None, instead_of: str = "") -> Updates:
        """Return what changes when the form holds this prompt, or nothing."""
        held = {"name": prompt.name, "text": prompt.text, "model": prompt.model} if prompt else {}
        texts = {**held, **(prompt.parameters if prompt else {})}
        shown = {
            control: gr.update(value=texts.get(name, ""), **_unmarked(name))
            for name, control in self.form.items()
        }
        return {**shown, self.instead_of: instead_of}

    def tell(self, error: SavedPromptError) -> Updates:
        """Return what changes when something cannot be saved, told at its field or below the form."""
        updates: Updates = {control: gr.update(**_unmarked(name)) for name, control in self.form.items()}
        if error.field in self.form:
            updates[self.form[error.field]] = gr.update(info=escape(str(error)), elem_classes=["wrong"])
            return {**updates, self.note: ""}
        return {**updates, self.note: failure(str(error))}

    def model_choices(self, choices: Iterable[tuple[str, str]]) -> Any:
        """Return the models that a prompt may ask."""
        return gr.update(choices=[(_("As chosen in the chat"), ""), *choices])


@dataclass(frozen=True)
class PromptSettings:
    """The handlers. Each looks up for itself who asks, and whether there is such a prompt."""

    services: ChatServices
    fields: PromptFields
    menu: PromptMenu
    notice: gr.HTML

    def wire(self, how: dict[str, Any]) -> None:
        """Connect the controls; what is listed at first comes with the other settings."""
        fields, menu = self.fields, self.menu
        form = {*fields.form.values(), fields.instead_of}
        changed = [*form, fields.listed, menu.listed, fields.note]
        fields.listed.click(self.press_prompt, None, changed, **how)
        fields.save.click(self.save_prompt, form, changed, **how)
        fields.cancel.click(self.cancel_prompt, None, changed, **how)
        inserts = menu.listed.click(
            self.insert_prompt, None, [menu.inserted, self.notice], trigger_mode="multiple", **how
        )
        inserts.then(None, menu.inserted, None, js="(answer) => tally.promptInserted(answer)")
        inserts.failure(None, None, None, js="() => tally.promptInserted('')")

    async def press_prompt(self, event: gr.EventData, request: gr.Request) -> Updates:
        """Put a prompt of the list into the form, or an empty one.

        One that is deleted stands in the form too, so that Save adds it again.
        """
        clicked = texts_of(event)
        name, what = clicked.get("name", ""), clicked.get("do")

        def press(library: PromptLibrary, keeper: Keeper) -> Updates:
            found, note, instead_of = library.all(keeper).get(name), "", name
            if found and what == "delete":
                library.remove(keeper, name)
                text = _("{name} was deleted. To get it back, choose Save.")
                note, instead_of = told(text.format(name=name)), ""
            shown = self._shown(keeper, is_editing=True)
            return shown | self.fields.show(found, instead_of if found else "") | {self.fields.note: note}

        return await self._for_somebody(press, request)

    async def save_prompt(self, values: Values, request: gr.Request) -> Updates:
        """Save the prompt in the form."""
        fields = self.fields
        texts = {name: str(values[control] or "") for name, control in fields.form.items()}
        instead_of = values[fields.instead_of] or ""

        def save(library: PromptLibrary, keeper: Keeper) -> Updates:
            try:
                prompt = read_prompt(
                    name=texts["name"],
                    text=texts["text"],
                    model=texts["model"],
                    parameters={name: texts[name] for name in fields.parameters},
                    others=library.all(keeper).keys() - {instead_of},
                )
                library.save(keeper, prompt, instead_of)
            except SavedPromptError as exc:
                return self._shown(keeper, is_editing=True) | fields.tell(exc)
            note = told(_("{name} was saved.").format(name=prompt.name))
            return self._shown(keeper) | fields.show(None) | {fields.note: note}

        return await self._for_somebody(save, request)

    async def cancel_prompt(self, request: gr.Request) -> Updates:
        """Close the form."""

        def close(_library: PromptLibrary, keeper: Keeper) -> Updates:
            return self._shown(keeper) | self.fields.show(None) | {self.fields.note: ""}

        return await self._for_somebody(close, request)

    async def insert_prompt(self, event: gr.EventData, request: gr.Request) -> Updates:
        """Give the page the text of a prompt with its fields filled in, by the id that it asked under."""
        chosen, keeper = Chosen.read(data_of(event)), self.services.keeper(request)
        if keeper.user == NOBODY:
            return {self.notice: gr.skip()}
        library = PromptLibrary(self.services.saved_prompts)
        try:
            prompt = await asyncio.to_thread(library.named, keeper, chosen.name)
            answer = {"id": chosen.id, "text": prompt.filled(chosen.values)}
        except (SavedPromptError, StoreError) as exc:
            return {self.menu.inserted: json.dumps({"id": chosen.id}), self.notice: failure(str(exc))}
        return {self.menu.inserted: json.dumps(answer), self.notice: ""}

    async def _for_somebody(
        self, act: Callable[[PromptLibrary, Keeper], Updates], request: gr.Request
    ) -> Updates:
        """Act for whoever asks, unless they have yet to sign in; a broken store is told below the form."""
        keeper = self.services.keeper(request)
        if keeper.user == NOBODY:
            return {self.fields.note: gr.skip()}
        try:
            return await asyncio.to_thread(act, PromptLibrary(self.services.saved_prompts), keeper)
        except StoreError as exc:
            return {self.fields.note: failure(str(exc))}

    def _shown(self, keeper: Keeper, *, is_editing: bool = False) -> Updates:
        prompts = PromptLibrary(self.services.saved_prompts).all(keeper).values()
        return {
            self.fields.listed: prompts_html(prompts, is_editing=is_editing),
            self.menu.listed: menu_html(prompts),
        }


def prompts_html(prompts: Iterable[SavedPrompt], *, is_editing: bool = False) -> str:
    """Return the list with its buttons; by its class the form is shown in its place."""
    rows = "".join(
        row_html(each.name, f"/{each.name}", each.first_line, ("change", "delete")) for each in prompts
    )
    add = f'<button type="button" data-do="add">{escape(_("Add a prompt"))}</button>'
    hint = escape(
        _(
            "Type / in the message box to insert a prompt. To start a new chat with one, use "
            "Prompt beside the box."
        )
    )
    classes = ' class="editing"' if is_editing else ""
    return f'<div{classes}><p class="quiet">{hint}</p><ul>{rows}</ul>{add}</div>'


def _unmarked(name: str) -> dict[str, Any]:
    """Return what a field's update says when nothing is wrong with it."""
    return {"info": _(_HINTS[name]) if name in _HINTS else "", "elem_classes": []}
