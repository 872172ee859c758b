"""The overview: the chart of what was spent, and a table of it by day, model or another grouping."""

import gradio as gr

from usage.reports import GROUPING_NAMES, ChatNames, cost_chart, downloads_html, report_html
from usage.ui.snippets import nothing_yet_html, problems_html
from usage.ui.usage_services import Asker, UsageServices
from usage.ui.view import Shown, Values, View


def create_overview(services: UsageServices, period: gr.Dropdown) -> View:
    """Lay the view out; called inside the tabs."""
    with gr.Tab("Overview", id="overview", elem_id="usage-overview") as tab:
        chart = gr.HTML(elem_id="usage-chart", apply_default_css=False)
        by = gr.Dropdown(
            [(name, key) for key, name in GROUPING_NAMES.items()],
            value="day",
            label="Table by",
            filterable=False,
            min_width=120,
            elem_id="usage-by",
            elem_classes="usage-choice",
        )
        table = gr.HTML(elem_id="usage-table", apply_default_css=False)
        downloads = gr.HTML(elem_id="usage-download", apply_default_css=False)

    def show(values: Values, asker: Asker) -> Shown:
        reports, user = services.reports, asker.sees
        if not reports.report("user", user=user).total.calls:
            return {chart: nothing_yet_html(), table: "", downloads: ""}
        days = asker.days(values[period])
        report = reports.report(values[by], first_day=days.first, last_day=days.last, user=user)
        costs = reports.daily_cost_by_model(first_day=days.first, last_day=days.last, user=user)
        names = services.chat_names(asker) if report.by == "conversation" else ChatNames()
        last = min(asker.today, days.last or asker.today)
        # A row that cannot be read may be anybody's.
        problems = problems_html(report.problems) if asker.is_owner else ""
        return {
            chart: cost_chart(costs, reports.models(), days.first, last),
            table: report_html(report, names) + problems,
            downloads: downloads_html(values[by], values[period]),
        }

    return View(tab, [by], [chart, table, downloads], [by.input], show)
