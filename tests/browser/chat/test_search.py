"""Search in the browser: opened by keys and by its button, typed into, gone through, and closed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import Pages, shared_app
from tests.browser.stored import store_conversation
from tests.browser.usage_page import VARIABLES
from tests.helpers.accessibility import findings
from tests.helpers.realistic_data import make_realistic_data
from tests.servers.app_process import AppProcess

FOXES = "A fox among many"
HENS = "Hens and nothing else"


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """An app after a year of use, with two conversations that nobody else has."""
    home = tmp_path_factory.mktemp("home")
    make_realistic_data(home / "data", datetime.now(UTC).replace(microsecond=0))
    store_conversation(home / "data", FOXES, [("Where do vixens sleep?", "In a burrow.\n\nOr in Grüße.")])
    store_conversation(home / "data", HENS, [("Who has feathers?", "我想去北京大学 with hens")])
    yield from shared_app(home, VARIABLES)


class SearchPage:
    """The search dialog of a page."""

    def __init__(self, chat: ChatPage) -> None:
        self.chat = chat
        self.page = chat.page
        self.dialog = self.page.locator("#search-dialog")
        self.field = self.page.locator("#search")
        self.options = self.page.locator("#search-results [role=option]")
        self.active = self.page.locator("#search-results [aria-selected=true]")
        self.said = self.page.locator("#search-said")

    def open(self) -> None:
        """Open it by its keys; returns once there is something to choose."""
        self.page.keyboard.press("Control+k")
        expect(self.field).to_be_focused()
        expect(self.options.first).to_be_visible()

    def look_for(self, text: str, count: int) -> Locator:
        """Type this; returns the results once there are `count`."""
        self.field.fill(text)
        expect(self.options).to_have_count(count)
        return self.options


@pytest.fixture
def search(pages: Pages, searched: AppProcess) -> SearchPage:
    return SearchPage(ChatPage(pages.open(), searched).open())


def test_keys_open_it_typing_finds_and_enter_opens_the_conversation(search: SearchPage) -> None:
    search.open()
    expect(search.said).to_have_text("Recent chats")
    expect(search.options).to_have_count(20)
    [found] = search.look_for("vixens sl", 1).all()
    expect(found.locator("mark")).to_have_text(["vixens", "sleep"])
    expect(found.locator(".title")).to_have_text(FOXES)
    expect(found).to_have_attribute("data-turn", re.compile("."))
    expect(search.active).to_have_count(1)
    search.page.keyboard.press("Enter")
    expect(search.dialog).to_be_hidden()
    expect(search.chat.questions).to_have_text(["Where do vixens sleep?"])
    expect(search.chat.message).to_be_focused()
    search.open()
    expect(search.field).to_have_value("")


def test_enter_right_after_typing_waits_for_what_is_found(search: SearchPage) -> None:
    search.open()
    search.field.fill("北京")
    search.page.keyboard.press("Enter")
    expect(search.chat.questions).to_have_text(["Who has feathers?"])


def test_arrows_go_through_what_is_found_and_escape_gives_the_focus_back(search: SearchPage) -> None:
    search.chat.message.focus()
    search.open()
    titles = search.options.locator(".title").all_inner_texts()
    for key, place in (("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("ArrowUp", 0), ("ArrowUp", -1)):
        search.page.keyboard.press(key)
        expect(search.active.locator(".title")).to_have_text(titles[place])
        expect(search.active).to_be_in_viewport()
        expect(search.field).to_have_attribute(
            "aria-activedescendant", search.active.get_attribute("id") or ""
        )
    search.page.keyboard.press("Escape")
    expect(search.dialog).to_be_hidden()
    expect(search.chat.message).to_be_focused()


def test_the_button_opens_it_and_a_click_opens_what_was_found(search: SearchPage) -> None:
    button = search.page.get_by_role("button", name="Search Ctrl+K")
    button.click()
    expect(search.field).to_be_focused()
    search.look_for("feathers", 1).first.click()
    expect(search.chat.questions).to_have_text(["Who has feathers?"])
    button.click()
    search.page.get_by_role("button", name="Close search").click()
    expect(search.dialog).to_be_hidden()


def test_what_finds_nothing_says_what_else_can_be_tried(search: SearchPage) -> None:
    search.open()
    search.look_for("vixens feathers", 0)
    expect(search.said).to_contain_text("Nothing found. Try other words")
    search.page.keyboard.press("Enter")
    expect(search.dialog).to_be_visible()
    search.field.fill("vixens before:tomorrow")
    expect(search.said).to_contain_text("“before:tomorrow” is not a date.")
    expect(search.options).to_have_count(1)


def test_on_a_phone_it_fills_the_page_and_the_sidebar_is_out_of_the_way(
    pages: Pages, searched: AppProcess
) -> None:
    search = SearchPage(ChatPage(pages.open(390, 844, touch=True), searched).open())
    search.page.get_by_role("button", name="Open menu").tap()
    search.page.locator("#search-open").tap()
    expect(search.options.first).to_be_visible()
    assert search.dialog.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    search.look_for("feathers", 1).first.tap()
    expect(search.chat.questions).to_have_text(["Who has feathers?"])
    expect(search.chat.questions).to_be_in_viewport()
    expect(search.page.get_by_role("button", name="Open menu")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(pages: Pages, searched: AppProcess, scheme: str) -> None:
    search = SearchPage(ChatPage(pages.open(color_scheme=scheme), searched).open())  # type: ignore[arg-type]
    search.open()
    search.look_for("vixens before:tomorrow", 1)
    assert findings(search.page) == []
