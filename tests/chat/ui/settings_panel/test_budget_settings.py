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
        self, which: Which, user: str = "ada", conversation_id: str = "", **typed: str
    ) -> dict[str, Any]:
        """Leave a field; `typed` is what stands in the fields then. What changes on the page, by name."""
        saving = self._of(user).saver(which)
        return self._named(await saving(self._values(conversation_id, typed), gr.Request()))

    async def load(self, user: str = "ada", conversation_id: str = "") -> dict[str, Any]:
        """What the fields show on a page that was just loaded."""
        shown = await self.updates_on_load(user, conversation_id)
        return {name: update if name == "note" else update.get("value") for name, update in shown.items()}

    async def updates_on_load(self, user: str = "ada", conversation_id: str = "") -> dict[str, Any]:
        values = self._values(conversation_id, {})
        return self._named(await self._of(user).show(values, gr.Request()))

    async def open(self, conversation_id: str, user: str = "ada", **typed: str) -> dict[str, Any]:
        """What changes when another conversation is opened."""
        values = self._values(conversation_id, typed)
        return self._named(await self._of(user).show_conversation(values, gr.Request()))

    def _of(self, user: str) -> BudgetSettings:
        services = services_of(self.rig, user)
        return BudgetSettings(services, self.fields, self.tab.conversation, self.sidebar.spend)

    def _values(self, conversation_id: str, typed: dict[str, str]) -> dict[Any, Any]:
        texts = {field: typed.get(NAMES[which], "") for which, field in self.fields.by_limit.items()}
        return {self.tab.conversation: conversation_id, **texts}

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
        sidebar, tab = Sidebar(None, sign_in=None), ChatTab("", "")
    return Page(rig, tab, sidebar)


async def test_an_own_budget_is_kept_shown_as_it_is_read_and_drawn_in_the_sidebar(page: Page) -> None:
    updates = await page.leave(OWN_DAY, own_day="$0,5")
    assert page.kept == (Limit(Decimal("0.5"), "day", "own"),)
    assert updates["own_day"] == "0.50"
    assert "of $0.50" in updates["spend"]
    assert (await page.load())["own_day"] == "0.50"


async def test_an_emptied_field_lifts_its_budget_and_no_other(page: Page) -> None:
    await page.leave(OWN_DAY, own_day="0.50")
    await page.leave(OWN_MONTH, own_month="9")
    updates = await page.leave(OWN_DAY, own_day=" ", own_month="9.00")
    assert page.kept == (Limit(Decimal(9), "month", "own"),)
    assert updates["own_day"] == ""


async def test_a_budget_above_the_given_one_is_kept_and_told_to_have_no_effect(page: Page) -> None:
    updates = await page.leave(OWN_DAY, own_day="2")
    assert page.kept == (Limit(Decimal(2), "day", "own"),)
    assert "Your own daily budget of $2.00 has no effect" in updates["note"]
    assert "of $1.00" in updates["spend"]


async def test_what_cannot_be_read_changes_nothing_but_the_note(page: Page) -> None:
    await page.leave(OWN_DAY, own_day="0.50")
    updates = await page.leave(OWN_DAY, own_day="lots")
    assert list(updates) == ["note"]
    assert "Daily budget is “lots” in the settings: expected an amount in USD" in updates["note"]
    assert page.kept == (Limit(Decimal("0.50"), "day", "own"),)


async def test_what_cannot_be_read_is_told_until_it_is_put_right(page: Page) -> None:
    other_saved = await page.leave(OWN_MONTH, own_day="lots", own_month="9")
    assert page.kept == (Limit(Decimal(9), "month", "own"),)
    assert "“lots”" in other_saved["note"]
    assert "“lots”" in (await page.open(HERE, own_day="lots"))["note"]
    assert "“lots”" not in (await page.leave(OWN_DAY, own_day="0.5", own_month="9.00"))["note"]


