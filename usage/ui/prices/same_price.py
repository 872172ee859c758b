"""Models without a price that answered for another: with one click each costs what the other costs."""

from collections.abc import Sequence
from html import escape

import gradio as gr
from gradio.components import Component

from texts import _, ngettext
from usage.accounts import apply
from usage.ledger import LedgerEntry
from usage.prices import SAME_AS, OwnPrice, set_own_price
from usage.reports import Filter, StandIn, stand_ins_without_price
from usage.ui.prices.price_sources import ShowAll
from usage.ui.snippets import done_html
from usage.ui.view import WAITING, Asker, Shown, UsageServices, Values, owner_only
from usage.units import Price, format_amount

_ON_CLICK = """
element.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-answered]');
  if (button) trigger('click', { ...button.dataset });
});
"""


class SamePrices:
    """The list and its buttons. `show_all` fills the whole view, `figures` stand above all views."""

    def __init__(self, services: UsageServices, show_all: ShowAll, figures: gr.HTML) -> None:
        self._services = services
        self._show_all = show_all
        self._figures = figures
        self._list = gr.HTML(elem_id="usage-same-price", js_on_load=_ON_CLICK, apply_default_css=False)
        self._told = gr.HTML(elem_id="usage-same-price-told", apply_default_css=False)
        self.outputs = [self._list]

    def wire(self, outputs: list[Component]) -> None:
        """Connect the buttons; `outputs` are what `show_all` fills."""
        self._list.click(self._chosen, None, [*outputs, self._told, self._figures], **WAITING)

    def show(self, asker: Asker) -> Shown:
        """Show which models can be given another's price. Raises LedgerError."""
        return {self._list: same_prices_html(self._possible(asker)) if asker.is_owner else ""}

    def _possible(self, asker: Asker) -> list[StandIn]:
        found = stand_ins_without_price(self._services.calls, Filter(user=asker.sees))
        prices, now = self._services.late_prices, self._services.clock()
        return [each for each in found if prices.has(each.endpoint, each.asked, now)]

    def _chosen(self, event: gr.EventData, request: gr.Request) -> Shown:
        button = event._data if isinstance(event._data, dict) else {}

        def act(_values: Values, asker: Asker) -> Shown:
            names = [button.get(name) for name in ("endpoint", "answered", "asked")]
            possible = self._possible(asker)
            chosen = next(
                (each for each in possible if [each.endpoint, each.answered, each.asked] == names), None
            )
            return self._give(chosen, asker) if chosen else self._show_all(asker)

        return owner_only(self._services, self._told, act)({}, request)

    def _give(self, chosen: StandIn, asker: Asker) -> Shown:
        services = self._services
        price = OwnPrice({"endpoint": chosen.endpoint, SAME_AS: chosen.asked})
        set_own_price(services.own_prices.path, chosen.answered, price)

        def price_of(call: LedgerEntry) -> Price | None:
            is_one = (call.call.endpoint.host, call.resolved_model) == (chosen.endpoint, chosen.answered)
            return services.late_prices.of(call) if is_one else None

        done = apply(services.calls.ledger, price_of, services.clock())
        text = ngettext(
            "{answered} now has the same price as {asked}. {count} call now has a price: {cost}.",
            "{answered} now has the same price as {asked}. {count} calls now have a price: {cost} in total.",
            done.count,
        )
        names = {"answered": chosen.answered, "asked": chosen.asked}
        said = text.format(**names, count=f"{done.count:,}", cost=format_amount(done.usd))
        return self._show_all(asker) | {self._told: done_html(said), self._figures: services.figures(asker)}


def same_prices_html(possible: Sequence[StandIn]) -> str:
    """Return a line for each model that answered for another whose price is known; empty without any."""
    return f'<ul class="usage-same">{"".join(map(_line, possible))}</ul>' if possible else ""


def _line(each: StandIn) -> str:
    names = {"answered": each.answered, "asked": each.asked, "endpoint": each.endpoint}
    text = ngettext(
        "{answered} answered in place of {asked} at {endpoint}: {count} call.",
        "{answered} answered in place of {asked} at {endpoint}: {count} calls.",
        each.calls,
    )
    said = escape(text.format(**names, count=f"{each.calls:,}"))
    data = " ".join(f'data-{name}="{escape(value)}"' for name, value in names.items())
    button = escape(_("Same price as {asked}").format(**names))
    return f'<li><span>{said}</span> <button type="button" class="usage-button" {data}>{button}</button></li>'
