"""The settings dialog: its sections, and the parameters, each "not set" until a person sets it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from html import escape
from typing import Any

import gradio as gr

from chat.providers import DEMO_MODEL, NotSent, Parameters
from chat.ui.settings_panel.budget_settings import BudgetFields
from chat.ui.settings_panel.connection_settings import ConnectionFields
from chat.ui.settings_panel.currency_settings import CurrencyFields
from chat.ui.settings_panel.models import Offer, TitleFields
from chat.ui.settings_panel.parameters import (
    EFFORTS,
    VERBOSITIES,
    all_tiers,
    number_box,
    number_fields,
    word_box,
)
from chat.ui.settings_panel.saved_prompts import PromptFields
from chat.ui.settings_panel.your_data import data_section_html
from texts import _
from usage.prices import tier_name

DEFAULT_MODEL = "model"  # the name that the model of new chats is kept by
LONGEST_SHOWN = 60  # characters of a text of new chats


class SettingsPanel:
    """The dialog's controls; those of parameters have the parameters' names.

    `shown` holds what the server put into the fields last, so that it is seen what a person has changed.
    """

    def __init__(self) -> None:
        """Lay out the dialog: browsers build it once the page is usable, CSS hides it until it is opened."""
        with gr.Column(elem_id="settings-dialog", visible=False) as self.dialog:
            gr.HTML(_head(), js_on_load=None, apply_default_css=False)
            with gr.Column(elem_id="settings"):
                with _section("connection"):
                    self.connections = ConnectionFields()
                    self.key, self.remove_key = self.connections.own_key, self.connections.remove_key
                with _section("model"):
                    self._create_parameters()
                with _section("prompts"):
                    self.prompts = PromptFields()
                with _section("budgets"):
                    self.budgets = BudgetFields()
                with _section("data"):
                    gr.HTML(data_section_html(), js_on_load=None, apply_default_css=False)
                with _section("appearance"):
                    gr.HTML(_appearance(), js_on_load=None, apply_default_css=False)
                    self.currency = CurrencyFields()
        self.shown = gr.Textbox('{"chat": "", "texts": {}}', visible="hidden", label="Shown")
        # What the endpoint has against the key.
        self.key_trouble = gr.Textbox("", visible="hidden", label="Key trouble")

    def _create_parameters(self) -> None:
        gr.HTML(_for_which_chats(), js_on_load=None, apply_default_css=False)
        self.default_model = gr.Dropdown(
            [(_("Chosen by Tally"), "")],
            value="",
            label=_("Model for new chats"),
            allow_custom_value=True,
            elem_id="default-model",
        )
        self.titles = TitleFields()
        self.service_tier = gr.Radio(
            all_tiers(), value="", label=_("Speed and price"), elem_id="service-tier"
        )
        self.system_prompt = gr.Textbox(
            "", label=_("System prompt"), lines=2, max_lines=8, placeholder=_("How the model should behave")
        )
        with gr.Row():
            self.temperature, self.top_p = number_box("temperature"), number_box("top_p")
            self.max_output_tokens, self.seed = number_box("max_output_tokens"), number_box("seed")
        with gr.Row():
            self.presence_penalty = number_box("presence_penalty")
            self.frequency_penalty = number_box("frequency_penalty")
            self.reasoning_effort = word_box(_("Reasoning effort"), EFFORTS)
            self.verbosity = word_box(_("Verbosity"), VERBOSITIES)
        self.stop = gr.Textbox(
            "", label=_("Stop sequences"), lines=1, max_lines=4, placeholder=_("One per line")
        )
        self.finish_stopped = gr.Checkbox(
            label=_("Finish in the background when I press Stop"),
            info=_("The rest of the reply is received but not shown, so that its cost is exact."),
            elem_id="finish-stopped",
        )
        self.trouble = gr.HTML(elem_id="settings-trouble")
        self.reset = gr.Button(_("Reset parameters"), elem_id="settings-reset", size="sm")

    @property
    def controls(self) -> dict[str, Any]:
        """Return the controls of the parameters by the parameters' names."""
        return {field.name: getattr(self, field.name) for field in fields(Parameters)}

    @property
    def kept(self) -> dict[str, Any]:
        """Return the controls of what a person sets once for all chats, by name."""
        return {DEFAULT_MODEL: self.default_model, "finish_stopped": self.finish_stopped}

    def read(self, values: Mapping[Any, Any]) -> Parameters:
        """Return the parameters out of the values that an event brought for the controls.

        Raises NotSent, naming the field, for a number that cannot be sent.
        """
        typed = {name: values[control] for name, control in self.controls.items()}
        numbers: dict[str, Any] = {name: field.read(typed[name]) for name, field in number_fields().items()}
        return Parameters(
            **numbers,
            system_prompt=typed["system_prompt"] or "",
            reasoning_effort=typed["reasoning_effort"] or None,
            verbosity=typed["verbosity"] or None,
            stop=tuple(line for line in (typed["stop"] or "").splitlines() if line),
            service_tier=typed["service_tier"] or None,
        )

    def longest_reply(self, values: Mapping[Any, Any]) -> int | None:
        """Return the longest reply that was asked for in tokens; None for none, and for what is no number."""
        try:
            number = number_fields()["max_output_tokens"].read(values[self.max_output_tokens])
        except NotSent:
            return None
        return None if number is None else int(number)

    def typed(self, values: Mapping[Any, Any]) -> tuple[dict[str, str], dict[str, str]]:
        """Return the text in each field that can be read, and for the others what is expected, by name."""
        numbers = number_fields()
        texts: dict[str, str] = {}
        troubles: dict[str, str] = {}
        for name, control in {**self.controls, **self.kept}.items():
            value = values[control]
            texts[name] = ("yes" if value else "") if isinstance(value, bool) else value or ""
            if name in numbers:
                texts[name] = texts[name].strip()
                try:
                    numbers[name].read(texts[name])
                except NotSent:
                    del texts[name]
                    troubles[name] = _("Enter {hint}, or leave this empty.").format(hint=numbers[name].hint)
        return texts, troubles

    def texts_of(self, parameters: Parameters) -> dict[str, str]:
        """Return what each parameter's field shows for these parameters."""
        values = {name: getattr(parameters, name) for name in self.controls}
        values["stop"] = "\n".join(parameters.stop)
        return {name: "" if value is None else str(value) for name, value in values.items()}

    def show(self, texts: Mapping[str, str], conversation_id: str, own: Mapping[str, str]) -> dict[Any, Any]:
        """Return what changes when the parameters' fields show these texts; what has none is not set.

        `own` are those that new chats begin with.
        """
        marks = self.marks(texts, {}, own)
        values = {
            control: {**marks[control], "value": texts.get(name, "")}
            for name, control in self.controls.items()
        }
        return {**values, **self.note_shown(texts, conversation_id)}

    def note_shown(self, texts: Mapping[str, str], conversation_id: str) -> dict[Any, Any]:
        """Return what notes that the fields show these texts for a chat."""
        return {self.shown: json.dumps({"chat": conversation_id or "", "texts": dict(texts)})}

    def marks(
        self, texts: Mapping[str, str], troubles: Mapping[str, str], own: Mapping[str, str]
    ) -> dict[Any, Any]:
        """Return what marks each field that is set, and tells at it what is wrong.

        Where a parameter is not what new chats begin with, its field says so.
        """
        of_chat = {
            control: gr.update(
                elem_classes=["wrong"] if name in troubles else _mark(texts.get(name)),
                info=troubles.get(name) or _in_new_chats(name, texts.get(name, ""), own.get(name, "")),
            )
            for name, control in self.controls.items()
        }
        kept = {control: gr.update(elem_classes=_mark(own.get(name))) for name, control in self.kept.items()}
        return {**of_chat, **kept}

    def show_kept(self, own: Mapping[str, str]) -> dict[Any, Any]:
        """Return what changes when the fields show what a person has set once for all chats."""
        return {
            control: gr.update(
                value=bool(own.get(name)) if isinstance(control, gr.Checkbox) else own.get(name, ""),
                elem_classes=_mark(own.get(name)),
            )
            for name, control in self.kept.items()
        }

    def show_key(
        self, host: str, *, has_key: bool, is_for_page: bool, trouble: str = "", unusable: str = ""
    ) -> Any:
        """Return what the key's field shows: whether there is a key, never which, and what is wrong.

        What is `unusable` as a key stays in the field, to be put right.
        """
        kept = _("Kept in the server’s memory only, for you alone, until Tally stops.")
        if is_for_page:
            kept = _("Kept for this page only, in the server’s memory: after a reload, paste it again.")
        kept = f"{_('Sent to {host} and nowhere else.').format(host=host)} {kept}"
        return gr.update(
            value=unusable,
            placeholder=_("A key is set. Paste another to replace it.") if has_key else _("Your own key"),
            info=escape(trouble) or kept,
            elem_classes=[*(["set"] if has_key else []), *(["wrong"] if trouble else [])],
        )

    def offer(self, offered: Sequence[Offer]) -> dict[Any, Any]:
        """Return what changes when these are the models that new chats and prompts may name."""
        choices = [(f"{each.choice} · {each.price}", each.choice) for each in offered]
        return {
            self.default_model: gr.update(choices=[(_("Chosen by Tally"), ""), *choices]),
            self.prompts.model: self.prompts.model_choices(choices),
            **self.titles.offer(each for each in choices if each[1] != DEMO_MODEL),
        }

    @property
    def offering(self) -> list[Any]:
        """Return the controls in which a model is chosen for later."""
        return [self.default_model, self.prompts.model, self.titles.model]

    def leaving(self, field: Any) -> list[Any]:
        """Return the events after which what stands in a field is saved."""
        return [field.blur, field.submit] if isinstance(field, gr.Textbox) else [field.input]


