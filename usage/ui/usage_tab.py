"""The Usage tab: the figures on top, the period, and the views below them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from texts import _
from usage.ledger import LedgerError
from usage.ui.prices import create_prices
from usage.ui.snippets import notice_html
from usage.ui.view import (
    BETWEEN,
    QUIETLY,
    Asker,
    PeriodChoice,
    Shown,
    TitlesError,
    UsageServices,
    Values,
    View,
)
from usage.ui.views import (
    BillView,
    SettleUp,
    create_insights,
    create_overview,
    create_subscription,
    create_what_if,
)
from usage.units import PERIODS, DaysReversedError, PeriodError


def create_usage_tab(services: UsageServices) -> "UsageTab":
    """Lay out and wire the tab; called inside its `gr.Tab`."""
    figures = gr.HTML(elem_id="usage-figures", apply_default_css=False)
    with gr.Row(elem_id="usage-time"):
        named = gr.Radio(
            [*((_(PERIODS[each]), each) for each in PERIODS), (_("From – to"), BETWEEN)],
            value="30-days",
            label=_("Period"),
            show_label=False,
            elem_id="usage-period",
            elem_classes="usage-pills",
        )
        gr.HTML(_days_html(), apply_default_css=False)
        told = gr.HTML(elem_id="usage-period-told", apply_default_css=False)
    period = PeriodChoice(named, gr.Textbox("", visible="hidden", elem_id="usage-between"), told)
    with gr.Tabs(elem_id="usage-views", overflow_behavior="wrap"):
        overview = create_overview(services, period)
        insights, comparison = create_insights(services, period), create_what_if(services, period)
        subscription, subscription_price = create_subscription(services)
        settling, bill = SettleUp(services).view, BillView(services).view
        prices = create_prices(services, figures)
    views = [overview, insights, comparison, subscription, settling, bill, prices]
    shown = gr.Textbox(overview.name, visible="hidden", elem_id="usage-view")
    restoring = gr.Button(visible="hidden", elem_id="usage-restore")
    tab = UsageTab(services, figures, period, views, shown, restoring, subscription_price)
    tab.wire()
    return tab


def _days_html() -> str:
    fields = (
        f'<input type="date" aria-label="{escape(name)}" aria-describedby="usage-period-told">'
        for name in (_("From"), _("To"))
    )
    return f'<span class="usage-days" hidden>{" – ".join(fields)}</span>'


@dataclass(frozen=True)
class UsageTab:
    """The tab, which draws one view at a time: the others take no time until somebody looks at them.

    `shown` holds the name of the view. What is shown stands in the page's address too (usage_address.js), and
    `restoring` brings it back from there.
    """

    services: UsageServices
    figures: gr.HTML
    period: PeriodChoice
    views: Sequence[View]
    shown: gr.Textbox
    restoring: gr.Button
    subscription_price: gr.Textbox

    @property
    def refresh(self) -> dict[str, Any]:
        """Return how a listener draws the ledger as it is now."""
        controls = {control for view in self.views for control in view.inputs}
        return {
            "fn": self._show_current,
            "inputs": {self.shown, *self.period.controls, *controls},
            "outputs": [
                self.figures,
                self.period.told,
                *(output for view in self.views for output in view.outputs),
            ],
            **QUIETLY,
        }

    @property
    def restore(self) -> dict[str, Any]:
        """Return how a listener, such as `page.load(**restore)`, brings back what is remembered."""
        script = "() => (tallyAddress.start(), tallyUsage.subscription())"
        return {"fn": None, "outputs": self.subscription_price, "js": script}

    @property
    def _kept(self) -> Mapping[str, Component]:
        """Return the controls that the address holds, by their names there."""
        own = {"view": self.shown, "period": self.period.named, "between": self.period.between}
        return own | {name: control for view in self.views for name, control in view.kept.items()}

    def wire(self) -> None:
        """Draw a view when a person chooses it, a period or something in it, or opens its address."""
        kept = [*self._kept.values()]
        fields = json.dumps(
            [(name, control.value, _values_of(control)) for name, control in self._kept.items()]
        )
        restored = self.restoring.click(None, None, kept, js=f"() => tallyAddress.chosen({fields})")
        drawn = restored.then(None, None, None, js="() => tallyAddress.show()").then(**self.refresh)
        drawn.then(None, None, None, js="() => (tallyAddress.applied(), tallyUsage.restoreFilter())")
        note = f"(...values) => tallyAddress.note({fields}, values)"
        noted_at_once = f"(...values) => tallyAddress.note({fields}, values, true)"
        choices = [each for each in kept if isinstance(each, gr.Dropdown | gr.Radio)]
        gr.on([each.input for each in choices], None, kept, None, js=noted_at_once)
        self.period.named.input(**self.refresh)
        for view in self.views:
            view.tab.select(None, None, self.shown, js=f"() => {json.dumps(view.name)}").then(
                None, kept, None, js=note
            )
            inputs: set[Block] = {*self.period.controls, *view.inputs}
            all_outputs = [self.period.told, *view.outputs]
            view.tab.select(self._showing(view, all_outputs), inputs, all_outputs, **QUIETLY)
            # Of a list of choices, what comes back is a change again, even if it is the same.
            outputs = [output for output in all_outputs if output not in view.inputs]
            if view.changes:
                gr.on(list(view.changes), self._showing(view, outputs), inputs, outputs, **QUIETLY)

    def _showing(self, view: View, outputs: Sequence[Component]) -> Callable[[Values, gr.Request], Shown]:
        def show(values: Values, request: gr.Request) -> Shown:
            shown = self._drawn(view, values, self.services.asker(request))
            return {output: value for output, value in shown.items() if output in outputs}

        return show

    def _show_current(self, values: Values, request: gr.Request) -> Shown:
        asker = self.services.asker(request)
        view = next((each for each in self.views if each.name == values[self.shown]), self.views[0])
        return self._drawn(view, values, asker, with_figures=True)

    def _drawn(self, view: View, values: Values, asker: Asker, *, with_figures: bool = False) -> Shown:
        """Return what a view holds, or why there is nothing in it."""
        if not asker.person:
            return self._notice(view, _("Sign in to see what was used."))
        shown: Shown = {self.figures: "", self.period.told: ""}
        try:
            if with_figures:
                shown[self.figures] = self.services.figures(asker)
            return shown | view.show(values, asker)
        except PeriodError as exc:
            return shown | _emptied(view) | {self.period.told: notice_html(_wrong_days(exc))}
        except (LedgerError, TitlesError) as exc:
            return self._notice(view, str(exc))

    def _notice(self, view: View, text: str) -> Shown:
        told = {view.outputs[0]: notice_html(text)}
        return {self.figures: "", self.period.told: "", **_emptied(view), **told}


def _emptied(view: View) -> Shown:
    return {each: "" for each in view.outputs if isinstance(each, gr.HTML)}


def _wrong_days(exc: PeriodError) -> str:
    """Say what is wrong with the days that were chosen, or that somebody wrote into the address."""
    if isinstance(exc, DaysReversedError):
        return _("“From” is after “To”.")
    return _("The address names days that do not exist.")


def _values_of(control: Component) -> list[Any] | None:
    """Return the values that a control may have; None for any."""
    return (
        [value for _name, value in control.choices] if isinstance(control, gr.Dropdown | gr.Radio) else None
    )
