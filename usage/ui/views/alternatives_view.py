"""What the calls would have cost otherwise: at the prices of other models, or with a subscription."""

import gradio as gr

from texts import _
from usage.prices import PricesError, chat_generation
from usage.reports import (
    DEFAULT_USD,
    ChatNames,
    Filter,
    cumulative_month,
    month_chart,
    months_against,
    sheet_html,
    total,
    what_if,
)
from usage.ui.snippets import lead, nothing_html, notice_html
from usage.ui.view import Asker, PeriodChoice, Shown, UsageServices, Values, View
from usage.units import AmountError, read_usd

_MOST_AT_FIRST = 8


def create_what_if(services: UsageServices, period: PeriodChoice) -> View:
    """Lay out the view of other models; called inside the tabs."""
    with gr.Tab(_("What if"), id="what-if", elem_id="usage-what-if") as tab:
        lead(
            _(
                "What the calls of this period would have cost with other models. "
                "Add any model that has a price."
            )
        )
        chosen = gr.Dropdown(
            [],
            value=[],
            multiselect=True,
            allow_custom_value=True,
            label=_("Models"),
            elem_id="usage-models",
        )
        answer = gr.HTML(elem_id="usage-what-if-table", apply_default_css=False)

    def show(values: Values, asker: Asker) -> Shown:
        nothing = _("After your first calls, this shows what they would have cost with other models.")
        listed = services.models.listed(asker.now)
        chosen_calls = asker.calls(period.of(values))
        with services.calls.unchanged():
            used = [each.model for each in services.models.used(services.calls, asker.now, asker.sees)]
            if not total(services.calls, chosen_calls).calls:
                return {answer: nothing_html(nothing), chosen: gr.skip()}
            models = values[chosen] or _at_first(listed, used)
            try:
                sheet = what_if(services.calls, chosen_calls, services.models.alternatives(models, asker.now))
            except PricesError as exc:
                return {answer: notice_html(str(exc)), chosen: gr.skip()}
        sheet = sheet.also_in(asker.currency)
        address = asker.download("what-if", period=period.of(values), models=",".join(models))
        html = sheet_html(sheet, ChatNames(), nothing=nothing, download=address)
        return {answer: html, chosen: gr.update(choices=[*dict.fromkeys([*used, *listed])], value=models)}

    # Not `input`, which says nothing when all models are taken out at once.
    return View(tab, [chosen], [answer, chosen], [chosen.change], show)


def _at_first(listed: list[str], used: list[str]) -> list[str]:
    """Return what is compared until somebody chooses: the newest models, or those that were used."""
    newest = chat_generation(listed[0]) if listed else 0
    current = [name for name in listed if newest and chat_generation(name) == newest]
    return (current or used or listed)[:_MOST_AT_FIRST]


def create_subscription(services: UsageServices) -> tuple[View, gr.Textbox]:
    """Lay out the view of a subscription; called inside the tabs.

    The text box, of its price, is to hold what the browser remembers.
    """
    with gr.Tab(_("Subscription"), id="subscription", elem_id="usage-subscription") as tab:
        lead(_("Would a subscription have been cheaper? Enter its price; this browser remembers it."))
        # Not a gr.Number, which turns an empty field into 0.
        price = gr.Textbox(
            f"{DEFAULT_USD:.2f}",
            label=_("Price per month (USD)"),
            max_lines=1,
            elem_id="usage-subscription-price",
            elem_classes="usage-short",
        )
        chart = gr.HTML(elem_id="usage-month", apply_default_css=False)
        months = gr.HTML(elem_id="usage-months", apply_default_css=False)
    price.change(None, price, None, js="(typed) => tallyUsage.remember(typed)")

    def show(values: Values, asker: Asker) -> Shown:
        typed = values[price].strip()
        try:
            monthly_usd = read_usd(typed) if typed else DEFAULT_USD
        except AmountError as exc:
            text = _("The price is “{typed}”: {reason}.").format(typed=typed, reason=exc)
            return {chart: notice_html(text), months: ""}
        every = Filter(user=asker.sees)
        with services.calls.unchanged():
            sheet = months_against(services.calls, every, monthly_usd, asker.today)
            costs = cumulative_month(services.calls, every, asker.today)
        nothing = _("After your first calls, this compares their cost with a subscription, month by month.")
        if not sheet.rows:
            return {chart: nothing_html(nothing), months: ""}
        sheet = sheet.also_in(asker.currency)
        address = asker.download("subscription", price=f"{monthly_usd:f}")
        html = sheet_html(sheet, ChatNames(), nothing=nothing, download=address, heading=False)
        return {chart: month_chart(costs, monthly_usd), months: html}

    return View(tab, [price], [chart, months], [price.submit, price.blur], show), price
