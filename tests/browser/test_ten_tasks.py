"""What people do every day takes three clicks at most, in an app after a year of use."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from chat.store import ConversationStore, LimitsStore
from tests.browser.chat_page import ChatPage, Columns
from tests.browser.conftest import Pages, shared_app
from tests.conftest import StartApp
from tests.helpers.realistic_data import make_realistic_data
from tests.servers.app_process import AppProcess
from tests.servers.scripted import ScriptedServer
from usage.ledger import LOCAL_USER

MOST_CLICKS = 3
COUNT = "addEventListener('pointerdown', (event) => { clicks += event.isTrusted; }, true); var clicks = 0;"
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def used(endpoint: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """An app after a year of use, with an endpoint that answers and no budget that is nearly spent."""
    home = tmp_path_factory.mktemp("home")
    data_dir = home / "data"
    make_realistic_data(data_dir, NOW)
    lift_own_budgets(data_dir)
    yield from shared_app(home, endpoint.variables | {"TALLY_PROVIDER": "openai", "TALLY_TIMEZONE": "UTC"})


def lift_own_budgets(data_dir: Path) -> None:
    store = ConversationStore(f"sqlite:///{data_dir / 'tally.db'}")
    for period in ("day", "month"):
        LimitsStore(store.database).set_own(LOCAL_USER, period, Decimal(100))
    store.close()


@pytest.fixture
def counted(pages: Pages, used: AppProcess) -> ChatPage:
    """A new chat in that app, on a page that counts what is pressed."""
    page = pages.open()
    page.add_init_script(COUNT)
    return ChatPage(page, used).open()


@contextmanager
def three_clicks(page: Page, task: str) -> Iterator[None]:
    """Fail when what is done in here takes more."""
    page.evaluate("clicks = 0")
    yield
    assert page.evaluate("clicks") <= MOST_CLICKS, task


def test_first_reply_needs_no_key(pages: Pages, app_process: StartApp) -> None:
    page = pages.open()
    page.add_init_script(COUNT)
    chat = ChatPage(page, app_process()).open()
    with three_clicks(page, "first reply with no key"):
        page.keyboard.type("What can you do?")
        page.keyboard.press("Enter")
        expect(chat.receipts).to_contain_text(["free"])
    assert page.evaluate("clicks") == 0


def test_settings_and_models(counted: ChatPage) -> None:
    page = counted.page
    with three_clicks(page, "set a key"):
        page.locator("#settings-open").click()
        page.get_by_role("tab", name="Connection").click()
        page.get_by_label("API key").fill("sk-of-my-own")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Remove the key")).to_be_visible()
    page.keyboard.press("Escape")

    with three_clicks(page, "a daily budget of one dollar"):
        page.locator("#settings-open").click()
        page.get_by_role("tab", name="Budgets").click()
        counted.setting("Daily budget").fill("1")
        page.keyboard.press("Tab")
        expect(page.locator("#spend").get_by_role("meter", name="daily budget of $1.00")).to_be_attached()
    page.keyboard.press("Escape")

    with three_clicks(page, "change the model"):
        page.locator("#model-chip").click()
        page.locator("#model-list").get_by_role("option", name="gpt-6-astra").first.click()
        expect(page.locator("#model-chip")).to_contain_text("gpt-6-astra")

    with three_clicks(page, "compare two models"):
        page.locator("#model-chip").click()
        page.locator("#model-compare").click()
        page.locator("#model-list").get_by_role("option", name="gpt-6-luna").first.click()
        page.keyboard.press("Escape")
        counted.send("Which of you is cheaper?")
        Columns(counted).expect_all_ended(2)


def test_looking_up_what_was_spent(counted: ChatPage, used: AppProcess) -> None:
    page = counted.page
    with three_clicks(page, "today's cost"):
        expect(counted.amount("Today")).to_contain_text("$")

    with three_clicks(page, "export usage"):
        page.get_by_role("tab", name="Usage", exact=True).click()
        with page.expect_download() as download:
            page.locator("#usage-download a").first.click()
        assert download.value.suggested_filename.endswith(".csv")
    page.get_by_role("tab", name="Chat", exact=True).click()

    most_expensive = most_expensive_chat_of_last_week(used.data_dir / "usage.csv")
    with three_clicks(page, "last week's most expensive chat"):
        page.get_by_role("tab", name="Usage", exact=True).click()
        page.locator("#usage-period").get_by_text("Last week").click()
        expect(page).to_have_url(re.compile("period=last-week"))
        page.locator(f"#usage-most-expensive li:first-child a[href='?c={most_expensive}']").click()
        expect(page).to_have_url(re.compile(rf"/\?c={most_expensive}$"))
        expect(counted.questions.first).to_be_visible()


def most_expensive_chat_of_last_week(ledger: Path) -> str:
    """Add the ledger up without any code of the app; its zone is UTC."""
    last_monday = NOW.date() - timedelta(days=NOW.weekday() + 7)
    days = {str(last_monday + timedelta(days=day)) for day in range(7)}
    costs: defaultdict[str, Decimal] = defaultdict(Decimal)
    with ledger.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["started_at"][:10] in days and row["conversation_id"]:
                costs[row["conversation_id"]] += Decimal(row["cost_usd"] or 0)
    return max(costs, key=lambda chat: costs[chat])


def test_a_chat_of_three_weeks_ago_is_found_by_eye_and_continued(counted: ChatPage) -> None:
    page = counted.page
    then = NOW - timedelta(weeks=3)
    under = page.locator("#conversations section", has_text="Previous 30 days").locator("li")
    of_then = under.filter(has=page.locator("small", has_text=re.compile(rf"^{then:%b} ")))
    with three_clicks(page, "find a chat of three weeks ago by eye"):
        page.locator("#conversations").hover()
        while not of_then.first.is_visible() or not of_then.first.evaluate(
            "e => e.getBoundingClientRect().top < innerHeight / 2"
        ):
            page.mouse.wheel(0, 400)
        chat = of_then.first.get_by_role("link")
        title = chat.inner_text()

    with three_clicks(page, "continue it"):
        chat.click()
        expect(counted.questions.first).to_be_visible()
        counted.send("And what else?")
        # Of a long chat the page shows as many turns as before.
        asked = page.locator("#chat .user-row", has_text="And what else?")
        expect(asked.locator("xpath=following-sibling::*").locator(".receipt > summary")).to_be_visible()
    expect(page).to_have_title(re.compile(re.escape(title[:20])))
