"""Insights: where the money goes, one question at a time."""

import gradio as gr

from texts import _
from usage.reports import SHEETS, sheet_html
from usage.ui.view import Asker, PeriodChoice, Shown, UsageServices, Values, View

_INSIGHTS = {name: sheet for name, sheet in SHEETS.items() if sheet.page_name}


def create_insights(services: UsageServices, period: PeriodChoice) -> View:
    """Lay out the view; called inside the tabs."""
    with gr.Tab(_("Insights"), id="insights", elem_id="usage-insights") as tab:
        question = gr.Radio(
            [(_(insight.page_name), name) for name, insight in _INSIGHTS.items()],
            value="dearest",
            label=_("Question"),
            show_label=False,
            elem_id="usage-question",
            elem_classes="usage-pills",
        )
        answer = gr.HTML(elem_id="usage-insight", apply_default_css=False)

    def show(values: Values, asker: Asker) -> Shown:
        insight = _INSIGHTS.get(values[question], _INSIGHTS["dearest"])
        sheet = insight.answer(services.asked(asker, asker.calls(period.of(values)))).also_in(asker.currency)
        address = asker.download(insight.name, period=period.of(values))
        names = services.chat_names(asker)
        return {answer: sheet_html(sheet, names, nothing=_(insight.nothing), download=address)}

    return View(tab, [question], [answer], [question.input], show, {"question": question})
