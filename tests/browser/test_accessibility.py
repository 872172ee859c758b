"""What people who cannot see the page or use a mouse meet: axe-core finds nothing in any state."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chat_page import ChatPage, sign_in
from tests.browser.conftest import Pages, Scheme
from tests.helpers.accessibility import findings
from tests.servers.app_process import AppProcess
from tests.servers.scripted import ScriptedServer

WINDOWS: list[tuple[tuple[int, int], Scheme]] = [
    ((1280, 800), "light"),
    ((1280, 800), "dark"),
    (PHONE := (390, 844), "light"),
]
# Each with what is there once it is filled.
VIEWS = {
    "Overview": "#usage-table table",
    "Insights": "#usage-insight table",
    "What if": "#usage-what-if-table table",
    "Prices": "#usage-save-price",
}


def usage_findings(page: Page) -> dict[str, list[str]]:
    """Return what is found in the views of the Usage tab, by their names."""
    page.get_by_role("tab", name="Usage", exact=True).click()
    found = {}
    for view, filled in VIEWS.items():
        page.get_by_role("tab", name=view, exact=True).click()
        expect(page.locator(filled).first).to_be_visible()
        found[f"usage, {view}"] = findings(page)
    return found


def send(chat: ChatPage, endpoint: ScriptedServer, behaviour: str) -> None:
    """Send a message that the endpoint answers in this way, whichever model it is."""
    endpoint.behaviour = behaviour
    chat.message.fill("Show me")
    chat.page.locator("#send").click()


@pytest.fixture
def moody(endpoint: ScriptedServer) -> Iterator[ScriptedServer]:
    """The endpoint behind the shared app, which answers by the model's name again afterwards."""
    yield endpoint
    endpoint.behaviour = None


@pytest.mark.parametrize(("size", "scheme"), WINDOWS)
def test_no_state_of_the_page_has_a_finding(
    pages: Pages, tally: AppProcess, moody: ScriptedServer, size: tuple[int, int], scheme: Scheme
) -> None:
    chat = ChatPage(pages.open(*size, color_scheme=scheme, touch=size == PHONE), tally).open()
    found = {"empty": findings(chat.page)}

    send(chat, moody, "endless-20ms")
    expect(chat.replies.last).to_contain_text("word9 ")
    found["streaming"] = findings(chat.page)
    chat.stop()
    chat.receipt()

    send(chat, moody, "markdown")
    chat.receipt(1)
    chat.details(1)
    found["chat"] = findings(chat.page)

    send(chat, moody, "no-model")
    expect(chat.chat.locator(".failure")).to_be_visible()
    found["error"] = findings(chat.page)

    chat.model.click()
    expect(chat.page.locator("#model-list")).to_be_visible()
    found["models"] = findings(chat.page)
    chat.page.keyboard.press("Escape")

    if size == PHONE:
        chat.page.locator("#sidebar .toggle-button").click()
    chat.page.locator("#settings-open").click()
    for section in chat.page.locator("#settings-dialog").get_by_role("tab").all():
        section.click()
        found[f"settings, {section.inner_text()}"] = findings(chat.page)

    chat.open()
    found |= usage_findings(chat.page)
    assert {state: there for state, there in found.items() if there} == {}


@pytest.mark.parametrize(("size", "scheme"), WINDOWS)
def test_the_sign_in_page_has_no_finding_and_puts_the_cursor_where_one_goes_on(
    pages: Pages, people: AppProcess, size: tuple[int, int], scheme: Scheme
) -> None:
    pages.expected += [r"status of 400"]
    page = pages.open(*size, color_scheme=scheme)
    page.goto(people.url)
    expect(page).to_have_title("Sign in to Tally")
    expect(page.get_by_label("Username")).to_be_focused()
    assert findings(page) == []

    sign_in(page, people, "nobody", "a guess")
    expect(page.get_by_label("Password")).to_be_focused()
    expect(page.get_by_label("Password")).to_have_accessible_description("Wrong name or password.")
    assert findings(page) == []


def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Press Tab until this has the focus; each press has to lead to something that is seen."""
    for _ in range(80):
        page.keyboard.press(key)
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{target} cannot be reached with {key}")


def test_asking_opening_the_receipt_and_editing_go_by_keyboard_alone(chat: ChatPage) -> None:
    page = chat.page
    chat.ask("A chat from before")
    chat.open()
    page.evaluate("document.activeElement.blur()")
    tab_to(page, page.get_by_role("link", name="Skip to the message box"))
    page.keyboard.press("Enter")
    expect(chat.message).to_be_focused()
    page.keyboard.type("Asked by keyboard")
    page.keyboard.press("Enter")
    chat.receipt()

    tab_to(page, chat.receipts.first, "Shift+Tab")
    page.keyboard.press("Enter")
    expect(chat.chat.locator(".receipt tbody tr").first).to_be_visible()

    tab_to(page, chat.chat.get_by_role("button", name="Edit").first, "Shift+Tab")
    page.keyboard.press("Enter")
    expect(chat.edit_box).to_be_focused()
    page.keyboard.type(" and edited")
    page.keyboard.press("Enter")
    expect(chat.questions).to_have_text(["Asked by keyboard and edited"])
    chat.receipt()

    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()
    expect(page.locator("#search-results").get_by_role("option").nth(1)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(chat.questions).to_have_text(["A chat from before"])
    tab_to(page, page.get_by_role("tab", name="Usage", exact=True))
    page.keyboard.press("Enter")
    expect(page.locator("#usage-table")).to_be_visible()
    tab_to(page, page.locator("#settings-open"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#settings-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#settings-open")).to_be_focused()
    page.go_back()
    expect(chat.questions).to_have_text(["A chat from before"])
    expect(chat.message).to_be_visible()
