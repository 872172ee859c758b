"""The overview: the chart of what was spent, and a table of it by day, model or another grouping."""

import gradio as gr

from texts import _
from usage.reports import (
    Filter,
    charges,
    cost_chart,
    dearest_conversations,
    grouping_choices,
    has_several_people,
    is_by_date,
    model_costs,
    models_used,
    surcharge,
    total,
    usage_by,
    usage_downloads_html,
    usage_html,
)
from usage.ui.snippets import most_expensive_html, nothing_html, problems_html, surcharge_html
from usage.ui.view import Asker, PeriodChoice, Shown, UsageServices, Values, View
from usage.ui.views.balance_check import create_balance_check
from usage.units import Days

_MOST_NAMED = 3


def create_overview(services: UsageServices, period: PeriodChoice) -> View:
    """Lay out the view; called inside the tabs."""
    with gr.Tab(_("Overview"), id="overview", elem_id="usage-overview") as tab:
        with gr.Row(elem_id="usage-first-line"):
            by = gr.Dropdown(
                grouping_choices(),
                value="day",
                label=_("Group by"),
                filterable=False,
                min_width=120,
                elem_id="usage-by",
                elem_classes="usage-choice",
            )
            create_balance_check(services)
        most_expensive = gr.HTML(elem_id="usage-most-expensive", apply_default_css=False)
        chart = gr.HTML(elem_id="usage-chart", apply_default_css=False)
        downloads = gr.HTML(elem_id="usage-download", apply_default_css=False)
        table = gr.HTML(elem_id="usage-table", apply_default_css=False)

    def show(values: Values, asker: Asker) -> Shown:
        calls, grouping = services.calls, values[by]
        with calls.unchanged():
            if not total(calls, Filter(user=asker.sees)).calls:
                text = _(
                    "What you spend appears here as a chart and a table: by day, model or chat. "
                    "Send a message to begin."
                )
                return {chart: nothing_html(text), most_expensive: "", table: "", downloads: ""}
            chosen = asker.calls(period.of(values))
            sheet = usage_by(calls, grouping, chosen).also_in(asker.currency)
            costs = model_costs(calls, "day" if is_by_date(grouping) else grouping, chosen)
            models = models_used(calls)
            more_usd = surcharge(charges(calls, chosen))
            chats = None if grouping == "conversation" else dearest_conversations(calls, chosen, _MOST_NAMED)
            # A row that cannot be read may be anybody's.
            problems = problems_html(calls.problems()) if asker.is_owner else ""
            has_people = asker.is_owner and has_several_people(calls)
        names = services.chat_names(asker)
        days = Days(chosen.first_day, min(asker.today, chosen.last_day or asker.today))
        return {
            most_expensive: most_expensive_html(chats, names) if chats else "",
            chart: cost_chart(grouping, costs, models, names, days),
            table: usage_html(sheet, names) + surcharge_html(more_usd, period.of(values)) + problems,
            downloads: usage_downloads_html(grouping, period.of(values), asker.currency),
            by: gr.update(choices=[each for each in grouping_choices() if has_people or each[1] != "user"]),
        }

    return View(tab, [by], [chart, most_expensive, table, downloads, by], [by.input], show, {"by": by})
