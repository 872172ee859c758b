"""The list of conversations: titles written in place, pinned, archived, deleted with Undo; ten thousand."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.chat_page import ChatPage, HeldEvent
from tests.browser.conftest import Pages, shared_app
from tests.browser.stored import store_conversation
from tests.conftest import StartApp
from tests.helpers.realistic_data import ARCHIVED, PINNED, make_realistic_data
from tests.servers.app_process import LOOK_EVERY_S, AppProcess
from tests.servers.scripted import ScriptedServer

MANY = 10_000
FIRST_ROWS = 60
SECRET = "The gold is under the old oak."


@pytest.fixture(scope="module")
def crowded(endpoint: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """An app with ten thousand conversations; tests only look at those that others leave alone."""
    home = tmp_path_factory.mktemp("home")
    make_realistic_data(home / "data", datetime.now(UTC).replace(microsecond=0), MANY)
    yield from shared_app(home, endpoint.variables | {"TALLY_PROVIDER": "openai", "TALLY_TIMEZONE": "UTC"})


@pytest.fixture
def few(app_process: StartApp, scripted: ScriptedServer) -> AppProcess:
    """An app with three conversations, each of them said a year ago."""
    app = app_process(variables=scripted.variables)
    for title in ("Third", "Second", "First"):
        store_conversation(app.data_dir, title, [(f"{title}?", f"{title}!")])
    return app


def rows(page: Page) -> Locator:
    return page.locator("#conversations li:visible")


def titles(page: Page) -> list[str]:
    return [each.inner_text().splitlines()[0] for each in rows(page).all()]


def choose(chat: ChatPage, title: str, item: str) -> None:
    """Choose an item of a conversation's menu."""
    chat.conversations.get_by_role("link", name=title, exact=True).hover()
    chat.conversations.get_by_role("button", name=f"Actions for “{title}”").click()
    chat.page.get_by_role("menuitem", name=item, exact=True).click()


def link(chat: ChatPage, title: str) -> Locator:
    return chat.conversations.get_by_role("link", name=title, exact=True)


def headings(chat: ChatPage) -> list[str]:
    return chat.conversations.locator("h2:visible").all_inner_texts()


def bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("tally.db*"))


def test_a_title_is_written_in_place_and_kept_given_up_or_refused(pages: Pages, few: AppProcess) -> None:
    chat = ChatPage(pages.open(), few).open("second")
    page = chat.page
    expect(page).to_have_title("Second – Tally")
    choose(chat, "Second", "Rename")
    field = page.get_by_role("textbox", name="New title")
    expect(field).to_be_focused()
    expect(field).to_have_value("Second")
    page.keyboard.type("<b>Taxes & more")
    page.keyboard.press("Enter")
    expect(link(chat, "<b>Taxes & more")).to_be_focused()
    expect(page).to_have_title("<b>Taxes & more – Tally")

    page.keyboard.press("F2")
    page.keyboard.type("Never mind")
    page.keyboard.press("Escape")
    expect(link(chat, "<b>Taxes & more")).to_be_focused()

    page.keyboard.press("F2")
    field.fill("   ")
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    assert field.evaluate("field => field.validationMessage") == "A title cannot be empty."
    field.fill("By going elsewhere")
    chat.message.click()
    expect(link(chat, "By going elsewhere")).to_be_visible()
    chat.reload()
    expect(link(chat, "By going elsewhere")).to_be_visible()
    expect(page).to_have_title("By going elsewhere – Tally")


def test_escape_in_a_title_stops_no_reply_and_a_new_list_takes_no_field_away(
    pages: Pages, few: AppProcess, scripted: ScriptedServer
) -> None:
    chat = ChatPage(pages.open(), few).open()
    chat.choose_model("held-6")
    chat.send("Go on")
    expect(chat.replies.first).to_contain_text("word3")
    link(chat, "Second").focus()
    chat.page.keyboard.press("F2")
    chat.page.keyboard.type("Half a ti")
    scripted.release()
    chat.receipt(0)
    chat.page.keyboard.type("tle")
    expect(chat.page.get_by_role("textbox", name="New title")).to_have_value("Half a title")
    chat.page.keyboard.press("Escape")
    expect(link(chat, "Second")).to_be_focused()


