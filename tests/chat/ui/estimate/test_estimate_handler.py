"""What the estimate says of budgets before anything is sent."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from chat.connections import Connection
from chat.providers import Completed, TextDelta
from chat.ui import ChatServices
from chat.ui.chat_tab import ChatTab
from chat.ui.estimate import ContextHandler
from chat.ui.estimate.estimate_handler import EstimateHandler, budget_alarm
from chat.ui.estimate.estimate_line import BudgetAlarm
from chat.ui.sidebar import Sidebar
from tests.chat.conftest import MakeRig
from tests.helpers.chats import services_of
from tests.helpers.fakes import ENTRY, MODEL, NOW, Rig
from tests.helpers.given_prices import own_price
from tests.helpers.ledger_entries import BERLIN
from usage.budgets import Limit
from usage.forecast import Prompt
from usage.ledger import LedgerError
from usage.prices import OwnPrices, PriceBook
from usage.units import Endpoint, TokenUsage

DAILY = Limit(Decimal("1.00"), "day")
# The prompt costs at most $0.00028, and the shortest useful reply $0.00064.
LEFT_FOR_THE_SHORTEST = Decimal("1.00") - Decimal("0.00092")
PICODOLLAR = Decimal("0.000000000001")


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    return make_rig([DAILY])


def alarm(rig: Rig, spent: Decimal | str, models: int = 1, **changes: Any) -> BudgetAlarm | None:
    """What is said of asking "Why?" once so much is spent of a dollar a day."""
    rig.ledger.rows = [replace(ENTRY, cost_usd=Decimal(spent))]
    return budget_alarm(services_of(rig), [rig.ask(**changes)] * models, Prompt.of_texts(("user", "Why?")))


def handler_of(services: ChatServices, tab: ChatTab, sidebar: Sidebar) -> EstimateHandler:
    return EstimateHandler(services, tab, sidebar, ContextHandler(services, tab))


async def test_models_are_named_with_their_connection(rig: Rig, tmp_path: Path) -> None:
    services = services_of(rig, folder=tmp_path)
    services.endpoints.further.put(Connection("My <box>", "http://127.0.0.1:9/v1"), "")
    with gr.Blocks(analytics_enabled=False):
        tab, sidebar = ChatTab(None, ""), Sidebar(sign_in=None)
    handler = handler_of(services, tab, sidebar)
    typed = {tab.conversation: "", tab.message: "Why?", tab.models.model: f"My <box>: {MODEL}"}
    values = dict.fromkeys(handler.inputs, "") | typed
    request: Any = SimpleNamespace(session_hash="page")
    shown = (await handler.estimate(values, request))[tab.estimate]
    assert re.findall('<th scope="row">([^<]+)<', shown) == [f"My &lt;box&gt;: {MODEL}"]


async def test_it_opens_to_the_amount_in_the_persons_currency(rig: Rig) -> None:
    services = services_of(rig)
    services.preferences.set("ada", {"currency": "EUR", "currency_rate": "0.9"})
    with gr.Blocks(analytics_enabled=False):
        tab, sidebar = ChatTab(None, ""), Sidebar(sign_in=None)
    handler = handler_of(services, tab, sidebar)
    typed = {tab.conversation: "", tab.message: "Why?", tab.models.model: MODEL}
    request: Any = SimpleNamespace(session_hash="page")
    shown = (await handler.estimate(dict.fromkeys(handler.inputs, "") | typed, request))[tab.estimate]
    assert ", at 1 USD = 0.9 EUR, set by hand." in shown


async def shown_after(rig: Rig, usage: TokenUsage, minutes: int = 0, model: str = MODEL) -> str:
    """What the estimate says of a next question, so many minutes after a reply that was counted so."""
    turn = await rig.answered(TextDelta("Because."), Completed(usage))
    services = replace(services_of(rig), clock=lambda: NOW + timedelta(minutes=minutes), zone=BERLIN)
    with gr.Blocks(analytics_enabled=False):
        tab, sidebar = ChatTab(None, ""), Sidebar(sign_in=None)
    handler = handler_of(services, tab, sidebar)
    typed = {tab.conversation: turn.conversation_id, tab.message: "How?", tab.models.model: model}
    request: Any = SimpleNamespace(session_hash="page")
    shown = await handler.estimate(dict.fromkeys(handler.inputs, "") | typed, request)
    return str(shown[tab.estimate])


async def test_the_estimate_tells_what_is_likely_read_from_the_cache_and_until_when(rig: Rig) -> None:
    rates = own_price(1, 10, cached_input_usd_per_mtok="0.10", context_window=1000)
    rig.records.meter.prices = PriceBook(lambda: OwnPrices({MODEL: rates, "other": rates}))
    read = TokenUsage(input=8, cached_input=6, output=3)
    said = "$0.000021 without the reply, or $0.000014 if the cache still holds (until 11:35)."
    assert f"<p>{said}</p>" in await shown_after(rig, read, minutes=4)
    for shown in (
        await shown_after(rig, read, minutes=5),
        await shown_after(rig, read, model="other"),
        await shown_after(rig, TokenUsage(input=8, output=3)),
    ):
        assert "without the reply" in shown
        assert "cache" not in shown


@pytest.mark.parametrize(
    ("model", "tier", "said"),
    [
        ("gpt-6-luna", "", "$0.0000008 without the reply"),
        ("gpt-6-luna", "flex", "$0.0000004 without the reply · Flex"),
        ("gpt-6-luna", "priority", "$0.0000016 without the reply · Priority"),
        ("gpt-6-luna", "batch", "$0.0000008 without the reply"),
        ("gpt-4o", "flex", "$0.00002 without the reply"),
    ],
)
async def test_the_estimate_is_that_of_the_service_tier_that_is_asked_for(
    make_rig: MakeRig, model: str, tier: str, said: str
) -> None:
    rig = make_rig()
    rig.provider.endpoint = Endpoint("api.openai.com", "openai")
    with gr.Blocks(analytics_enabled=False):
        tab, sidebar = ChatTab(None, ""), Sidebar(sign_in=None)
    handler = handler_of(services_of(rig), tab, sidebar)
    typed = {tab.message: "Why?", tab.models.model: model, sidebar.settings.service_tier: tier}
    request: Any = SimpleNamespace(session_hash="page")
    shown = (await handler.estimate(dict.fromkeys(handler.inputs, "") | typed, request))[tab.estimate]
    assert re.sub("<[^>]+>", "", shown.partition("</summary>")[0]) == said


@pytest.mark.parametrize("spent", ["0", "0.50", "0.799999999999"])
def test_below_80_percent_the_estimate_says_nothing_of_budgets(rig: Rig, spent: str) -> None:
    assert alarm(rig, spent) is None


@pytest.mark.parametrize("spent", [Decimal("0.80"), LEFT_FOR_THE_SHORTEST])
def test_from_80_percent_on_a_budget_is_near_as_long_as_a_message_can_go_out(
    rig: Rig, spent: Decimal
) -> None:
    percent = int(spent * 100)
    assert alarm(rig, spent) == BudgetAlarm("near", f"{percent}% of the daily budget of $1.00 is spent.")


def test_what_would_be_refused_is_told_with_figures_and_when_the_budget_starts_again(rig: Rig) -> None:
    told = alarm(rig, LEFT_FOR_THE_SHORTEST + PICODOLLAR)
    assert told == BudgetAlarm(
        "over",
        "The daily budget of $1.00 has $0.00092 left ($1.00 spent), and this message may cost $0.00092 "
        "even with a short reply. It resets on Nov 23, 2026 at 00:00 (UTC).",
    )


def test_models_that_are_compared_share_what_is_left(rig: Rig) -> None:
    spent = Decimal("1.00") - 2 * Decimal("0.00092")
    near = alarm(rig, spent, models=2)
    over = alarm(rig, spent + PICODOLLAR, models=2)
    assert near is not None
    assert over is not None
    assert (near.kind, over.kind) == ("near", "over")
    assert "priced: The daily budget of $1.00 has $0.00092 left for this model" in over.text


def test_a_budget_for_a_conversation_that_has_yet_to_begin_counts(rig: Rig) -> None:
    fits = alarm(rig, "0", budget_usd=Decimal("0.00092"))
    told = alarm(rig, "0", budget_usd=Decimal("0.00091"))
    assert fits is None
    assert told is not None
    assert told.kind == "over"
    assert "This chat's budget of $0.00091 has $0.00091 left" in told.text


def test_a_price_that_is_unknown_is_over_a_budget(rig: Rig) -> None:
    told = alarm(rig, "0", model="unpriced")
    assert told is not None
    assert (told.kind, told.text.partition(",")[0]) == ("over", "The price of this model is unknown")


def test_without_a_readable_ledger_nothing_is_claimed(rig: Rig) -> None:
    rig.ledger.trouble = "usage.csv cannot be read."
    with pytest.raises(LedgerError):
        budget_alarm(services_of(rig), [rig.ask()], Prompt.of_texts(("user", "Why?")))
