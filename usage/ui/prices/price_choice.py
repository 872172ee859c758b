"""The choice of a price to work on: a new one, an own one, or a model that has none yet."""

import json

import gradio as gr

from usage.prices import OwnPrice
from usage.reports import Filter, unpriced_calls
from usage.ui.prices.shown_prices import name_of_price
from usage.ui.usage_services import Asker, UsageServices
from usage.ui.view import Shown

NEW = ""


class PriceChoice:
    """The control; each choice has a key that stands for its model, host and day."""

    def __init__(self, services: UsageServices) -> None:
        self._services = services
        self.control = gr.Dropdown(
            [("A new price", NEW)],
            value=NEW,
            label="Add or change",
            allow_custom_value=True,  # the choices come with an event, and a server that starts anew has none
            elem_id="usage-price",
        )

    def show(self, asker: Asker, chosen: str | None) -> Shown:
        """What there is to choose from; None leaves what is chosen. Raises LedgerError."""
        own = [(name_of_price(*each), self.key(*each)) for each in self._services.own_prices.current()]
        choices = [("A new price", NEW), *own, *self._unpriced(asker)]
        if chosen is None:
            return {self.control: gr.update(choices=choices)}
        is_there = chosen in {key for _, key in choices}
        return {self.control: gr.update(choices=choices, value=chosen if is_there else NEW)}

    def key(self, model: str, price: OwnPrice) -> str:
        """What stands for an own price."""
        return json.dumps([model, price.endpoint, price.from_day and price.from_day.isoformat()])

    def find(self, key: str) -> tuple[str, OwnPrice | None, str]:
        """The model, its own price if there is such a one, and the endpoint; empty for a new price."""
        try:
            model, endpoint, _ = json.loads(key)
        except (TypeError, ValueError):
            return "", None, ""
        prices = self._services.own_prices.current().of(str(model))
        return (
            str(model),
            next((each for each in prices if self.key(model, each) == key), None),
            endpoint or "",
        )

    def _unpriced(self, asker: Asker) -> list[tuple[str, str]]:
        rows = unpriced_calls(self._services.calls, Filter(user=asker.sees)).rows
        return [(f"New: {row[1]} at {row[0]}", json.dumps([row[1], row[0], None])) for row in rows]
