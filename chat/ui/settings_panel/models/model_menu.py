"""The model at the message box: a chip with its name and price, and the menu that it opens.

The page's script opens the menu and finds in it; what stands in it is made here.
"""

import json
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

import gradio as gr

from chat.calls import MOST_MODELS, models_asked
from chat.ui.settings_panel.models.offers import Offer
from texts import _


class ModelMenu:
    """The controls. `model` is the one chosen, `compare_with` has a line for each other that is asked."""

    def __init__(self, model: str | None) -> None:
        """Lay out the chip and its menu inside the message box."""
        with gr.Column(elem_id="model", min_width=0):
            self.model = gr.Textbox(model or "", visible="hidden", elem_id="model-chosen", label="Model")
            self.compare_with = gr.Textbox("", visible="hidden", elem_id="compare-with", label="Compare with")
            gr.HTML(_chip(), js_on_load=None, apply_default_css=False)
            with gr.Column(elem_id="model-menu", min_width=0):
                gr.HTML(_head(), js_on_load=None, apply_default_css=False)
                self.models = gr.HTML(
                    models_html((), (), {}), elem_id="models", js_on_load=None, apply_default_css=False
                )

    @property
    def controls(self) -> set[Any]:
        """Return what an event needs to know whom to ask."""
        return {self.model, self.compare_with}

    @property
    def changes(self) -> list[Any]:
        """Return the events after which the chip shows something else."""
        return [self.model.change, self.compare_with.change, self.models.change]

    def asked(self, values: Mapping[Any, Any]) -> tuple[str, ...]:
        """Return the models to ask, out of the values of an event. Raises NotSent when they are too many."""
        return models_asked(values[self.model] or "", (values[self.compare_with] or "").splitlines())

    def choose(self, model: str) -> dict[Any, Any]:
        """Return what changes when this model is asked from now on, and no other."""
        return {self.model: model, self.compare_with: ""}


def _chip() -> str:
    return (
        f'<button type="button" id="model-chip" class="chip" aria-haspopup="listbox" aria-expanded="false" '
        f'title="{escape(_("Choose the model"))}"><span>{escape(_("Model"))}</span></button>'
    )


def _head() -> str:
    """Return the box to find a model in, and the switch between asking one and comparing several."""
    return (
        f'<input id="model-search" role="combobox" aria-label="{escape(_("Model"))}" autocomplete="off" '
        f'spellcheck="false" aria-expanded="true" aria-controls="model-list" aria-autocomplete="list" '
        f'placeholder="{escape(_("Find a model, or type its name"))}">'
        f'<button type="button" id="model-compare" aria-pressed="false" data-most="{MOST_MODELS}">'
        f"{escape(_('Compare with …'))}</button>"
    )


def models_html(lately: Sequence[Offer], offered: Sequence[Offer], listers: Mapping[str, str]) -> str:
    """Return the models in the menu, those used `lately` once more on top.

    `listers` names by connection, "" for the first, who lists its models; it is empty until that is known.
    """
    unlisted = {name: _("not listed by {host}").format(host=host) for name, host in listers.items()}
    groups = [(_("Recently used"), list(lately))] if lately else []
    groups += [(family, list(offers)) for family, offers in groupby(offered, lambda each: each.family)]
    rows = "".join(
        f'<li role="presentation">{escape(heading)}</li>{"".join(_row(each, unlisted) for each in offers)}'
        for heading, offers in groups
    )
    meaning = escape(_("Prices in USD per million tokens: in is what you send, out is the reply."))
    return (
        f'<ul role="listbox" id="model-list" aria-label="{escape(_("Models"))}" '
        f'data-unlisted="{escape(json.dumps(unlisted))}">{rows}</ul><p class="quiet">{meaning}</p>'
    )


def _row(offer: Offer, unlisted: Mapping[str, str]) -> str:
    name, price = escape(offer.choice), escape(offer.price)
    mark = "" if offer.is_listed else f"<em>{escape(unlisted.get(offer.connection, ''))}</em>"
    return (
        f'<li role="option" data-model="{name}" data-price="{price}"><span>{name}</span>{mark}'
        f"<small>{price}</small></li>"
    )
