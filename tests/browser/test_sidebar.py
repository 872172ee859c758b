"""Finding one's way: the list of conversations, few and many, light and dark, on a screen and on a phone."""

import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat_page import FAR_MS, ChatPage, HeldEvent, move_away
from tests.browser.conftest import Pages, Scheme
from tests.browser.stored import store_conversation
from tests.conftest import StartApp
from tests.helpers.data_files import ledger
from tests.helpers.fakes import ENTRY
from tests.helpers.ledger_entries import changed
from tests.helpers.realistic_data import CONVERSATIONS
from tests.servers.app_process import AppProcess
from tests.servers.scripted import ScriptedServer
from usage.ledger import LOCAL_USER, CsvLedger


def dark(chat: ChatPage) -> bool:
    return bool(
        chat.page.evaluate("getComputedStyle(document.body).backgroundColor !== 'rgb(255, 255, 255)'")
    )


def top_of(chat: ChatPage, text: str) -> float:
    """Return how far from the top of the window a message with this text is."""
    box = chat.chat.get_by_text(text, exact=True).bounding_box()
    assert box is not None
    return box["y"]


def test_conversations_are_listed_opened_and_told_apart(chat: ChatPage, pages: Pages) -> None:
    chat.ask("The first one of two")
    first = chat.conversation_id
    chat.page.locator("#new-chat").click()
    expect(chat.questions).to_have_count(0)
    chat.ask("The second one of two")
    latest = chat.conversations.get_by_role("link")
    expect(latest.first).to_have_text("The second one of two")
    expect(latest.first).to_have_accessible_name("The second one of two")
    expect(chat.conversations.locator("small").first).to_have_text(re.compile(r"^\d\d:\d\d · \$0\.00014$"))
    expect(chat.conversations.locator("[aria-current]")).to_have_text(re.compile("The second one of two"))

    chat.conversations.locator("li", has_text="The first one of two").locator("small").click()

    expect(chat.questions).to_have_text(["The first one of two"])
    expect(chat.conversations.locator("[aria-current]")).to_have_text(re.compile("The first one of two"))
    assert chat.conversation_id == first

    pages.expected += ["ERR_INTERNET_DISCONNECTED"]
    chat.page.context.set_offline(True)
    latest.first.click()
    chat.page.context.set_offline(False)
    latest.nth(1).click()
    latest.first.click()
    expect(chat.questions).to_have_text(["The second one of two"])


def test_a_deleted_conversation_is_gone_and_its_rows_stay(chat: ChatPage, tally: AppProcess) -> None:
    chat.ask("Stays")
    chat.new_chat()
    chat.ask("Delete me")
    conversation_id = chat.conversation_id
    more = chat.conversations.get_by_role("button", name="Actions for “Delete me”")
    chat.conversations.get_by_role("link", name="Delete me").hover()
    more.click()
    expect(chat.page.get_by_role("menuitem", name="Delete", exact=True)).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.page.locator("#conversation-menu")).to_be_hidden()
    expect(chat.page.locator("#conversations a:focus")).to_have_attribute("title", "Delete me")
    expect(chat.questions).to_have_text(["Delete me"])

    chat.page.keyboard.press("Delete")

    expect(chat.page.locator("#list-notices")).to_contain_text("“Delete me” was deleted.")
    expect(chat.conversations.get_by_text("Delete me")).to_have_count(0)
    expect(chat.questions).to_have_count(0)
    expect(chat.page.locator("#conversations a:focus")).to_have_attribute("title", "Stays")
    assert [row["cost_usd"] for row in ledger(tally.data_dir, conversation_id)] == ["0.0001434"]
    expect(chat.spend.locator("dd").first).to_have_text("$0.00")


