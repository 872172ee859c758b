"""Where prices come from: the list in force and how to update it, and the file of own prices."""

from collections.abc import Callable
from typing import TypeAlias

import gradio as gr
from gradio.components import Component

from usage.ui.owner_only import owner_only
from usage.ui.prices.shown_prices import sources_html
from usage.ui.snippets import done_html, lead_html, notice_html
from usage.ui.usage_services import Asker, UsageServices
from usage.ui.view import WAITING, Shown, Values

_UPDATE = (
    "Updating fetches the list that genai-prices publishes on GitHub, once. Nothing about you is sent, "
    "and nothing is fetched unless you press the button."
)
_IN_FORCE = "What was read before stays in force."

ShowAll: TypeAlias = Callable[[Asker], Shown]


class PriceSources:
    """The controls. `show_all` says what the whole view holds once prices have changed."""

    def __init__(self, services: UsageServices, show_all: ShowAll) -> None:
        self._services = services
        self._show_all = show_all
        self._sources = gr.HTML(elem_id="usage-price-sources", apply_default_css=False)
        with gr.Row(elem_classes=["usage-form", "usage-owners"]):
            self._update = gr.Button("Update prices now", elem_id="usage-update-prices")
            self._forget = gr.Button("Back to the built-in list", elem_id="usage-forget-prices")
        gr.HTML(lead_html(_UPDATE), elem_classes="usage-owners", apply_default_css=False)
        self._told = gr.HTML(elem_id="usage-prices-told", apply_default_css=False)
        self.outputs = [self._sources]

    def wire(self, outputs: list[Component]) -> None:
        """Connect the buttons; `outputs` are what `show_all` fills."""
        for button, act in ((self._update, self._fetch), (self._forget, self._go_back)):
            handler = owner_only(self._services, self._told, act)
            button.click(handler, set(), [*outputs, self._told], **WAITING)

    def show(self, asker: Asker) -> Shown:
        """The list, the file, and what is wrong with either."""
        own, updates = self._services.own_prices, self._services.price_updates
        html = sources_html(updates.current(), own.path, own.current(), asker.now, is_owner=asker.is_owner)
        if not asker.is_owner:
            return {self._sources: html}
        problems = [f"{text}. {_IN_FORCE}" for text in (own.problem, updates.problem) if text]
        return {self._sources: html + "".join(map(notice_html, problems))}

    def _fetch(self, _: Values, asker: Asker) -> Shown:
        self._services.price_updates.fetch(self._services.clock())
        return self._show_all(asker) | {self._told: done_html("The newest prices are in force.")}

    def _go_back(self, _: Values, asker: Asker) -> Shown:
        self._services.price_updates.forget()
        return self._show_all(asker) | {self._told: done_html("The built-in prices are in force.")}
