"""What cannot be saved for a while: the page says so plainly, and that all is well once it is."""

import sqlite3

from playwright.sync_api import expect

from tests.browser.conftest import Pages
from tests.browser.driving import ChatPage
from tests.conftest import StartApp
from tests.helpers.data_files import ledger
from tests.servers.scripted import ScriptedServer


def test_full_disk_is_said_plainly_and_loses_neither_message_nor_reply(
    app_process: StartApp, scripted: ScriptedServer, pages: Pages
) -> None:
    app = app_process(variables=scripted.variables)
    chat = ChatPage(pages.open(), app).open()
    chat.choose_model("endless-20ms")

    app.fill_disk()
    chat.send("Hello there")
    expect(chat.notice).to_contain_text("Nothing can be saved")
    expect(chat.notice).to_contain_text("The message was not sent.")
    expect(chat.message).to_have_value("Hello there")
    assert scripted.chats == []

    app.make_room()
    chat.message.press("Enter")
    expect(chat.replies.last).to_contain_text("word9 ")
    expect(chat.message).to_have_value("")
    app.fill_disk()
    chat.stop()
    expect(chat.chat).to_contain_text("This reply could not be saved.")
    expect(chat.chat).to_contain_text("What this reply cost could not be recorded.")
    expect(chat.replies.first).to_contain_text("word9 ")
    assert ledger(app.data_dir) == []

    app.make_room()
    conversation_id = chat.conversation_id
    chat.page.close()
    assert app.stop() == 0
    again = app_process(variables=scripted.variables, data_dir=app.data_dir)
    chat = ChatPage(pages.open(), again).open(conversation_id)
    chat.receipt()
    assert len(ledger(app.data_dir)) == 1


def test_reply_that_could_not_be_saved_is_saved_by_itself_and_the_page_sees_it(
    app_process: StartApp, scripted: ScriptedServer, pages: Pages
) -> None:
    app = app_process(variables=scripted.variables)
    chat = ChatPage(pages.open(), app).open()
    chat.choose_model("endless-20ms")
    chat.send("Count for me")
    expect(chat.replies.last).to_contain_text("word9 ")
    holder = sqlite3.connect(app.data_dir / "tally.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    chat.stop()
    expect(chat.chat).to_contain_text(
        "This reply could not be saved. Nothing can be saved: database is locked. "
        "Tally tries again every few seconds."
    )
    expect(chat.page.locator("#send")).to_be_visible()

    holder.execute("ROLLBACK")

    expect(chat.chat).not_to_contain_text("could not be saved")
    expect(chat.chat).to_contain_text("You stopped this reply.")
    expect(chat.replies.first).to_contain_text("word9 ")
    assert len(ledger(app.data_dir)) == 1
    statuses = holder.execute("SELECT status, pending_call FROM turns").fetchall()
    holder.close()
    assert statuses == [("stopped", None)]
    chat.send("Go on")
    expect(chat.questions).to_have_count(2)