def test_the_list_is_one_tab_stop_and_the_skip_link_leads_past_it(chat: ChatPage) -> None:
    for text in ("Third of the list", "Second of the list", "First of the list"):
        chat.new_chat()
        chat.ask(text)
    page = chat.page
    row = page.locator("#conversations a:focus")
    expect(chat.conversations.locator("[aria-current]")).to_have_text(re.compile("First of the list"))
    page.locator("#new-chat").focus()
    stops = 0
    while not page.evaluate("document.activeElement.closest('#conversations')"):
        page.keyboard.press("Tab")
        stops += 1
        assert stops < 10
    expect(row).to_have_attribute("title", "First of the list")
    for key, text in (("ArrowDown", "Second of the list"), ("ArrowDown", "Third of the list")):
        page.keyboard.press(key)
        expect(row).to_have_attribute("title", text)
    page.keyboard.press("Home")
    expect(row).to_have_attribute("title", "First of the list")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(chat.questions).to_have_text(["Second of the list"])
    expect(chat.conversations.locator("[aria-current]")).to_have_text(re.compile("Second of the list"))
    expect(row).to_have_attribute("title", "Second of the list")
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.closest('#conversations')")
    page.locator("#skip").focus()
    page.keyboard.press("Enter")
    expect(chat.message).to_be_focused()
    page.keyboard.press("Control+/")
    expect(page.locator("#keys-dialog")).to_contain_text("Shift+Enter")
    page.keyboard.press("Escape")
    expect(page.locator("#keys-dialog")).to_be_hidden()


def test_a_conversation_whose_reply_is_being_written_is_marked_until_it_ends(
    chat: ChatPage, endpoint: ScriptedServer
) -> None:
    chat.choose_model("held-6")
    chat.send("Written elsewhere")
    expect(chat.replies.first).to_contain_text("word3")
    chat.new_chat()
    marked = chat.conversations.get_by_role("link", name="Written elsewhere Reply in progress")
    expect(marked).to_be_visible()
    endpoint.release()
    expect(marked).to_have_count(0)


def test_back_and_forward_go_through_the_conversations_that_were_opened(chat: ChatPage) -> None:
    page = chat.page
    chat.ask("Way one")
    first = chat.conversation_id
    expect(page).to_have_title("Way one – Tally")
    page.evaluate("window.loaded = 'once'")
    chat.new_chat()
    expect(page).to_have_title("Tally")
    chat.ask("Way two")
    expect(page).to_have_title("Way two – Tally")
    second = chat.conversation_id
    page.get_by_role("tab", name="Usage").click()
    chat.conversations.get_by_role("link", name="Way one").click()
    expect(chat.questions).to_have_text(["Way one"])
    expect(chat.message).to_be_visible()

    page.go_back()
    expect(page.locator("#usage-tab")).to_be_visible()
    assert chat.conversation_id == second
    page.go_back()
    expect(chat.message).to_be_visible()
    expect(chat.questions).to_have_text(["Way two"])
    page.go_back()
    expect(chat.questions).to_have_text(["Way one"])
    expect(page).to_have_title("Way one – Tally")
    assert chat.conversation_id == first
    page.go_forward()
    expect(chat.questions).to_have_text(["Way two"])
    assert page.evaluate("window.loaded") == "once"
    assert page.locator("link[rel=icon]").evaluate("link => link.href.startsWith('data:')")


def test_a_message_stays_with_its_chat_however_one_goes_about(
    chat: ChatPage, tally: AppProcess, endpoint: ScriptedServer
) -> None:
    chat.ask("Here")
    here = chat.conversation_id
    chat.new_chat()
    chat.ask("There")
    there = chat.conversation_id
    other, own = (chat.conversations.get_by_role("link", name=name, exact=True) for name in ("Here", "There"))
    move_away(chat.page, FAR_MS)
    other.click()
    chat.page.go_back()  # before the chat has come
    chat.ask("Still there")
    expect(chat.questions).to_have_text(["There", "Still there"])
    assert chat.conversation_id == there

    held = HeldEvent(chat.page, tally, "send")
    chat.send("On its way")
    held.wait_for_first()
    other.click()
    expect(chat.questions).to_have_text(["Here"])
    held.let_go()
    endpoint.wait_until(lambda: endpoint.chats[-1].body["messages"][-1]["content"] == "On its way")
    chat.ask("Here again")
    expect(chat.questions).to_have_text(["Here", "Here again"])
    assert chat.conversation_id == here
    own.click()
    expect(chat.questions).to_have_text(["There", "Still there", "On its way"])
    chat.receipt(2)