async def test_a_conversation_has_a_budget_of_its_own_which_comes_with_it(page: Page) -> None:
    updates = await page.leave(OF_CONVERSATION, conversation_id=HERE, conversation="3")
    assert page.kept == (Limit(Decimal(3), "ever", "conversation"),)
    assert "of $3.00" in updates["spend"]
    assert (await page.open(HERE))["conversation"] == "3.00"
    assert (await page.open("", conversation="3.00"))["conversation"] == ""


async def test_a_budget_of_a_chat_that_has_yet_to_begin_waits_in_its_field(page: Page) -> None:
    updates = await page.leave(OF_CONVERSATION, conversation="3")
    assert updates["conversation"] == "3.00"
    assert page.kept == ()


async def test_nobody_limits_or_sees_what_is_somebody_elses(page: Page) -> None:
    await page.leave(OWN_DAY, own_day="0.50")
    await page.leave(OF_CONVERSATION, conversation_id=HERE, conversation="3")
    shown = await page.load("bob", HERE)
    assert (shown["own_day"], shown["conversation"]) == ("", None)
    assert (await page.open(HERE, "bob"))["conversation"] == ""
    refused = await page.leave(OF_CONVERSATION, "bob", HERE, conversation="9")
    assert "This conversation no longer exists." in refused["note"]
    await page.leave(OWN_DAY, "bob", own_day="7")
    assert page.kept == (Limit(Decimal("0.50"), "day", "own"), Limit(Decimal(3), "ever", "conversation"))


async def test_fields_can_be_typed_in_once_they_show_what_was_set(page: Page) -> None:
    """A page may hear of its conversation before it is loaded: loading leaves that field as it is."""
    assert not any(field.interactive for field in page.fields.by_limit.values())
    shown = await page.updates_on_load()
    assert shown["own_day"] == gr.update(value="", interactive=True)
    assert shown["conversation"] == gr.update(interactive=True)


async def test_without_signing_in_nothing_is_kept(page: Page) -> None:
    refused = await page.leave(OWN_DAY, NOBODY, own_day="5")
    assert "You are not signed in." in refused["note"]
    assert LimitsStore(page.rig.store.database).limits(NOBODY, "") == ()


async def test_a_ledger_that_cannot_be_read_is_told(page: Page) -> None:
    page.rig.ledger.trouble = "usage.csv cannot be read."
    updates = await page.leave(OWN_DAY, own_day="0.50")
    assert updates == {"note": '<p class="over" role="alert">usage.csv cannot be read.</p>'}


@pytest.mark.parametrize(
    ("text", "usd"), [(None, None), ("", None), ("  \n", None), (" $12,50 ", Decimal("12.50"))]
)
async def test_an_amount_is_read_as_everywhere_and_nothing_typed_is_no_budget(
    page: Page, text: str | None, usd: Decimal | None
) -> None:
    field = page.fields.by_limit[OWN_DAY]
    assert read_amount(field, {field: text}) == usd


async def test_what_is_no_amount_is_refused_by_the_name_of_its_field(page: Page) -> None:
    field = page.fields.by_limit[OWN_DAY]
    with pytest.raises(NotSent) as refused:
        read_amount(field, {field: "1,000"})
    assert str(refused.value) == (
        "Daily budget is “1,000” in the settings: expected 1000 or 1.000, as a comma could mean either."
    )


def test_with_budgets_of_ones_own_alone_there_is_nothing_to_say() -> None:
    assert note_html((OWN_LIMIT, Limit(Decimal(1), "ever", "conversation"))) == ""
    assert note_html(()) == ""


def test_budgets_that_were_given_are_named_with_whom_they_bind() -> None:
    person = Limit(Decimal(20), "month", "person")
    assert note_html((FOR_ALL, person)) == (
        '<p aria-live="polite">Tally is set up to allow $1.00 a day for everybody together and '
        "$20.00 a month for each person; the lowest budget decides.</p>"
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


def test_what_cannot_be_read_goes_before_all_else_and_cannot_change_the_page() -> None:
    said = note_html((FOR_ALL, OWN_LIMIT), "Daily budget is “<b>”")
    assert said == '<p class="over" role="alert">Daily budget is “&lt;b&gt;”</p>'
