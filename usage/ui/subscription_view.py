"""Subscription or pay as you go: this month and all before it against the price that a person enters."""

from urllib.parse import urlencode

import gradio as gr

from usage.reports import (
    DEFAULT_USD,
    ChatNames,
    Filter,
    cumulative_month,
    month_chart,
    months_against,
    sheet_html,
)
from usage.ui.snippets import lead_html, nothing_html, notice_html
from usage.ui.usage_services import Asker, UsageServices
from usage.ui.view import Shown, Values, View
from usage.units import AmountError, read_usd

_LEAD = "Would a subscription have been cheaper? Enter what it costs; this browser remembers it."
_NOTHING = (
    "Here you will see this month’s cost against the price of a subscription, "
    "and what paying as you go has saved or lost so far."
)


def create_subscription(services: UsageServices) -> tuple[View, gr.Textbox]:
    """Lay the view out; called inside the tabs. The text box is to hold what the browser remembers."""
    with gr.Tab("Subscription", id="subscription", elem_id="usage-subscription") as tab:
        gr.HTML(lead_html(_LEAD), apply_default_css=False)
        # Not a gr.Number, which turns an empty field into 0.
        price = gr.Textbox(
            f"{DEFAULT_USD:.2f}",
            label="Subscription a month (USD)",
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
            return {chart: notice_html(f"The price is “{typed}”: {exc}."), months: ""}
        every = Filter(user=asker.sees)
        with services.calls.unchanged():
            sheet = months_against(services.calls, every, monthly_usd, asker.today)
            costs = cumulative_month(services.calls, every, asker.today)
        if not sheet.rows:
            return {chart: nothing_html(_NOTHING), months: ""}
        address = f"download/subscription.csv?{urlencode({'price': f'{monthly_usd:f}'})}"
        html = sheet_html(sheet, ChatNames(), nothing=_NOTHING, download=address, heading=False)
        return {chart: month_chart(costs, monthly_usd), months: html}

    return View(tab, [price], [chart, months], [price.submit, price.blur], show), price
