"""The sidebar with few and many conversations: the list scrolls alone, head and foot stand."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Pages, Scheme
from tests.browser.driving import ChatPage
from tests.browser.stored import store_conversation
from tests.helpers.fakes import ENTRY
from tests.helpers.ledger_entries import changed
from tests.helpers.realistic_data import CONVERSATIONS
from tests.servers.app_process import AppProcess
from usage.ledger import LOCAL_USER, CsvLedger

COUNTS = (1, 11, 50)
PHONE = 390
OVERFULL = 50  # more than any of the windows has room for
WINDOWS = ((1280, 800), (1920, 1080), (PHONE, 844))
PARTS = ("Title", "New chat", "Model", "Compare with", "List", "Spend", "Settings")
LAST_FIELD = "Budget of this conversation"

# For each part of the sidebar: where it is, and whether what is drawn there in its middle is its own.
SEEN = """() => {
  const others = ["#new-chat", "#model", "#compare-with", "#conversations", "#spend", "#settings"];
  return ["#sidebar .brand", ...others].map((name) => {
    const part = document.querySelector(name);
    const { left, right, top, bottom } = part.getBoundingClientRect();
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return { left, right, top, bottom, isOnTop: part.contains(hit) };
  });
}"""
# Whether all of an element lies inside the box that it scrolls in, and nothing is drawn over its middle.
IS_IN_SIGHT = """(element, frame) => {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const box = document.querySelector(frame).getBoundingClientRect();
  const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  return top >= box.top - 1 && bottom <= box.bottom + 1 && element.contains(hit);
}"""


@pytest.fixture(scope="module")
def spent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """An app whose monthly budget is used up, so that the sidebar has a warning to show."""
    home = tmp_path_factory.mktemp("home")
    data_dir = home / "data"
    data_dir.mkdir()
    now = datetime.now(UTC)
    ledger = CsvLedger(data_dir / "usage.csv")
    ledger.append(changed(ENTRY, user=LOCAL_USER, started_at=now, cost_usd=Decimal(2)))
    app = AppProcess(data_dir, home, {"TALLY_MONTHLY_BUDGET_USD": "1", "TALLY_TIMEZONE": "UTC"})
    yield app
    app.stop()


def store_up_to(data_dir: Path, stored: int, count: int) -> None:
    """Store conversations until there are this many."""
    for number in range(stored + 1, count + 1):
        title = f"Conversation {number} of many, with a title that is longer than its line"
        store_conversation(data_dir, title, [("A question", "A reply.")])


def with_sidebar(pages: Pages, app: AppProcess, width: int, height: int) -> Page:
    """Open the page in a window of this size with its sidebar."""
    page = pages.open(width, height)
    ChatPage(page, app).open()
    if width == PHONE:
        page.locator("#sidebar .toggle-button").click()
    page.wait_for_function("document.querySelector('#sidebar').getBoundingClientRect().left === 0")
    return page


def assert_parts_stand(page: Page, when: str) -> None:
    """Assert that the parts stand below each other, inside the window, and nothing is drawn over them."""
    size = page.viewport_size
    assert size is not None
    seen: list[dict[str, Any]] = page.evaluate(SEEN)
    for name, part in zip(PARTS, seen, strict=True):
        assert part["top"] >= 0, (name, when, part)
        assert part["bottom"] <= size["height"], (name, when, part)
        assert part["left"] >= 0, (name, when, part)
        assert part["right"] <= size["width"], (name, when, part)
        assert part["isOnTop"], (name, when, part)
    for (name, part), following in zip(zip(PARTS, seen, strict=True), seen[1:], strict=False):
        assert part["bottom"] <= following["top"] + 1, (name, when, part, following)


def assert_reached(page: Page, selector: str, frame: str, when: str) -> None:
    """Assert that what stands last can be scrolled to, and that the sidebar itself does not move for it."""
    last = page.locator(selector).last
    last.scroll_into_view_if_needed()
    assert last.evaluate(IS_IN_SIGHT, frame), (selector, when)
    assert page.locator("#sidebar .sidebar-content").evaluate("content => content.scrollTop") == 0, when


def test_the_list_scrolls_alone_however_many_conversations_there_are(pages: Pages, spent: AppProcess) -> None:
    for before, count in itertools.pairwise((0, *COUNTS)):
        store_up_to(spent.data_dir, before, count)
        for width, height in WINDOWS:
            page = with_sidebar(pages, spent, width, height)
            expect(page.locator("#spend")).to_contain_text("The monthly budget of $1.00 is spent.")
            assert_list_scrolls_alone(page, count, ("light", "dark") if count == OVERFULL else ("light",))


@pytest.mark.parametrize(("width", "height"), WINDOWS)
def test_the_list_of_a_year_scrolls_alone(pages: Pages, year: AppProcess, width: int, height: int) -> None:
    assert_list_scrolls_alone(with_sidebar(pages, year, width, height), CONVERSATIONS, ("light",))


def assert_list_scrolls_alone(page: Page, count: int, schemes: tuple[Scheme, ...]) -> None:
    """Assert that every part is in sight and only the list scrolls, with the settings closed and open."""
    expect(page.locator("#conversations").get_by_role("link")).to_have_count(count)
    scrolls = page.locator("#conversations").evaluate("list => list.scrollHeight > list.clientHeight")
    assert scrolls or count < OVERFULL
    settings = page.locator("#settings").get_by_role("button", name="Settings")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        when = f"{count} conversations, {page.viewport_size}, {scheme}"
        assert_parts_stand(page, when)
        assert_reached(page, "#conversations a", "#conversations", when)
        assert_parts_stand(page, f"{when}, scrolled")

        settings.click()
        expect(page.get_by_label(LAST_FIELD)).to_be_visible()
        assert_parts_stand(page, f"{when}, settings open")
        assert_reached(page, "#conversations a", "#conversations", f"{when}, settings open")
        assert_reached(page, "#conversation-budget input", "#settings", f"{when}, settings open")
        assert settings.evaluate(IS_IN_SIGHT, "#settings"), f"{when}, settings scrolled"
        assert_parts_stand(page, f"{when}, settings scrolled")
        settings.click()
        expect(page.get_by_label(LAST_FIELD)).to_be_hidden()
