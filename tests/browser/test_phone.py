"""A screen of 390 by 844 pixels, used with a thumb."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Pages
from tests.browser.driving import ChatPage
from tests.servers.app_process import AppProcess

TOO_WIDE = """() => [...document.querySelectorAll("body *")].filter((element) => {
  const box = element.getBoundingClientRect();
  const scrolls = element.closest("table, pre, .usage-scroll, .mermaid, .katex-display, svg");
  const hidden = element.closest(".sidebar") || !element.checkVisibility();
  return !scrolls && !hidden && box.width > 0 && (box.right > innerWidth + 1 || box.left < -1);
}).map((element) => element.outerHTML.slice(0, 120))"""


@pytest.fixture
def phone(pages: Pages, tally: AppProcess) -> ChatPage:
    """A new chat on a phone."""
    return ChatPage(pages.open(390, 844, touch=True), tally).open()


def assert_fits(page: Page) -> None:
    """Assert that nothing is wider than the screen, and that the page itself does not scroll."""
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [
        390,
        844,
    ]


def test_everything_fits_on_a_phone(phone: ChatPage) -> None:
    page = phone.page
    expect(page.locator("#new-chat")).not_to_be_in_viewport()
    expect(phone.message).to_be_in_viewport()
    assert_fits(page)

    page.locator(".toggle-button").tap()
    expect(page.locator("#new-chat")).to_be_in_viewport()
    phone.choose_model("markdown")
    page.locator(".toggle-button").tap()
    expect(page.locator("#new-chat")).not_to_be_in_viewport()

    phone.ask("Show me everything")
    expect(phone.chat.locator(".mermaid svg")).to_be_visible()
    assert_fits(page)
    expect(phone.chat.get_by_role("button", name="Retry", exact=True)).to_have_css("opacity", "1")
    phone.chat.get_by_role("button", name="Retry", exact=True).tap()
    phone.receipt()

    page.get_by_role("tab", name="Usage").tap()
    expect(page.locator("#usage-table tbody tr").first).to_be_visible()
    assert_fits(page)


def test_a_conversation_picked_on_a_phone_is_seen_at_once(phone: ChatPage) -> None:
    phone.ask("Picked by thumb")
    page = phone.page
    page.locator(".toggle-button").tap()
    page.locator("#new-chat").tap()
    expect(phone.questions).to_have_count(0)
    expect(page.locator("#new-chat")).not_to_be_in_viewport()
    page.locator(".toggle-button").tap()
    phone.conversations.get_by_role("link", name="Picked by thumb").tap()
    expect(phone.questions).to_have_text(["Picked by thumb"])
    expect(page.locator("#new-chat")).not_to_be_in_viewport()
    expect(phone.message).to_be_in_viewport()
