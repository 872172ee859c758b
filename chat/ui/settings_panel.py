"""The settings: own key, system prompt and parameters, each "not set" until a person sets it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import gradio as gr

from chat.completion import Parameters

EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh"]
VERBOSITIES = ["low", "medium", "high"]
NOT_SET = ("Not set", "")


@dataclass(frozen=True)
class SettingsPanel:
    """The controls; each field but `key` stands for the parameter of the same name."""

    key: gr.Textbox
    system_prompt: gr.Textbox
    temperature: gr.Number
    top_p: gr.Number
    presence_penalty: gr.Number
    frequency_penalty: gr.Number
    max_output_tokens: gr.Number
    reasoning_effort: gr.Dropdown
    verbosity: gr.Dropdown
    seed: gr.Number
    stop: gr.Textbox

    @property
    def controls(self) -> dict[str, Any]:
        """The controls of the parameters by the parameters' names."""
        return {field.name: getattr(self, field.name) for field in fields(Parameters)}

    def read(self, values: Mapping[Any, Any]) -> Parameters:
        """The parameters out of what an event brought for each control."""
        set_to = {name: values[control] for name, control in self.controls.items()}
        return Parameters(
            system_prompt=set_to["system_prompt"] or "",
            temperature=set_to["temperature"],
            top_p=set_to["top_p"],
            presence_penalty=set_to["presence_penalty"],
            frequency_penalty=set_to["frequency_penalty"],
            max_output_tokens=set_to["max_output_tokens"] or None,
            reasoning_effort=set_to["reasoning_effort"] or None,
            verbosity=set_to["verbosity"] or None,
            seed=set_to["seed"],
            stop=tuple(line for line in (set_to["stop"] or "").splitlines() if line),
        )

    def show(self, parameters: Parameters) -> dict[Any, Any]:
        """What each control is to show for these parameters."""
        shown = {name: getattr(parameters, name) for name in self.controls}
        shown |= {
            "stop": "\n".join(parameters.stop),
            "reasoning_effort": parameters.reasoning_effort or "",
            "verbosity": parameters.verbosity or "",
        }
        return {self.controls[name]: value for name, value in shown.items()}


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
            temperature = _number("Temperature", "0 to 2", minimum=0, maximum=2, step=0.1)
            top_p = _number("Top p", "0 to 1", minimum=0, maximum=1, step=0.05)
        with gr.Row():
            presence = _number("Presence penalty", "−2 to 2", minimum=-2, maximum=2, step=0.1)
            frequency = _number("Frequency penalty", "−2 to 2", minimum=-2, maximum=2, step=0.1)
        with gr.Row():
            longest = _number("Longest reply", "tokens", minimum=1, precision=0)
            seed = _number("Seed", "whole number", precision=0)
        with gr.Row():
            effort = gr.Dropdown([NOT_SET, *EFFORTS], value="", label="Reasoning effort", min_width=90)
            verbosity = gr.Dropdown([NOT_SET, *VERBOSITIES], value="", label="Verbosity", min_width=90)
        stop = gr.Textbox(label="Stop sequences", lines=1, max_lines=4, placeholder="One a line")
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
    )


def _number(label: str, placeholder: str, **limits: Any) -> gr.Number:
    return gr.Number(value=None, label=label, placeholder=placeholder, min_width=90, **limits)
