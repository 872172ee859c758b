"""The Usage tab without a browser: what its events return, by the ids of the page's elements."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr

from tests.helpers.ledger_entries import an_entry, written
from usage.accounts import Bill, BillError
from usage.ledger import LOCAL_USER, LedgerEntry
from usage.prices import LatePrices, PriceBook, PriceFile, PriceUpdates
from usage.reports import Calls, PricedModels
from usage.ui import UsageServices, create_usage_tab
from usage.units import Endpoint, TokenUsage

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVIL = "<img src=x onerror=alert(1)>\"'"
VIEWS = ("overview", "insights", "what-if", "subscription", "settle", "bill", "prices")
OVERVIEW, INSIGHTS, WHAT_IF, SUBSCRIPTION, SETTLE_UP, BILL, PRICES = VIEWS


def no_costs(_key: str, _first: date, _last: date) -> Bill:
    """Stands in for OpenAI, which cannot be reached."""
    raise BillError("api.openai.com cannot be reached.")


def services(calls: Calls, folder: Path, *, person: str = LOCAL_USER, **changes: Any) -> UsageServices:
    """Make what the tab works with, for a person at noon; only `local` sees everybody's calls.

    `folder` has the ledger of the calls, and prices.toml.
    """
    own_prices, updates = PriceFile(folder / "prices.toml"), PriceUpdates(folder, "http://127.0.0.1:9/")
    prices = PriceBook(own_prices.current, updates.current)
    given: dict[str, Any] = {
        "person_of": lambda _: person,
        "may_see": lambda name: None if name == LOCAL_USER else name,
        "currency_of": lambda _: None,
        "titles": lambda _: {"chat-1": f"SQL {EVIL}"},
        "clock": lambda: NOON,
        "calls": calls,
        "models": PricedModels(prices, Endpoint("api.openai.com", "openai")),
        "new_id": iter(map(str, range(1, 100))).__next__,
        "own_prices": own_prices,
        "price_updates": updates,
        "late_prices": LatePrices(prices, "https://api.openai.com/v1", None),
        "is_openai": False,
        "fetch_costs": no_costs,
        "accounts": list,
    }
    return UsageServices(**(given | changes))


class Tab:
    """A person's tab, whose events can be called."""

    def __init__(self, given: UsageServices) -> None:
        with gr.Blocks(analytics_enabled=False) as self.page, gr.Tab("Usage"):
            self._tab = create_usage_tab(given)

    def refresh(self, values: Mapping[str, Any] | None = None, view: str = OVERVIEW) -> dict[str, Any]:
        """Return what the page shows for these values of its controls, the first ones for the rest."""
        event = self._tab.refresh
        chosen = {"usage-view": view, **(values or {})}
        inputs = {each: chosen.get(each.elem_id, each.value) for each in event["inputs"]}
        shown = event["fn"](inputs, SimpleNamespace())
        return _by_id(shown)

    def press(
        self, elem_id: str, values: Mapping[str, Any] | None = None, event: str = "click", data: Any = None
    ) -> dict[str, Any]:
        """Return what an event of a control shows for these values of its inputs."""
        [listener] = [
            each
            for each in self.page.fns.values()
            if each.fn and any(self._is(target, elem_id, event) for target in each.targets)
        ]
        assert listener.fn is not None
        given = [(values or {}).get(each.elem_id, each.value) for each in listener.inputs]
        asked: list[Any] = (
            [dict(zip(listener.inputs, given, strict=True))] if listener.inputs_as_dict else given
        )
        if event == "upload" or data is not None:
            asked = [gr.EventData(None, data)]
        shown = listener.fn(*asked, SimpleNamespace())
        return _by_id(shown if isinstance(shown, dict) else {listener.outputs[0]: shown})

    def _is(self, target: tuple[int | None, str], elem_id: str, event: str) -> bool:
        control, name = target
        return name == event and getattr(self.page.blocks.get(control or 0), "elem_id", None) == elem_id


def _by_id(shown: Mapping[Any, Any]) -> dict[str, Any]:
    return {control.elem_id: value for control, value in shown.items()}


TYPED = {
    "usage-price-model": "nobody-1",
    "usage-price-endpoint": "API.example.com",
    "usage-price-from": "2026-11-01",
    "usage-price-input-usd-per-mtok": "0.50",
    "usage-price-cached-input-usd-per-mtok": "",
    "usage-price-cache-write-usd-per-mtok": "",
    "usage-price-output-usd-per-mtok": "$2",
    "usage-price-reasoning-usd-per-mtok": "",
    "usage-price-cache-write-1h-usd-per-mtok": "",
    "usage-price-same-as": "",
    "usage-price-per-request-usd": "",
    "usage-price-context-window": "8,000",
}
KEY = '["nobody-1", "api.example.com", "2026-11-01"]'


def unpriced(tmp_path: Path) -> Calls:
    """Write two calls without a price, one of them bob's."""
    usage = TokenUsage(input=1_000_000, output=500_000)
    return written(
        tmp_path / "usage.csv",
        *(
            an_entry(
                call_id=user,
                user=user,
                model="nobody-1",
                resolved_model=None,
                endpoint="api.example.com",
                usage=usage,
                cost_usd=None,
                price_source="unknown",
                service_tier=None,
            )
            for user in ("ann", "bob")
        ),
    )


def tab(tmp_path: Path, **changes: Any) -> Tab:
    """Return the tab over two calls without a price."""
    return Tab(services(unpriced(tmp_path), tmp_path, **changes))


def tab_of(folder: Path, *entries: LedgerEntry, **changes: Any) -> Tab:
    """Return the tab over a ledger with these entries; `changes` are those of the services."""
    return Tab(services(written(folder / "usage.csv", *entries), folder, **changes))
