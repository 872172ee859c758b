"""A temporary chat: whole while it lasts, nothing of it on the disk but its row in the ledger."""

import json
import re
from pathlib import Path

from playwright.sync_api import expect

from chat.store.temporary_chats.room import MOST_OF_A_PERSON
from tests.browser.chat_page import ChatPage
from tests.browser.conftest import WHEN_KILLED, Pages
from tests.conftest import StartApp
from tests.helpers.data_files import ledger
from tests.servers.app_process import AppProcess, wait_for
from tests.servers.http_page import HttpPage
from tests.servers.scripted import ScriptedServer

SECRET = "The gold is under the old oak."
SECOND = "And the silver under the birch."
DRAFT = "Never sent, never kept"
NOTE = "Temporary chat: nothing you say here is saved. Only what it costs is recorded."


def is_on_disk(folder: Path, text: str) -> bool:
    return any(text.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def stored_in_browser(chat: ChatPage) -> str:
    return json.dumps(chat.page.evaluate("({...localStorage})"))


def temporary_chat(pages: Pages, app: AppProcess) -> ChatPage:
    chat = ChatPage(pages.open(), app).open()
    expect(chat.page.locator("#temporary-note")).to_be_hidden()
    chat.page.get_by_role("checkbox", name="Temporary").check()
    chat.reload()
    expect(chat.page.get_by_role("checkbox", name="Temporary")).to_be_checked()
    expect(chat.page.locator("#temporary-note p")).to_have_text(NOTE)
    return chat


def test_a_temporary_chat_goes_on_after_a_reload_and_leaves_only_its_rows(
    pages: Pages, app_process: StartApp, scripted: ScriptedServer
) -> None:
    app = app_process(variables=scripted.variables)
    chat = temporary_chat(pages, app)
    page = chat.page
    chat.ask(SECRET)
    expect(page.locator("#temporary-note")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Temporary")).to_be_hidden()
    chat.reload()
    expect(chat.questions).to_have_text([SECRET])
    expect(page).to_have_title("Temporary chat – Tally")
    chat.ask(SECOND)
    chat.message.fill(DRAFT)

    expect(chat.conversations).not_to_contain_text("gold")
    rows = chat.rows
    assert [row["purpose"] for row in rows] == ["reply", "reply"]
    assert all(row["conversation_id"].startswith("temporary-") for row in rows)
    for text in (SECRET, SECOND, DRAFT):
        assert not is_on_disk(app.data_dir, text)
        assert text not in stored_in_browser(chat)

    chat.new_chat()
    expect(page.get_by_role("checkbox", name="Temporary")).not_to_be_checked()
    expect(page.locator("#temporary-note")).to_be_hidden()
    page.go_back()
    expect(chat.questions).to_have_text([SECRET, SECOND])


def test_a_temporary_chat_is_deleted_at_once_and_only_its_row_stays(
    pages: Pages, app_process: StartApp, scripted: ScriptedServer
) -> None:
    app = app_process(variables=scripted.variables)
    chat = temporary_chat(pages, app)
    page, button = chat.page, chat.page.get_by_role("button", name="Delete now")
    expect(button).to_be_hidden()
    chat.choose_model("held-6")
    chat.send(SECRET)
    expect(chat.replies.first).to_contain_text("word3")
    button.click()
    expect(chat.notice).to_contain_text("This chat cannot be deleted yet")
    scripted.release()
    chat.receipt()
    address = chat.conversation_id
    chat.message.fill(DRAFT)
    button.click()
    expect(chat.questions).to_have_count(0)
    expect(chat.message).to_have_value("")
    expect(page.get_by_role("checkbox", name="Temporary")).not_to_be_checked()
    assert DRAFT not in page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    chat.open(address)
    expect(chat.notice).to_contain_text("This temporary chat is gone:")
    assert len(ledger(app.data_dir, address)) == 1


def test_versions_copies_and_what_waits_stay_temporary(
    pages: Pages, app_process: StartApp, scripted: ScriptedServer
) -> None:
    app = app_process(variables=scripted.variables)
    chat = temporary_chat(pages, app)
    chat.choose_model("held-6")
    chat.send(SECRET)
    expect(chat.replies.first).to_contain_text("word3")
    chat.send(SECOND)
    expect(chat.page.locator("#queue")).to_contain_text(SECOND)
    scripted.release()
    expect(chat.questions).to_have_text([SECRET, SECOND])
    scripted.release()
    chat.receipt(1)
    original = chat.page.url
    chat.page.get_by_role("button", name="New chat from here").last.click()
    chat.page.get_by_role("menuitem", name="With everything").click()
    expect(chat.page).not_to_have_url(original)
    assert chat.conversation_id.startswith("temporary-")
    for text in (SECRET, SECOND):
        assert not is_on_disk(app.data_dir, text)


def test_what_was_written_for_a_temporary_chat_that_is_gone_stays_temporary(
    pages: Pages, app_process: StartApp, scripted: ScriptedServer
) -> None:
    app = app_process(variables=scripted.variables)
    chat = temporary_chat(pages, app)
    chat.ask(SECRET)
    chat.message.fill(DRAFT)
    with HttpPage(app.url) as others:
        for number in range(MOST_OF_A_PERSON):
            others.follow(others.begin(f"Something else, {number}", "gpt-6-luna", temporary=True))
    chat.reload()
    expect(chat.notice).to_contain_text("This temporary chat is gone:")
    expect(chat.message).to_have_value(DRAFT)
    expect(chat.page.get_by_role("checkbox", name="Temporary")).to_be_checked()
    chat.message.press("Enter")
    expect(chat.replies).to_have_count(1)
    expect(chat.page).to_have_url(re.compile("c=temporary-"))
    assert not is_on_disk(app.data_dir, DRAFT)


def test_a_new_chat_is_not_temporary_after_a_reload(
    pages: Pages, app_process: StartApp, scripted: ScriptedServer
) -> None:
    chat = temporary_chat(pages, app_process(variables=scripted.variables))
    tick = chat.page.get_by_role("checkbox", name="Temporary")
    chat.new_chat()
    expect(tick).not_to_be_checked()
    chat.reload()
    expect(tick).not_to_be_checked()


def test_a_temporary_chat_that_is_killed_has_one_row_and_says_that_it_is_gone(
    pages: Pages, app_process: StartApp, scripted: ScriptedServer
) -> None:
    pages.expected += WHEN_KILLED
    app = app_process(variables=scripted.variables)
    chat = temporary_chat(pages, app)
    chat.choose_model("held-6")
    chat.send(SECRET)
    expect(chat.replies.first).to_contain_text("word3")
    expect(chat.page).to_have_url(re.compile("c=temporary-"))
    address = chat.conversation_id
    app.kill()
    scripted.release()
    chat.page.close()
    again = app_process(variables=scripted.variables, data_dir=app.data_dir)
    assert not is_on_disk(app.data_dir, SECRET)
    chat = ChatPage(pages.open(), again).open(address)
    expect(chat.notice).to_contain_text("This temporary chat is gone:")
    wait_for(lambda: len(ledger(app.data_dir)) == 1)
    [row] = ledger(app.data_dir, address)
    assert (row["status"], row["note"]) == ("interrupted", "fate unknown: Tally ended before the reply did")
