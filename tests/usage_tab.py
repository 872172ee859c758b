"""The Usage tab without a browser: what its events return, by the ids of the page's elements."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import gradio as gr

from usage.insights.alternatives import PricedModels
from usage.ledger import LOCAL_USER
from usage.own_prices import OwnPrices
from usage.prices import PriceBook
from usage.reports import UsageReports
from usage.ui.services import UsageServices
from usage.ui.usage_tab import create_usage_tab

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVIL = "<img src=x onerror=alert(1)>\"'"


def services(reports: UsageReports, *, person: str = LOCAL_USER, **changes: Any) -> UsageServices:
    """What the tab works with, for somebody who asks at noon; only `local` sees everybody's calls."""
    given: dict[str, Any] = {
        "person_of": lambda _: person,
        "may_see": lambda name: None if name == LOCAL_USER else name,
        "titles": lambda _: {"chat-1": f"SQL {EVIL}"},
        "clock": lambda: NOON,
        "reports": reports,
        "models": PricedModels(PriceBook(OwnPrices()), "openai", "api.openai.com"),
    }
    return UsageServices(**(given | changes))


class Tab:
    """The tab of somebody, whose events can be called."""

    def __init__(self, given: UsageServices) -> None:
        with gr.Blocks(analytics_enabled=False) as self.page, gr.Tab("Usage"):
            self._tab = create_usage_tab(given)

    def refresh(self, values: Mapping[str, Any] | None = None, view: int = 0) -> dict[str, Any]:
        """What the page shows, for values that controls have beside those at the start."""
        event = self._tab.refresh
        chosen = {"usage-view": str(view), **(values or {})}
        inputs = {each: chosen.get(each.elem_id, each.value) for each in event["inputs"]}
        shown = event["fn"](inputs, SimpleNamespace())
        return {control.elem_id: value for control, value in shown.items()}
