"""The list of own prices, and the form that adds, changes and removes them."""

import gradio as gr
from gradio.components import Component

from usage.prices import PricesError, remove_own_price, set_own_price
from usage.reports import ChatNames, sheet_html
from usage.ui.owner_only import owner_only
from usage.ui.prices.price_choice import NEW, PriceChoice
from usage.ui.prices.price_form import read_price_form
from usage.ui.prices.price_sources import ShowAll
from usage.ui.prices.price_text_fields import PriceFields
from usage.ui.prices.shown_prices import own_prices_sheet
from usage.ui.snippets import done_html
from usage.ui.usage_services import Asker, UsageServices
from usage.ui.view import QUIETLY, Shown, Values

_NOTHING = "No own prices yet. Give one for a model whose price is unknown, or where yours differs."
_SAVED = "Saved. Calls to come are charged at it; past ones stay as they are."
_ASK_FIRST = """(price) => !price || confirm(
  'Remove this price from prices.toml? Calls that were charged at it stay as they are.') ? price : null"""


class OwnPricesForm:
    """The controls. `show_all` says what the whole view holds once prices have changed."""

    def __init__(self, services: UsageServices, show_all: ShowAll) -> None:
        self._services = services
        self._show_all = show_all
        self._table = gr.HTML(elem_id="usage-own-prices", apply_default_css=False)
        with gr.Column(elem_classes="usage-owners"):
            self.choice = PriceChoice(services)
            self._fields = PriceFields()
            with gr.Row(elem_classes="usage-form"):
                self._save = gr.Button("Save price", elem_id="usage-save-price", variant="primary")
                self._remove = gr.Button("Remove price", elem_id="usage-remove-price")
            self._told = gr.HTML(elem_id="usage-price-saved", apply_default_css=False)
        self.outputs: list[Component] = [self._table, self.choice.control]

    def wire(self, outputs: list[Component]) -> None:
        """Connect the buttons; `outputs` are what `show_all` fills."""
        choice, fields = self.choice.control, self._fields.controls
        filled = [*fields, self._told]
        choice.input(owner_only(self._services, self._told, self._fill), {choice}, filled, **QUIETLY)
        save = owner_only(self._services, self._told, self._write)
        self._save.click(save, {*fields}, [*outputs, self._told], **QUIETLY)
        remove = owner_only(self._services, self._told, self._take_out)
        self._remove.click(remove, {choice}, [*outputs, *filled], js=_ASK_FIRST, **QUIETLY)

    def show(self, asker: Asker, chosen: str | None) -> Shown:
        """The list, and what there is to choose from; None leaves what is chosen."""
        own = self._services.own_prices.current()
        html = sheet_html(own_prices_sheet(own), ChatNames(), nothing=_NOTHING)
        return {self._table: html, **self.choice.show(asker, chosen)}

    def _fill(self, values: Values, _: Asker) -> Shown:
        chosen = values[self.choice.control]
        return {**self._fields.show(*self.choice.find(chosen)), self._told: ""}

    def _write(self, values: Values, asker: Asker) -> Shown:
        model, price = read_price_form(**self._fields.texts(values))
        set_own_price(self._services.own_prices.path, model, price)
        shown = self._show_all(asker) | self.show(asker, self.choice.key(model, price))
        return shown | {self._told: done_html(_SAVED)}

    def _take_out(self, values: Values, asker: Asker) -> Shown:
        chosen = values[self.choice.control]
        if chosen is None:  # the person thought better of it
            return {self._told: ""}
        model, price, _ = self.choice.find(chosen)
        if price is None:
            raise PricesError("Choose the price that is to be removed.")
        remove_own_price(self._services.own_prices.path, model, price.endpoint, price.from_day)
        told = done_html(f"The price of {model} is removed.")
        shown = self._show_all(asker) | self.show(asker, NEW) | self._fields.show(*self.choice.find(NEW))
        return shown | {self._told: told}
