"""A database that something else holds for a while: the page says so, and that all is well once it is."""

import sqlite3

from playwright.sync_api import expect

from tests.browser.conftest import Pages
from tests.browser.driving import ChatPage, endpoint_variables, ledger
from tests.conftest import StartApp
from tests.servers.scripted import ScriptedServer


def test_reply_that_could_not_be_saved_is_saved_by_itself_and_the_page_sees_it(
    app_process: StartApp, scripted: ScriptedServer, pages: Pages
) -> None:
    app = app_process(variables=endpoint_variables(scripted))
    chat = ChatPage(pages.open(), app).open()
    chat.choose_model("endless-20ms")
    chat.send("Count for me")
    expect(chat.replies.last).to_contain_text("word9 ")
    holder = sqlite3.connect(app.data_dir / "tally.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    chat.page.locator("#stop").click()
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