def test_the_menu_goes_by_arrow_keys_and_gives_the_focus_back(pages: Pages, few: AppProcess) -> None:
    chat = ChatPage(pages.open(), few).open()
    page = chat.page
    link(chat, "Second").focus()
    for opener in ("ContextMenu", "Shift+F10"):
        page.keyboard.press(opener)
        expect(page.get_by_role("menuitem", name="Rename")).to_be_focused()
        for key, item in (
            ("ArrowDown", "Pin"),
            ("End", "Delete"),
            ("ArrowDown", "Rename"),
            ("ArrowUp", "Delete"),
        ):
            page.keyboard.press(key)
            expect(page.get_by_role("menuitem", name=item, exact=True)).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#conversation-menu")).to_be_hidden()
        expect(link(chat, "Second")).to_be_focused()
    page.keyboard.press("ContextMenu")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(chat.conversations.locator("section", has_text="Pinned").get_by_role("link")).to_have_text(
        ["Second"]
    )
    expect(link(chat, "Second")).to_be_focused()


def test_what_is_pinned_stands_first_and_what_is_archived_apart(pages: Pages, few: AppProcess) -> None:
    chat = ChatPage(pages.open(), few).open()
    page, archived = chat.page, chat.conversations.get_by_role("button", name="Archived")
    expect(archived).to_be_hidden()
    choose(chat, "First", "Pin")
    expect(chat.conversations.locator("h2").first).to_have_text("Pinned")
    assert titles(page) == ["First", "Third", "Second"]
    choose(chat, "First", "Unpin")
    expect(chat.conversations.locator("h2", has_text="Pinned")).to_have_count(0)

    choose(chat, "First", "Archive")
    expect(archived).to_have_text("Archived (1)")
    expect(link(chat, "First")).to_have_count(0)
    archived.click()
    expect(archived).to_have_attribute("aria-expanded", "true")
    expect(rows(page)).to_have_count(1)
    link(chat, "First").click()
    expect(chat.questions).to_have_text(["First?"])
    chat.ask("And now?")
    archived.click()
    expect(archived).to_be_hidden()
    expect(chat.conversations.get_by_text("No archived chats.")).to_be_hidden()
    assert titles(page)[0] == "First"

    choose(chat, "Second", "Archive")
    archived.click()
    choose(chat, "Second", "Unarchive")
    expect(chat.conversations.get_by_text("No archived chats.")).to_be_visible()
    archived.click()
    expect(rows(page)).to_have_count(3)


def test_several_deletions_can_each_be_undone_and_the_chat_shown_comes_back(
    pages: Pages, few: AppProcess
) -> None:
    chat = ChatPage(pages.open(), few).open("second")
    page, notices = chat.page, chat.page.get_by_role("status").filter(has_text="was deleted")
    elsewhere = ChatPage(page.context.new_page(), few).open()
    link(chat, "Second").focus()
    page.keyboard.press("Delete")
    expect(notices).to_contain_text("“Second” was deleted.")
    expect(chat.questions).to_have_count(0)
    expect(link(elsewhere, "Second")).to_have_count(0)
    choose(chat, "First", "Delete")
    expect(notices.get_by_role("button", name="Undo")).to_have_count(2)
    expect(rows(page)).to_have_count(1)
    second = notices.locator("p", has_text="“Second”").get_by_role("button", name="Undo")
    second.focus()
    page.keyboard.press("Enter")
    expect(chat.questions).to_have_text(["Second?"])
    expect(link(chat, "Second")).to_be_focused()
    notices.get_by_role("button", name="Undo").click()
    expect(rows(page)).to_have_count(3)
    expect(chat.questions).to_have_text(["Second?"])


def test_a_chat_deleted_for_good_leaves_no_word_on_the_disk(pages: Pages, few: AppProcess) -> None:
    store_conversation(few.data_dir, "Secret", [(SECRET, SECRET * 2000)])
    chat = ChatPage(pages.open(), few).open("secret")
    choose(chat, "Secret", "Delete")
    notice = chat.page.locator("#list-notices p")
    expect(notice).to_be_visible()
    assert SECRET.encode() in bytes_in(few.data_dir)
    expect(notice).to_have_count(0)
    while SECRET.encode() in bytes_in(few.data_dir):
        chat.page.wait_for_timeout(LOOK_EVERY_S * 1000)
    chat.page.goto(f"{few.url}/?c=secret")
    expect(chat.notice).to_have_text("This chat does not exist, or it belongs to someone else.")


