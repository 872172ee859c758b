"""The view of prices: the list in force, calls that have no price yet, and own prices."""

import gradio as gr
from gradio.components import Component

from texts import _
from usage.ui.prices.own_prices_form import NEW, OwnPricesForm
from usage.ui.prices.price_sources import PriceSources
from usage.ui.prices.same_price import SamePrices
from usage.ui.prices.unpriced_calls import UnpricedCalls
from usage.ui.view import Asker, Shown, UsageServices, Values, View


def create_prices(services: UsageServices, figures: gr.HTML) -> View:
    """Lay out the view and wire it; called inside the tabs. `figures` change with corrections."""
    with gr.Tab(_("Prices"), id="prices", elem_id="usage-prices") as tab:
        prices = _Prices(services, figures)
    return View(tab, [prices.choice], prices.outputs, [], prices.show, {"model": prices.wanted})


class _Prices:
    def __init__(self, services: UsageServices, figures: gr.HTML) -> None:
        self._sources = PriceSources(services, self._show_all)
        self._unpriced = UnpricedCalls(services, self._show_all, figures)
        self._same = SamePrices(services, self._show_all, figures)
        self._own = OwnPricesForm(services, self._show_all)
        self.choice = self._own.choice.control
        self.wanted = self._own.wanted
        self.outputs: list[Component] = [
            *self._sources.outputs,
            *self._unpriced.outputs,
            *self._same.outputs,
            *self._own.outputs,
        ]
        for part in (self._sources, self._unpriced, self._same, self._own):
            part.wire(self.outputs)

    def show(self, values: Values, asker: Asker) -> Shown:
        """Fill all parts; the choice of a price stays."""
        return self._show_all(asker, values[self.choice] or NEW)

    def _show_all(self, asker: Asker, chosen: str | None = None) -> Shown:
        return {
            **self._sources.show(asker),
            **self._unpriced.show(asker),
            **self._same.show(asker),
            **self._own.show(asker, chosen),
        }
