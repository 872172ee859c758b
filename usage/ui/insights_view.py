"""Insights: where the money goes, one question at a time."""

from dataclasses import dataclass
from urllib.parse import urlencode

import gradio as gr

from usage.reports import SHEETS, sheet_html
from usage.ui.usage_services import Asker, UsageServices
from usage.ui.view import Shown, Values, View


@dataclass(frozen=True, slots=True)
class _Question:
    """What a person chooses, and what stands there as long as there is no answer."""

    name: str
    nothing: str


_QUESTIONS = {
    "dearest": _Question(
        "Dearest calls",
        "Here you will see the ten calls that cost the most, with links to their conversations.",
    ),
    "history": _Question(
        "Old messages",
        "With each question the conversation so far is sent again. Here you will see what that costs.",
    ),
    "cache": _Question(
        "Caching",
        "Here you will see what the endpoint’s cache saved, once it reports that it read from one.",
    ),
    "estimates": _Question(
        "Estimates",
        "Here you will see how close the counts before sending came to what was billed.",
    ),
}


def create_insights(services: UsageServices, period: gr.Dropdown) -> View:
    """Lay the view out; called inside the tabs."""
    with gr.Tab("Insights", id="insights", elem_id="usage-insights") as tab:
        question = gr.Radio(
            [(each.name, name) for name, each in _QUESTIONS.items()],
            value="dearest",
            label="Question",
            show_label=False,
            elem_id="usage-question",
            elem_classes="usage-pills",
        )
        answer = gr.HTML(elem_id="usage-insight", apply_default_css=False)

    def show(values: Values, asker: Asker) -> Shown:
        asked = values[question] if values[question] in _QUESTIONS else "dearest"
        with services.reports.table() as table:
            sheet = SHEETS[asked](table, asker.calls(values[period]))
        address = f"download/{asked}.csv?{urlencode({'period': values[period]})}"
        names = services.chat_names(asker)
        return {answer: sheet_html(sheet, names, nothing=_QUESTIONS[asked].nothing, download=address)}

    return View(tab, [question], [answer], [question.input], show)
