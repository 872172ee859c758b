"""Calls without a price, and how they get one once it is known: by corrections in the ledger."""

import gradio as gr
from gradio.components import Component

from texts import N_, _, ngettext
from usage.accounts import apply, correctable, corrections_sheet
from usage.reports import ChatNames, Filter, sheet_html, unpriced_calls
from usage.ui.prices.price_sources import ShowAll
from usage.ui.snippets import done_html
from usage.ui.view import WAITING, Asker, Shown, UsageServices, Values, owner_only
from usage.units import format_amount

_NOTHING = N_("Every call has a price.")
_HOW = N_("Each call gets the price of its day. The ledger gains corrections; its rows stay as they are.")
_STILL_UNKNOWN = N_("No price is known for these calls yet. Add one below, or update the list.")


class UnpricedCalls:
    """The table and the buttons. `figures` stand above all views and change with the corrections."""

    def __init__(self, services: UsageServices, show_all: ShowAll, figures: gr.HTML) -> None:
        self._services = services
        self._show_all = show_all
        self._figures = figures
        self._table = gr.HTML(elem_id="usage-unpriced", apply_default_css=False)
        with gr.Row(elem_classes=["usage-form", "usage-owners"]):
            self._look = gr.Button(_("Find prices …"), elem_id="usage-look-for-prices")
            self._apply = gr.Button(_("Apply them"), elem_id="usage-apply-prices", variant="primary")
        self._told = gr.HTML(elem_id="usage-corrections", apply_default_css=False)
        self.outputs = [self._table]

    def wire(self, outputs: list[Component]) -> None:
        """Connect the buttons; `outputs` are what `show_all` fills."""
        look = owner_only(self._services, self._told, self._count)
        self._look.click(look, set(), [self._told], **WAITING)
        write = owner_only(self._services, self._told, self._write)
        self._apply.click(write, set(), [*outputs, self._told, self._figures], **WAITING)

    def show(self, asker: Asker) -> Shown:
        """Show the calls by endpoint and model. Raises LedgerError."""
        sheet = unpriced_calls(self._services.calls, Filter(user=asker.sees))
        html = sheet_html(sheet, ChatNames(), nothing=_(_NOTHING), download="download/unpriced.csv")
        return {self._table: html}

    def _count(self, _values: Values, asker: Asker) -> Shown:
        """Show what could be written, and with it the button that writes."""
        found = correctable(self._services.calls.ledger.entries(), self._services.late_prices.of)
        if not found:
            return {self._told: done_html(_(_STILL_UNKNOWN))}
        sheet = corrections_sheet(found, _(_HOW)).also_in(asker.currency)
        html = sheet_html(sheet, ChatNames(), nothing=_(_NOTHING))
        return {self._told: f'<div class="usage-ready">{html}</div>'}

    def _write(self, _values: Values, asker: Asker) -> Shown:
        services = self._services
        done = apply(services.calls.ledger, services.late_prices.of, services.clock())
        text = ngettext(
            "{count} call now has a price: {cost} in total.",
            "{count} calls now have a price: {cost} in total.",
            done.count,
        )
        told = done_html(text.format(count=f"{done.count:,}", cost=format_amount(done.usd)))
        return self._show_all(asker) | {self._told: told, self._figures: services.figures(asker)}
