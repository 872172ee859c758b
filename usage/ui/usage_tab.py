"""The Usage tab: the figures on top, the period, and the views below them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from texts import _
from usage.ledger import LedgerError
from usage.ui.prices import create_prices
from usage.ui.snippets import notice_html
from usage.ui.view import QUIETLY, Asker, Shown, TitlesError, UsageServices, Values, View
from usage.ui.views import (
    BillView,
    SettleUp,
    create_insights,
    create_overview,
    create_subscription,
    create_what_if,
)
from usage.units import PERIODS


def create_usage_tab(services: UsageServices) -> "UsageTab":
    """Lay out and wire the tab; called inside its `gr.Tab`."""
    figures = gr.HTML(elem_id="usage-figures", apply_default_css=False)
    period = gr.Dropdown(
        [(_(PERIODS[each]), each) for each in PERIODS],
        value="30-days",
        label=_("Period"),
        filterable=False,
        min_width=120,
        elem_id="usage-period",
        elem_classes="usage-choice",
    )
    with gr.Tabs(elem_id="usage-views", overflow_behavior="wrap"):
        overview = create_overview(services, period)
        insights, comparison = create_insights(services, period), create_what_if(services, period)
        subscription, subscription_price = create_subscription(services)
        settling, bill = SettleUp(services).view, BillView(services).view
        prices = create_prices(services, figures)
    views = [overview, insights, comparison, subscription, settling, bill, prices]
    number = gr.Textbox("0", visible="hidden", elem_id="usage-view")
    tab = UsageTab(services, figures, period, views, number, subscription_price)
    tab.wire()
    return tab


@dataclass(frozen=True)
class UsageTab:
    """The tab, which draws one view at a time: the others take no time until somebody looks at them.

    `number` holds which of the views it is.
    """

    services: UsageServices
    figures: gr.HTML
    period: gr.Dropdown
    views: Sequence[View]
    number: gr.Textbox
    subscription_price: gr.Textbox

    @property
    def refresh(self) -> dict[str, Any]:
        """Return how a listener, such as `tab.select(**refresh)`, draws the ledger as it is now."""
        controls = {control for view in self.views for control in view.inputs}
        return {
            "fn": self._show_current,
            "inputs": {self.number, self.period, *controls},
            "outputs": [self.figures, *(output for view in self.views for output in view.outputs)],
            **QUIETLY,
        }

    @property
    def restore(self) -> dict[str, Any]:
        """Return how a listener, such as `page.load(**restore)`, brings back what the browser remembers."""
        return {"fn": None, "outputs": self.subscription_price, "js": "() => tallyUsage.subscription()"}

    def wire(self) -> None:
        """Draw a view when a person chooses it, a period, or something within it."""
        self.period.input(**self.refresh)
        for number, view in enumerate(self.views):
            view.tab.select(None, None, self.number, js=f"() => '{number}'")
            inputs: set[Block] = {self.period, *view.inputs}
            view.tab.select(self._showing(view, view.outputs), inputs, list(view.outputs), **QUIETLY)
            # Of a list of choices, what comes back is a change again, even if it is the same.
            outputs = [output for output in view.outputs if output not in view.inputs]
            if view.changes:
                gr.on(list(view.changes), self._showing(view, outputs), inputs, outputs, **QUIETLY)

    def _showing(self, view: View, outputs: Sequence[Component]) -> Callable[[Values, gr.Request], Shown]:
        def show(values: Values, request: gr.Request) -> Shown:
            shown = self._drawn(view, values, self.services.asker(request))
            return {output: value for output, value in shown.items() if output in outputs}

        return show

    def _show_current(self, values: Values, request: gr.Request) -> Shown:
        asker = self.services.asker(request)
        return self._drawn(self.views[int(values[self.number])], values, asker, with_figures=True)

    def _drawn(self, view: View, values: Values, asker: Asker, *, with_figures: bool = False) -> Shown:
        """Return what a view holds, or why there is nothing in it."""
        if not asker.person:
            return self._notice(view, _("Sign in to see what was used."))
        figures: Shown = {self.figures: ""}
        try:
            if with_figures:
                figures[self.figures] = self.services.figures(asker)
            return figures | view.show(values, asker)
        except (LedgerError, TitlesError) as exc:
            return self._notice(view, str(exc))

    def _notice(self, view: View, text: str) -> Shown:
        emptied: Shown = {each: "" for each in view.outputs if isinstance(each, gr.HTML)}
        return {self.figures: "", **emptied, view.outputs[0]: notice_html(text)}
