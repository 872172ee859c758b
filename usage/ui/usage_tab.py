"""The Usage tab: the figures on top, the period, and the views below them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from usage.ledger import LedgerError
from usage.ui.bill_view import create_bill
from usage.ui.insights_view import create_insights
from usage.ui.overview_view import create_overview
from usage.ui.prices import create_prices
from usage.ui.settle_up_view import create_settle_up
from usage.ui.snippets import notice_html
from usage.ui.subscription_view import create_subscription
from usage.ui.usage_services import TitlesError, UsageServices
from usage.ui.view import QUIETLY, Shown, Values, View
from usage.ui.what_if_view import create_what_if
from usage.units import PERIODS

_SIGN_IN = "Sign in to see what was used."


@dataclass(frozen=True, slots=True)
class UsageTab:
    """What listeners take: `tab.select(**refresh)` shows the newest figures when the tab is selected,
    `page.load(**restore)` brings back what the browser remembers.
    """

    refresh: dict[str, Any]
    restore: dict[str, Any]


def create_usage_tab(services: UsageServices) -> UsageTab:
    """Lay out and wire the tab; called inside its `gr.Tab`."""
    figures = gr.HTML(elem_id="usage-figures", apply_default_css=False)
    period = gr.Dropdown(
        [(name, key) for key, name in PERIODS.items()],
        value="30-days",
        label="Period",
        filterable=False,
        min_width=120,
        elem_id="usage-period",
        elem_classes="usage-choice",
    )
    with gr.Tabs(elem_id="usage-views", overflow_behavior="wrap"):
        overview = create_overview(services, period)
        insights, comparison = create_insights(services, period), create_what_if(services, period)
        subscription, subscription_price = create_subscription(services)
        settling, bill = create_settle_up(services), create_bill(services)
        prices = create_prices(services, figures)
    shown = gr.Textbox("0", visible="hidden", elem_id="usage-view", label="View shown")
    views = [overview, insights, comparison, subscription, settling, bill, prices]
    wiring = _Wiring(services, figures, shown, period, views)
    wiring.choosing()
    remembered = {"fn": None, "outputs": subscription_price, "js": "() => tallyUsage.subscription()"}
    return UsageTab(wiring.refresh, remembered)


class _Wiring:
    """Shows one view at a time: the others take no time until somebody looks at them."""

    def __init__(
        self,
        services: UsageServices,
        figures: gr.HTML,
        shown: gr.Textbox,
        period: gr.Dropdown,
        views: Sequence[View],
    ) -> None:
        self._services = services
        self._figures = figures
        self._shown = shown
        self._period = period
        self._views = views
        controls = {control for view in views for control in view.inputs}
        self.refresh: dict[str, Any] = {
            "fn": self._show_current,
            "inputs": {shown, period, *controls},
            "outputs": [figures, *(output for view in views for output in view.outputs)],
            **QUIETLY,
        }

    def choosing(self) -> None:
        """What happens when a person chooses a view, a period, or something within a view."""
        self._period.input(**self.refresh)
        for number, view in enumerate(self._views):
            view.tab.select(None, None, self._shown, js=f"() => '{number}'")
            inputs: set[Block] = {self._period, *view.inputs}
            view.tab.select(self._showing(view, view.outputs), inputs, list(view.outputs), **QUIETLY)
            # Of a list of choices, what comes back is a change again, even if it is the same.
            outputs = [output for output in view.outputs if output not in view.inputs]
            if view.changes:
                gr.on(list(view.changes), self._showing(view, outputs), inputs, outputs, **QUIETLY)

    def _showing(self, view: View, outputs: Sequence[Component]) -> Callable[[Values, gr.Request], Shown]:
        def show(values: Values, request: gr.Request) -> Shown:
            asker = self._services.asker(request)
            try:
                shown = view.show(values, asker) if asker.person else _only_notice(view, _SIGN_IN)
            except (LedgerError, TitlesError) as exc:
                shown = _only_notice(view, str(exc))
            return {output: value for output, value in shown.items() if output in outputs}

        return show

    def _show_current(self, values: Values, request: gr.Request) -> Shown:
        """The figures and the view that is looked at, for whoever asks, out of the ledger as it is now."""
        view = self._views[int(values[self._shown])]
        asker = self._services.asker(request)
        if not asker.person:
            return {self._figures: "", **_only_notice(view, _SIGN_IN)}
        try:
            return {self._figures: self._services.figures(asker), **view.show(values, asker)}
        except (LedgerError, TitlesError) as exc:
            return {self._figures: "", **_only_notice(view, str(exc))}


def _only_notice(view: View, text: str) -> Shown:
    first, *others = view.outputs
    emptied: Shown = {each: "" for each in others if isinstance(each, gr.HTML)}
    return {first: notice_html(text), **emptied}
