"""Budgets that a person sets: how amounts are read, and that each is saved for whoever asks."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import gradio as gr
import pytest

from chat.providers import NotSent
from chat.store import LimitsStore
from chat.ui.chat_tab import ChatTab
from chat.ui.settings_panel.budget_settings import (
    OF_CONVERSATION,
    BudgetFields,
    BudgetSettings,
    Which,
    note_html,
    read_amount,
)
from chat.ui.sidebar import Sidebar
from tests.chat.conftest import MakeRig
from tests.helpers.chats import services_of
from tests.helpers.fakes import ENTRY, TURN, Rig, begin_turn
from usage.budgets import Limit
from usage.ledger import NOBODY

OWN_DAY: Which = ("own", "day")
OWN_MONTH: Which = ("own", "month")
NAMES = {OWN_DAY: "own_day", OWN_MONTH: "own_month", OF_CONVERSATION: "conversation"}
HERE = TURN.conversation_id
GIVEN = Limit(Decimal("1.00"), "day", "person")
FOR_ALL = Limit(Decimal("1.00"), "day", "all")
OWN_LIMIT = Limit(Decimal("2.00"), "day", "own")


@dataclass
class Page:
    """The fields of somebody, whose events can be called."""

    rig: Rig
    tab: ChatTab
    sidebar: Sidebar

    @property
    def fields(self) -> BudgetFields:
        return self.sidebar.settings.budgets

    @property
    def kept(self) -> tuple[Limit, ...]:
        """What Ada has set."""
        return LimitsStore(self.rig.store.database).limits("ada", HERE)

    async def leave(
        self, which: Which, typed: str, user: str = "ada", conversation_id: str = ""
    ) -> dict[str, Any]:
        """Type something into a field and leave it. What changes on the page, by name."""
        saving = self._of(user).saver(which)
        return self._named(await saving(typed, conversation_id, gr.Request()))

    async def load(self, user: str = "ada", conversation_id: str = "") -> dict[str, Any]:
        """What the fields show on a page that was just loaded."""
        shown = await self.updates_on_load(user, conversation_id)
        return {name: update if name == "note" else update.get("value") for name, update in shown.items()}

    async def updates_on_load(self, user: str = "ada", conversation_id: str = "") -> dict[str, Any]:
        return self._named(await self._of(user).show(conversation_id, gr.Request()))

    async def open(self, conversation_id: str, user: str = "ada") -> str:
        """What the conversation's field shows when another one is opened."""
        updates = self._named(await self._of(user).show_conversation(conversation_id, gr.Request()))
        return str(updates["conversation"]["value"])

    def _of(self, user: str) -> BudgetSettings:
        services = services_of(self.rig, user)
        return BudgetSettings(services, self.fields, self.tab.conversation, self.sidebar.spend)

    def _named(self, updates: dict[Any, Any]) -> dict[str, Any]:
        names: dict[Any, str] = {field: NAMES[which] for which, field in self.fields.by_limit.items()}
        names |= {self.fields.note: "note", self.sidebar.spend: "spend"}
        return {names[component]: value for component, value in updates.items()}


@pytest.fixture
async def page(make_rig: MakeRig) -> Page:
    """Where everybody may spend a dollar a day, and Ada has one conversation, which cost some of it.

    Gradio would make an event loop, which nobody closes, where none is running.
    """
    rig = make_rig([GIVEN])
    begin_turn(rig.store)
    rig.ledger.rows.append(ENTRY)
    with gr.Blocks(analytics_enabled=False):
        sidebar, tab = Sidebar(sign_in=None), ChatTab("", "")
    return Page(rig, tab, sidebar)


async def test_an_own_budget_is_kept_shown_as_it_is_read_and_drawn_in_the_sidebar(page: Page) -> None:
    updates = await page.leave(OWN_DAY, "$0,5")
    assert page.kept == (Limit(Decimal("0.5"), "day", "own"),)
    assert (updates["own_day"]["value"], updates["own_day"]["elem_classes"]) == ("0.50", ["set"])
    assert "of $0.50" in updates["spend"]
    assert (await page.load())["own_day"] == "0.50"


async def test_an_emptied_field_lifts_its_budget_and_no_other(page: Page) -> None:
    await page.leave(OWN_DAY, "0.50")
    await page.leave(OWN_MONTH, "9")
    updates = await page.leave(OWN_DAY, " ")
    assert page.kept == (Limit(Decimal(9), "month", "own"),)
    assert (updates["own_day"]["value"], updates["own_day"]["elem_classes"]) == ("", [])


async def test_a_budget_above_the_given_one_is_kept_and_told_to_have_no_effect(page: Page) -> None:
    updates = await page.leave(OWN_DAY, "2")
    assert page.kept == (Limit(Decimal(2), "day", "own"),)
    assert "Your own daily budget of $2.00 has no effect" in updates["note"]
    assert "of $1.00" in updates["spend"]


