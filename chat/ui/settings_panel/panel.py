"""The settings: own key, system prompt and parameters, each "not set" until a person sets it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import gradio as gr

from chat.providers import Parameters
from chat.ui.settings_panel.budget_fields import BudgetFields, create_budget_fields
from chat.ui.settings_panel.numbers import NUMBER_FIELDS

EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh"]
VERBOSITIES = ["low", "medium", "high"]
NOT_SET = ("Not set", "")


@dataclass(frozen=True)
class SettingsPanel:
    """The controls; each field but `key` and the last two stands for the parameter of the same name."""

    key: gr.Textbox
    system_prompt: gr.Textbox
    temperature: gr.Textbox
    top_p: gr.Textbox
    presence_penalty: gr.Textbox
    frequency_penalty: gr.Textbox
    max_output_tokens: gr.Textbox
    reasoning_effort: gr.Dropdown
    verbosity: gr.Dropdown
    seed: gr.Textbox
    stop: gr.Textbox
    finish_stopped: gr.Checkbox
    budgets: BudgetFields

    @property
    def controls(self) -> dict[str, Any]:
        """The controls of the parameters by the parameters' names."""
        return {field.name: getattr(self, field.name) for field in fields(Parameters)}

    def read(self, values: Mapping[Any, Any]) -> Parameters:
        """The parameters out of what an event brought for each control.

        Raises NotSent, naming it, for a number that cannot be sent.
        """
        set_to = {name: values[control] for name, control in self.controls.items()}
        numbers: dict[str, Any] = {name: field.read(set_to[name]) for name, field in NUMBER_FIELDS.items()}
        return Parameters(
            **numbers,
            system_prompt=set_to["system_prompt"] or "",
            reasoning_effort=set_to["reasoning_effort"] or None,
            verbosity=set_to["verbosity"] or None,
            stop=tuple(line for line in (set_to["stop"] or "").splitlines() if line),
        )

    def show(self, parameters: Parameters) -> dict[Any, Any]:
        """What each control is to show for these parameters."""
        shown = {name: getattr(parameters, name) for name in self.controls}
        shown["stop"] = "\n".join(parameters.stop)
        return {self.controls[name]: "" if value is None else str(value) for name, value in shown.items()}


def create_settings_panel() -> SettingsPanel:
    """Lay out the settings inside the sidebar."""
    with gr.Accordion("Settings", open=False, elem_id="settings"):
        key = gr.Textbox(
            label="API key",
            type="password",
            elem_id="key",
            placeholder="Your own key",
            info="Used for this page only. It is never saved, and gone when the page is closed.",
            html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
        )
        system_prompt = gr.Textbox(
            label="System prompt", lines=2, max_lines=8, placeholder="How the model should behave"
        )
        with gr.Row():
            temperature = _number("temperature")
            top_p = _number("top_p")
        with gr.Row():
            presence = _number("presence_penalty")
            frequency = _number("frequency_penalty")
        with gr.Row():
            longest = _number("max_output_tokens")
            seed = _number("seed")
        with gr.Row():
            effort = gr.Dropdown([NOT_SET, *EFFORTS], value="", label="Reasoning effort", min_width=90)
            verbosity = gr.Dropdown([NOT_SET, *VERBOSITIES], value="", label="Verbosity", min_width=90)
        stop = gr.Textbox(label="Stop sequences", lines=1, max_lines=4, placeholder="One a line")
        finish_stopped = gr.Checkbox(
            label="Finish in the background when I press Stop",
            info="The reply is received to its end, unseen, so that its cost is exact instead of estimated.",
            elem_id="finish-stopped",
        )
        budgets = create_budget_fields()
    return SettingsPanel(
        key=key,
        system_prompt=system_prompt,
        temperature=temperature,
        top_p=top_p,
        presence_penalty=presence,
        frequency_penalty=frequency,
        max_output_tokens=longest,
        reasoning_effort=effort,
        verbosity=verbosity,
        seed=seed,
        stop=stop,
        finish_stopped=finish_stopped,
        budgets=budgets,
    )


def _number(name: str) -> gr.Textbox:
    # Not a gr.Number: its page turns "not set" into 0, which would then be sent.
    field = NUMBER_FIELDS[name]
    return gr.Textbox(label=field.label, placeholder=field.hint, max_lines=1, min_width=90)
