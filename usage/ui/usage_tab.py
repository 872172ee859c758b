"""The Usage tab: figures, period and grouping, chart, table, downloads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import gradio as gr

from usage.chart import cost_chart
from usage.ledger import LedgerError
from usage.periods import PERIODS, days_of
from usage.reports import UsageReports
from usage.totals import Grouping
from usage.usage_view import (
    GROUPING_NAMES,
    downloads_html,
    figures_html,
    nothing_yet_html,
    notice_html,
    problems_html,
    table_html,
)


@dataclass(frozen=True, slots=True)
class UsageTab:
    """`refresh` is what an event's listener takes to show the newest figures: `tab.select(**refresh)`."""

    refresh: dict[str, Any]


def create_usage_tab(
    reports: UsageReports,
    viewer: Callable[[gr.Request], str | None],
    conversation_titles: Callable[[str | None], Mapping[str, str]],
    clock: Callable[[], datetime],
) -> UsageTab:
    """Lay out and wire the tab; called inside its `gr.Tab`.

    `viewer` says whose calls a request may see, None = everybody's; `conversation_titles` names the
    conversations of that user; `clock` gives the time in UTC.
    """
    figures = gr.HTML(apply_default_css=False)
    with gr.Row(elem_classes="usage-choices"):
        period = gr.Dropdown(
            [(name, key) for key, name in PERIODS.items()],
            value="30-days",
            label="Period",
            filterable=False,
            min_width=120,
            elem_id="usage-period",
        )
        by = gr.Dropdown(
            [(name, key) for key, name in GROUPING_NAMES.items()],
            value="day",
            label="Table by",
            filterable=False,
            min_width=120,
            elem_id="usage-by",
        )
    chart = gr.HTML(elem_id="usage-chart", apply_default_css=False)
    table = gr.HTML(elem_id="usage-table", apply_default_css=False)
    downloads = gr.HTML(elem_id="usage-download", apply_default_css=False)

    def show(chosen_period: str, chosen_by: Grouping, request: gr.Request) -> tuple[str, str, str, str]:
        """One picture of the ledger as it is now, for whoever asks."""
        user = viewer(request)
        now = clock().astimezone(reports.timezone)
        try:
            return _parts(reports, user, now, chosen_period, chosen_by, conversation_titles(user))
        except LedgerError as exc:
            return notice_html(str(exc)), "", "", ""

    refresh = {
        "fn": show,
        "inputs": [period, by],
        "outputs": [figures, chart, table, downloads],
        "show_progress": "hidden",
        "trigger_mode": "always_last",
        "api_visibility": "private",
    }
    gr.on([period.input, by.input], **refresh)
    return UsageTab(refresh)


def _parts(
    reports: UsageReports,
    user: str | None,
    now: datetime,
    period: str,
    by: Grouping,
    titles: Mapping[str, str],
) -> tuple[str, str, str, str]:
    """Figures, chart, table and downloads for one user, None = everybody; `now` is local."""
    today = now.date()
    spend = reports.spend(today=today, user=user)
    if not reports.report("user", user=user).total.calls:
        return figures_html(spend, now), nothing_yet_html(), "", ""
    days = days_of(period, today)
    report = reports.report(by, first_day=days.first, last_day=days.last, user=user)
    costs = reports.daily_cost_by_model(first_day=days.first, last_day=days.last, user=user)
    return (
        figures_html(spend, now),
        cost_chart(costs, reports.models(), days.first, min(today, days.last or today)),
        table_html(report, titles) + problems_html(report.problems),
        downloads_html(by, period),
    )