async def test_what_cannot_be_read_is_told_at_its_field_and_changes_nothing_else(page: Page) -> None:
    await page.leave(OWN_DAY, "0.50")
    updates = await page.leave(OWN_DAY, "<lots>")
    assert list(updates) == ["own_day"]
    assert updates["own_day"]["info"] == "Expected an amount in USD such as 12.50."
    assert "value" not in updates["own_day"]  # what was typed stays
    assert page.kept == (Limit(Decimal("0.50"), "day", "own"),)
    assert (await page.leave(OWN_DAY, "1"))["own_day"]["info"] == ""


async def test_a_conversations_budget_is_kept_with_it(page: Page) -> None:
    updates = await page.leave(OF_CONVERSATION, "3", conversation_id=HERE)
    assert page.kept == (Limit(Decimal(3), "ever", "conversation"),)
    assert "of $3.00" in updates["spend"]
    assert await page.open(HERE) == "3.00"
    assert await page.open("") == ""


async def test_a_budget_of_a_chat_that_has_yet_to_begin_waits_in_its_field(page: Page) -> None:
    updates = await page.leave(OF_CONVERSATION, "3")
    assert updates["conversation"]["value"] == "3.00"
    assert page.kept == ()
    field = page.fields.conversation
    assert page.fields.read_new({field: " 3.00"}) == Decimal(3)


async def test_nobody_limits_or_sees_what_is_somebody_elses(page: Page) -> None:
    await page.leave(OWN_DAY, "0.50")
    await page.leave(OF_CONVERSATION, "3", conversation_id=HERE)
    shown = await page.load("bob", HERE)
    assert (shown["own_day"], shown["conversation"]) == ("", None)
    assert await page.open(HERE, "bob") == ""
    refused = await page.leave(OF_CONVERSATION, "9", "bob", HERE)
    assert refused["conversation"]["info"] == "This chat no longer exists."
    await page.leave(OWN_DAY, "7", "bob")
    assert page.kept == (Limit(Decimal("0.50"), "day", "own"), Limit(Decimal(3), "ever", "conversation"))


async def test_fields_can_be_typed_in_once_they_show_what_was_set(page: Page) -> None:
    """A page may hear of its conversation before it is loaded: loading leaves that field as it is."""
    assert not any(field.interactive for field in page.fields.by_limit.values())
    shown = await page.updates_on_load()
    assert (shown["own_day"]["value"], shown["own_day"]["interactive"]) == ("", True)
    assert shown["conversation"] == gr.update(interactive=True)


async def test_without_signing_in_nothing_is_kept(page: Page) -> None:
    refused = await page.leave(OWN_DAY, "5", NOBODY)
    assert "You are not signed in." in refused["own_day"]["info"]
    assert LimitsStore(page.rig.store.database).limits(NOBODY, "") == ()


async def test_a_ledger_that_cannot_be_read_is_told(page: Page) -> None:
    page.rig.ledger.trouble = "usage.csv cannot be read."
    updates = await page.leave(OWN_DAY, "0.50")
    assert updates["own_day"]["info"] == "usage.csv cannot be read."


@pytest.mark.parametrize(
    ("text", "usd"), [(None, None), ("", None), ("  \n", None), (" $12,50 ", Decimal("12.50"))]
)
def test_an_amount_is_read_as_everywhere_and_nothing_typed_is_no_budget(
    text: str | None, usd: Decimal | None
) -> None:
    assert read_amount(text) == usd


async def test_a_chat_does_not_begin_under_a_budget_that_cannot_be_read(page: Page) -> None:
    with pytest.raises(NotSent) as refused:
        page.fields.read_new({page.fields.conversation: " 1,000"})
    assert str(refused.value) == (
        "Budget for this chat in Settings is “1,000”: expected 1000 or 1.000, as a comma could mean either."
    )


def test_with_budgets_of_ones_own_alone_there_is_nothing_to_say() -> None:
    assert note_html((OWN_LIMIT, Limit(Decimal(1), "ever", "conversation"))) == ""
    assert note_html(()) == ""


def test_budgets_that_were_given_are_named_with_whom_they_bind() -> None:
    person = Limit(Decimal(20), "month", "person")
    assert note_html((FOR_ALL, person)) == (
        '<p aria-live="polite">Tally is set up to allow $1.00 a day for everybody together and '
        "$20.00 a month for each person. If several budgets apply, the lowest one counts.</p>"
    )


@pytest.mark.parametrize(
    ("usd", "period", "has_effect"),
    [
        ("1.000001", "day", False),
        ("1.00", "day", True),
        ("0.999999", "day", True),
        ("5.00", "month", True),
    ],
)
def test_an_own_budget_above_a_given_one_of_its_period_has_no_effect(
    usd: str, period: str, has_effect: bool
) -> None:
    own = Limit(Decimal(usd), "day" if period == "day" else "month", "own")
    assert ("has no effect" in note_html((FOR_ALL, own))) is not has_effect


def test_the_lowest_of_the_given_budgets_is_the_reason() -> None:
    lower = Limit(Decimal("0.50"), "day", "person")
    said = note_html((FOR_ALL, lower, OWN_LIMIT))
    assert (
        "Your own daily budget of $2.00 has no effect: the daily budget of $0.50 for each person is lower. "
    ) in said