def test_whether_the_sidebar_is_open_is_remembered_and_its_button_says_what_it_does(
    pages: Pages, tally: AppProcess
) -> None:
    chat = ChatPage(pages.open(), tally).open()
    close = chat.page.get_by_role("button", name="Close menu")
    close.click()
    opener = chat.page.get_by_role("button", name="Open menu")
    expect(opener).to_be_visible()
    expect(chat.page.locator("#new-chat")).to_be_hidden()
    chat.reload()
    expect(opener).to_be_visible()
    opener.click()
    expect(close).to_be_visible()
    chat.reload()
    expect(close).to_be_visible()
    chat.page.set_viewport_size({"width": 390, "height": 844})
    chat.reload()
    expect(opener).to_be_visible()


def test_a_long_conversation_shows_its_end_and_more_on_request(pages: Pages, tally: AppProcess) -> None:
    said = [(f"Question {number}", f"Reply {number}.\n\nAnd more.") for number in range(1, 61)]
    conversation_id = store_conversation(tally.data_dir, "Sixty turns", said)
    chat = ChatPage(pages.open(), tally).open(conversation_id)
    expect(chat.questions).to_have_count(20)
    expect(chat.questions.first).to_have_text("Question 41")
    expect(chat.chat.get_by_text("Reply 60.")).to_be_in_viewport()

    chat.chat.locator(".bubble-wrap").evaluate("log => { log.scrollTop = 0; }")
    before = top_of(chat, "Question 41")
    chat.page.get_by_role("button", name="Show earlier messages").click()

    expect(chat.questions).to_have_count(40)
    expect(chat.chat.get_by_text("Question 41", exact=True)).to_be_in_viewport()
    assert abs(top_of(chat, "Question 41") - before) < 60
    chat.page.get_by_role("button", name="Show earlier messages").click()
    expect(chat.questions).to_have_count(60)
    expect(chat.page.get_by_role("button", name="Show earlier messages")).to_be_hidden()


def test_a_reader_who_scrolled_up_stays_there_while_the_reply_grows(pages: Pages, tally: AppProcess) -> None:
    said = [(f"Question {number}", "A line.\n\n" * 5) for number in range(10)]
    chat = ChatPage(pages.open(), tally).open(store_conversation(tally.data_dir, "Scrolling", said))
    chat.choose_model("endless-20ms")
    chat.send("Go on")
    expect(chat.replies.last).to_contain_text("word5 ")
    log = chat.chat.locator(".bubble-wrap")
    log.hover()
    chat.page.mouse.wheel(0, -1500)  # far above whatever has come meanwhile
    expect(chat.replies.last).not_to_be_in_viewport()
    scrolled_to = log.evaluate("log => log.scrollTop")
    expect(chat.replies.last).to_contain_text("word60 ")
    assert log.evaluate("log => log.scrollTop") == scrolled_to
    chat.page.keyboard.press("Escape")
    chat.receipt(10)


NOTE_SHIFTS = """() => {
  window.shifts = [];
  const note = (list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      const moved = sources.map(({ node }) => node?.id || node?.className || node?.nodeName);
      if (!hadRecentInput) window.shifts.push({ value, moved });
    }
  };
  new PerformanceObserver(note).observe({ type: "layout-shift", buffered: true });
}"""
MOST_SHIFT = 0.1  # what Web Vitals calls good


