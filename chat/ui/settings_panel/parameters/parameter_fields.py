"""The fields of parameters, each "not set" until a person sets it, and what they take."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from chat.providers import NotSent
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
            text = _("{label} in Settings is “{typed}”. Enter {hint}, or leave it empty.")
            raise NotSent(text.format(label=self.label, typed=typed, hint=self.hint))
        return number


def number_fields() -> dict[str, NumberField]:
    """Return the fields of those parameters that are numbers, by the parameters' names."""
    return {
        "temperature": NumberField(_("Temperature"), _("0 to 2"), 0, 2),
        "top_p": NumberField(_("Top p"), _("0 to 1"), 0, 1),
        "presence_penalty": NumberField(_("Presence penalty"), _("-2 to 2"), -2, 2),
        "frequency_penalty": NumberField(_("Frequency penalty"), _("-2 to 2"), -2, 2),
        "max_output_tokens": NumberField(_("Max tokens"), _("1 or more"), 1, is_whole=True),
        "seed": NumberField(_("Seed"), _("a whole number"), is_whole=True),
    }


def number_box(name: str) -> gr.Textbox:
    """Return the field of a parameter that is a number."""
    # Not a gr.Number: its page turns "not set" into 0, which would then be sent.
    field = number_fields()[name]
    return gr.Textbox("", label=field.label, placeholder=field.hint, max_lines=1, min_width=90)


def word_box(label: str, words: Sequence[str]) -> gr.Dropdown:
    """Return the field of a parameter that is one of a few words."""
    return gr.Dropdown([(_("Not set"), ""), *words], value="", label=label, min_width=90)