def test_a_chat_in_which_a_reply_is_being_written_is_not_deleted(pages: Pages, few: AppProcess) -> None:
    chat = ChatPage(pages.open(), few).open()
    chat.choose_model("endless-20ms")
    chat.send("Go on")
    expect(chat.replies.first).to_contain_text("word5 ")
    link(chat, "Go on Reply in progress").focus()
    chat.page.keyboard.press("Delete")
    expect(chat.page.locator("#list-notices")).to_contain_text(
        "This chat cannot be deleted yet: a reply is being written"
    )
    expect(chat.conversations.get_by_role("link", name="Go on")).to_be_visible()
    chat.stop()
    chat.receipt(0)


def test_a_row_of_a_long_list_opens_its_conversation_and_no_menu(pages: Pages, crowded: AppProcess) -> None:
    chat = ChatPage(pages.open(), crowded).open()
    row = rows(chat.page).nth(FIRST_ROWS // 2)
    title = row.get_by_role("link").get_attribute("title")

    row.get_by_role("link").click()

    expect(chat.page).to_have_title(f"{title} – Tally")
    expect(row).to_have_attribute("aria-current", "page")
    expect(chat.page.locator("#conversation-menu")).to_be_hidden()


def test_ten_thousand_are_loaded_as_one_scrolls_and_stay_when_a_reply_comes(
    pages: Pages, crowded: AppProcess
) -> None:
    chat = ChatPage(pages.open(), crowded).open()
    page, scroller = chat.page, chat.conversations
    expect(rows(page)).to_have_count(FIRST_ROWS + PINNED)
    assert headings(chat)[:2] in (["Pinned", "Today"], ["Pinned", "Yesterday"])  # a day may just have begun
    all_rows = page.locator("#conversations li")
    scroller.hover()
    while all_rows.count() < 500:
        page.mouse.wheel(0, 3000)
        page.wait_for_timeout(LOOK_EVERY_S * 1000)
    row = all_rows.nth(499)
    row.scroll_into_view_if_needed()
    conversation_id = row.locator("a").get_attribute("data-open")
    row.locator("a").click()
    expect(chat.questions.first).to_be_visible()
    expect(page.locator("#conversations [aria-current] a")).to_have_attribute(
        "data-open", str(conversation_id)
    )
    title = row.locator("a").get_attribute("title")
    expect(page).to_have_title(re.compile(re.escape(str(title)[:20])))

    loaded, top = all_rows.count(), scroller.evaluate("list => list.scrollTop")
    chat.new_chat()
    chat.ask("Something new")
    expect(all_rows.locator("a").nth(PINNED)).to_have_text("Something new")
    expect(page.locator(f"#conversations [data-open='{conversation_id}']")).to_have_count(1)
    assert all_rows.count() >= loaded
    assert abs(scroller.evaluate("list => list.scrollTop") - top) < 100
    ids = page.eval_on_selector_all(
        "#conversations [data-open]", "all => all.map((each) => each.dataset.open)"
    )
    expect(page.locator("#conversations .older section:not(.continued) h2").first).to_be_attached()
    assert len(ids) >= loaded


def test_arrow_keys_and_end_go_on_beyond_what_is_loaded(pages: Pages, crowded: AppProcess) -> None:
    chat = ChatPage(pages.open(), crowded).open()
    page = chat.page
    expect(rows(page)).to_have_count(FIRST_ROWS + PINNED)
    rows(page).first.locator("a").focus()
    page.keyboard.press("End")
    expect(page.locator("#conversations .older li a:focus")).to_have_count(1)
    before = page.locator("#conversations li").count()
    for _ in range(3):
        page.keyboard.press("End")
        page.keyboard.press("ArrowDown")
    page.wait_for_function(
        "before => document.querySelectorAll('#conversations li').length > before", arg=before
    )
    page.keyboard.press("Home")
    expect(rows(page).first.locator("a")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(rows(page).nth(1).locator("a")).to_be_focused()


@pytest.mark.parametrize("goes_on_with", ["a key", "the message box"])
def test_rows_that_are_long_in_coming_take_the_focus_from_nothing_done_meanwhile(
    pages: Pages, crowded: AppProcess, goes_on_with: str
) -> None:
    chat = ChatPage(pages.open(), crowded).open()
    page = chat.page
    expect(rows(page)).to_have_count(FIRST_ROWS + PINNED)
    held: list[Route] = []
    page.route("**/conversations?*", lambda route: held.append(route) if not held else route.continue_())
    rows(page).first.locator("a").focus()
    page.keyboard.press("End")
    while not held:
        page.wait_for_timeout(LOOK_EVERY_S * 1000)
    if goes_on_with == "a key":
        page.keyboard.press("ArrowDown")
        here = rows(page).nth(1).locator("a")
    else:
        chat.message.click()
        here = chat.message
    held[0].continue_()
    expect(page.locator("#conversations .older li")).not_to_have_count(0)
    page.wait_for_timeout(LOOK_EVERY_S * 1000)  # also what follows has been done
    expect(here).to_be_focused()


def test_a_row_far_down_is_renamed_and_deleted_in_its_place(pages: Pages, crowded: AppProcess) -> None:
    chat = ChatPage(pages.open(), crowded).open()
    page, all_rows = chat.page, chat.page.locator("#conversations li")
    chat.conversations.hover()
    while all_rows.count() < 300:
        page.mouse.wheel(0, 3000)
        page.wait_for_timeout(LOOK_EVERY_S * 1000)
    all_rows.nth(280).locator("a").focus()
    page.keyboard.press("F2")
    page.keyboard.type("Far down the list")
    page.keyboard.press("Enter")
    here = link(chat, "Far down the list")
    expect(here).to_be_focused()
    expect(here).to_be_in_viewport()
    page.keyboard.press("Delete")
    expect(here).to_have_count(0)
    assert all_rows.count() >= 299
    page.get_by_role("button", name="Undo").click()
    expect(here).to_be_visible()
    expect(here).to_be_focused()


def test_a_title_that_is_long_in_arriving_is_kept_when_the_row_is_deleted_at_once(
    pages: Pages, crowded: AppProcess
) -> None:
    chat = ChatPage(pages.open(), crowded).open()
    page = chat.page
    renaming = HeldEvent(page, crowded, "change_row")
    rows(page).nth(10).locator("a").focus()
    page.keyboard.press("F2")
    page.keyboard.type("Named on its way out")
    page.keyboard.press("Enter")
    renaming.wait_for_first()
    page.keyboard.press("Delete")
    page.wait_for_timeout(LOOK_EVERY_S * 1000)
    renaming.let_go()
    here = link(chat, "Named on its way out")
    expect(here).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(here).to_be_visible()


def test_a_row_far_down_goes_at_once_also_while_a_reply_is_written(pages: Pages, crowded: AppProcess) -> None:
    chat = ChatPage(pages.open(), crowded).open()
    chat.choose_model("endless-20ms")
    chat.send("Write on")
    expect(chat.replies.first).to_contain_text("word3")
    rows(chat.page).last.scroll_into_view_if_needed()
    far = rows(chat.page).nth(FIRST_ROWS + PINNED + 20).locator("a")
    address = far.get_attribute("href")
    far.focus()
    chat.page.keyboard.press("Delete")
    expect(chat.page.locator(f"#conversations [href='{address}']")).to_have_count(0)
    expect(chat.page.locator("#stop")).to_be_visible()
    chat.page.get_by_role("button", name="Undo").click()
    expect(chat.page.locator(f"#conversations [href='{address}']")).to_have_count(1)
    chat.page.locator("#stop").click()
    chat.receipt()


def test_the_archive_has_a_line_of_its_own_at_the_end_of_any_list(pages: Pages, crowded: AppProcess) -> None:
    chat = ChatPage(pages.open(390, 844, touch=True), crowded).open()
    chat.page.get_by_role("button", name="Open menu").tap()
    archived = chat.conversations.get_by_role("button", name=f"Archived ({ARCHIVED})")
    expect(archived).to_be_in_viewport()
    archived.tap()
    expect(rows(chat.page)).to_have_count(ARCHIVED)
    archived.tap()
    expect(rows(chat.page)).to_have_count(FIRST_ROWS + PINNED)


def test_everything_is_done_with_a_thumb(pages: Pages, few: AppProcess) -> None:
    chat = ChatPage(pages.open(390, 844, touch=True), few).open()
    page = chat.page
    page.get_by_role("button", name="Open menu").tap()
    more = chat.conversations.get_by_role("button", name="Actions for “Second”")
    for item in ("Pin", "Unpin", "Rename"):
        more.tap()
        page.get_by_role("menuitem", name=item, exact=True).tap()
        expect(page.locator("#conversation-menu")).to_be_hidden()
    page.keyboard.type("By thumb")
    page.keyboard.press("Enter")
    expect(link(chat, "By thumb")).to_be_visible()
    chat.conversations.get_by_role("button", name="Actions for “By thumb”").tap()
    page.get_by_role("menuitem", name="Delete", exact=True).tap()
    page.get_by_role("button", name="Undo").tap()
    expect(link(chat, "By thumb")).to_be_visible()
