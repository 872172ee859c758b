"""The settings: own key, system prompt and parameters, each "not set" until a person sets it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import gradio as gr

from chat.providers import NotSent, Parameters
from chat.ui.settings_panel.budget_settings import BudgetFields
from texts import _

EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh"]
VERBOSITIES = ["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class NumberField:
    """A parameter's label and the numbers it takes; `hint` says to a person which."""

    label: str
    hint: str
    lowest: float = -math.inf
    highest: float = math.inf
    is_whole: bool = False

    def read(self, text: str | None) -> float | None:
        """Return the number, None for an empty text. Raises NotSent for anything else."""
        typed = (text or "").strip()
        if not typed:
            return None
        try:
            number = int(typed) if self.is_whole else float(typed.replace(",", "."))
        except ValueError:
            number = math.nan
        if not self.lowest <= number <= self.highest or math.isinf(number):
            text = _("{label} is “{typed}” in the settings: expected {hint}, or nothing.")
            raise NotSent(text.format(label=self.label, typed=typed, hint=self.hint))
        return number


def number_fields() -> dict[str, NumberField]:
    """Return the fields of those parameters that are numbers, by the parameters' names."""
    return {
        "temperature": NumberField(_("Temperature"), _("0 to 2"), 0, 2),
        "top_p": NumberField(_("Top p"), _("0 to 1"), 0, 1),
        "presence_penalty": NumberField(_("Presence penalty"), _("-2 to 2"), -2, 2),
        "frequency_penalty": NumberField(_("Frequency penalty"), _("-2 to 2"), -2, 2),
        "max_output_tokens": NumberField(_("Longest reply"), _("1 or more"), 1, is_whole=True),
        "seed": NumberField(_("Seed"), _("a whole number"), is_whole=True),
    }


class SettingsPanel:
    """The controls; those of parameters have the parameters' names."""

    def __init__(self) -> None:
        """Lay out the settings inside the sidebar."""
        not_set = (_("Not set"), "")
        with gr.Accordion(_("Settings"), open=False, elem_id="settings"):
            self.key = gr.Textbox(
                label=_("API key"),
                type="password",
                elem_id="key",
                placeholder=_("Your own key"),
                info=_("Used for this page only. It is never saved, and gone when the page is closed."),
                html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
            )
            self.system_prompt = gr.Textbox(
                label=_("System prompt"),
                lines=2,
                max_lines=8,
                placeholder=_("How the model should behave"),
            )
            with gr.Row():
                self.temperature, self.top_p = _number("temperature"), _number("top_p")
            with gr.Row():
                self.presence_penalty = _number("presence_penalty")
                self.frequency_penalty = _number("frequency_penalty")
            with gr.Row():
                self.max_output_tokens, self.seed = _number("max_output_tokens"), _number("seed")
            with gr.Row():
                self.reasoning_effort = gr.Dropdown(
                    [not_set, *EFFORTS], value="", label=_("Reasoning effort"), min_width=90
                )
                self.verbosity = gr.Dropdown(
                    [not_set, *VERBOSITIES], value="", label=_("Verbosity"), min_width=90
                )
            self.stop = gr.Textbox(
                label=_("Stop sequences"), lines=1, max_lines=4, placeholder=_("One per line")
            )
            self.finish_stopped = gr.Checkbox(
                label=_("Finish in the background when I press Stop"),
                info=_(
                    "The rest of the reply is received unseen, so that its cost is exact and not estimated."
                ),
                elem_id="finish-stopped",
            )
            self.budgets = BudgetFields()

    @property
    def controls(self) -> dict[str, Any]:
        """Return the controls of the parameters by the parameters' names."""
        return {field.name: getattr(self, field.name) for field in fields(Parameters)}

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
        )

    def longest_reply(self, values: Mapping[Any, Any]) -> int | None:
        """Return the longest reply that was asked for in tokens; None for none, and for what is no number."""
        try:
            number = number_fields()["max_output_tokens"].read(values[self.max_output_tokens])
        except NotSent:
            return None
        return None if number is None else int(number)

    def show(self, parameters: Parameters) -> dict[Any, Any]:
        """Return what each control shows for these parameters."""
        shown = {name: getattr(parameters, name) for name in self.controls}
        shown["stop"] = "\n".join(parameters.stop)
        return {self.controls[name]: "" if value is None else str(value) for name, value in shown.items()}


def _number(name: str) -> gr.Textbox:
    # Not a gr.Number: its page turns "not set" into 0, which would then be sent.
    field = number_fields()[name]
    return gr.Textbox(label=field.label, placeholder=field.hint, max_lines=1, min_width=90)