def test_the_page_hardly_shifts_from_load_to_the_last_word_of_a_first_reply(
    pages: Pages, app_process: StartApp, endpoint: ScriptedServer
) -> None:
    page = pages.open()
    page.add_init_script(f"({NOTE_SHIFTS})()")
    chat = ChatPage(page, app_process(variables=endpoint.variables)).open()
    chat.choose_model("stream-60x20ms")
    chat.ask("Take your time")
    shifts = page.evaluate("window.shifts")
    assert sum(shift["value"] for shift in shifts) < MOST_SHIFT, shifts


def test_light_and_dark_follow_the_system_until_somebody_switches(pages: Pages, tally: AppProcess) -> None:
    by_night = ChatPage(pages.open(color_scheme="dark"), tally).open()
    assert dark(by_night)
    by_day = ChatPage(pages.open(), tally).open()
    assert not dark(by_day)
    by_day.page.get_by_role("button", name="Switch between light and dark").click()
    assert dark(by_day)
    by_day.reload()
    assert dark(by_day)


COUNTS = (1, 11, 50)
PHONE = 390
OVERFULL = 50  # more than any of the windows has room for
WINDOWS = ((1280, 800), (1920, 1080), (PHONE, 844))
SCROLLS = 20  # the rows between get their heights only as they come into sight
PARTS = ("Title", "New chat", "List", "Spend", "Settings")
LAST_FIELDS = {"Model": "#finish-stopped input", "Budgets": "#conversation-budget input"}

# For each part of the sidebar: where it is, and whether what is drawn there in its middle is its own.
SEEN = """() => {
  const others = ["#new-chat", "#conversations", "#spend", "#settings-open"];
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
    for _ in range(SCROLLS):
        last.scroll_into_view_if_needed()
        if last.evaluate(IS_IN_SIGHT, frame):
            break
        page.wait_for_timeout(50)
    else:
        pytest.fail(f"{selector} cannot be reached: {when}")
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
    """Assert that every part is in sight, only the list scrolls, and all of the settings can be reached."""
    rows = page.locator("#conversations").get_by_role("link")
    expect(rows.first).to_be_visible()
    while rows.count() < count:  # the list loads as one scrolls
        rows.last.scroll_into_view_if_needed()
        page.wait_for_timeout(50)
    expect(rows).to_have_count(count)
    scrolls = page.locator("#conversations").evaluate("list => list.scrollHeight > list.clientHeight")
    assert scrolls or count < OVERFULL
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        when = f"{count} conversations, {page.viewport_size}, {scheme}"
        assert_parts_stand(page, when)
        assert_reached(page, "#conversations a", "#conversations", when)
        assert_parts_stand(page, f"{when}, scrolled")

    page.locator("#settings-open").click()
    for tab, last in LAST_FIELDS.items():
        page.get_by_role("dialog").get_by_role("tab", name=tab).click()
        assert_reached(page, last, "#settings", f"{when}, {tab}")
    page.keyboard.press("Escape")
    expect(page.locator("#settings-dialog")).to_be_hidden()
    assert_parts_stand(page, f"{when}, settings closed again")


TOO_WIDE = """() => [...document.querySelectorAll("body *")].filter((element) => {
  const box = element.getBoundingClientRect();
  const scrolling = "table, pre, .usage-scroll, #usage-period .wrap, .mermaid, .katex-display, svg";
  const scrolls = element.closest(scrolling);
  const hidden = element.closest(".sidebar") || !element.checkVisibility();
  return !scrolls && !hidden && box.width > 0 && (box.right > innerWidth + 1 || box.left < -1);
}).map((element) => element.outerHTML.slice(0, 120))"""


@pytest.fixture
def phone(pages: Pages, tally: AppProcess) -> ChatPage:
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
    page.locator(".toggle-button").tap()
    expect(page.locator("#new-chat")).not_to_be_in_viewport()

    phone.choose_model("markdown")
    phone.ask("Show me everything")
    expect(phone.chat.locator(".mermaid svg")).to_be_visible()
    assert_fits(page)
    phone.chat.get_by_role("button", name="Try again", exact=True).tap()
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
