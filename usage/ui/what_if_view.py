"""What if: what the same calls would have cost at the prices of other models."""

from urllib.parse import urlencode

import gradio as gr

from usage.prices import PricesError, chat_generation
from usage.reports import ChatNames, sheet_html, total, what_if
from usage.ui.snippets import lead_html, nothing_html, notice_html
from usage.ui.usage_services import Asker, UsageServices
from usage.ui.view import Shown, Values, View

_MOST_AT_FIRST = 8
_LEAD = (
    "The calls of the period at the prices of other models, with the same tokens. Any priced model will do."
)
_NOTHING = "Here you will see what your calls would have cost with other models, once there are some."


def create_what_if(services: UsageServices, period: gr.Dropdown) -> View:
    """Lay the view out; called inside the tabs."""
    with gr.Tab("What if", id="what-if", elem_id="usage-what-if") as tab:
        gr.HTML(lead_html(_LEAD), apply_default_css=False)
        chosen = gr.Dropdown(
            [],
            value=[],
            multiselect=True,
            allow_custom_value=True,
            label="Models",
            elem_id="usage-models",
        )
        answer = gr.HTML(elem_id="usage-what-if-table", apply_default_css=False)

    def show(values: Values, asker: Asker) -> Shown:
        listed = services.models.listed(asker.now)
        chosen_calls = asker.calls(values[period])
        with services.calls.unchanged():
            used = [each.model for each in services.models.used(services.calls, asker.now, asker.sees)]
            if not total(services.calls, chosen_calls).calls:
                return {answer: nothing_html(_NOTHING), chosen: gr.skip()}
            models = values[chosen] or _at_first(listed, used)
            try:
                sheet = what_if(services.calls, chosen_calls, services.models.alternatives(models, asker.now))
            except PricesError as exc:
                return {answer: notice_html(str(exc)), chosen: gr.skip()}
        address = urlencode({"period": values[period], "models": ",".join(models)})
        html = sheet_html(sheet, ChatNames(), nothing=_NOTHING, download=f"download/what-if.csv?{address}")
        return {answer: html, chosen: gr.update(choices=[*dict.fromkeys([*used, *listed])], value=models)}

    # Not `input`, which says nothing when all models are taken out at once.
    return View(tab, [chosen], [answer, chosen], [chosen.change], show)


def _at_first(listed: list[str], used: list[str]) -> list[str]:
    """What is compared until somebody chooses: the newest models, or those that were used."""
    newest = chat_generation(listed[0]) if listed else 0
    current = [name for name in listed if newest and chat_generation(name) == newest]
    return (current or used or listed)[:_MOST_AT_FIRST]