def _mark(text: str | None) -> list[str]:
    return ["set"] if text else []


def _in_new_chats(name: str, here: str, own: str) -> str:
    """Return what is set for new chats, if that is not what is set here."""
    field = number_fields().get(name)
    if here == own or (field and field.read(here) == field.read(own)):
        return ""
    line = tier_name(own) if name == "service_tier" else " ".join(own.split())
    shown = line if len(line) <= LONGEST_SHOWN else line[:LONGEST_SHOWN] + "…"
    return escape(_("New chats: {text}").format(text=shown or _("not set")))


def _for_which_chats() -> str:
    """Return what is said of the chat that is open; the page's script puts its model in."""
    text = escape(_("This chat uses {model}. Changes here apply to it and to new chats."))
    return f'<p class="quiet" id="chat-model" data-text="{text}"></p>'


def _section_names() -> dict[str, str]:
    """Return the sections' names by what their ids end in."""
    return {
        "connection": _("Connection"),
        "model": _("Model"),
        "prompts": _("Prompts"),
        "budgets": _("Budgets"),
        "data": _("Your data"),
        "appearance": _("Appearance"),
    }


def _section(name: str) -> gr.Column:
    return gr.Column(elem_id=f"settings-{name}", elem_classes="settings-section")


def _head() -> str:
    """Return the dialog's title, its button Close, and the tabs that lead to its sections."""
    tabs = "".join(
        f'<button type="button" role="tab" id="settings-tab-{name}" aria-controls="settings-{name}">'
        f"{escape(shown)}</button>"
        for name, shown in _section_names().items()
    )
    title, close = escape(_("Settings")), escape(_("Close settings"))
    return (
        f'<header><h2 id="settings-title">{title}</h2>'
        f'<button type="button" id="settings-close" aria-label="{close}" title="{close}">×</button></header>'
        f'<div role="tablist" aria-labelledby="settings-title">{tabs}</div>'
    )


def _appearance() -> str:
    shown = {"system": _("System"), "light": _("Light"), "dark": _("Dark")}
    choices = "".join(
        f'<label><input type="radio" name="theme" value="{theme}"> {escape(name)}</label>'
        for theme, name in shown.items()
    )
    return (
        f'<fieldset id="theme"><legend>{escape(_("Colors"))}</legend>{choices}</fieldset>'
        f'<p class="quiet">{escape(_("Saved in this browser."))}</p>'
    )
