"""A reply belongs to the server: reloads, closed pages, restarts, kills and full disks do not harm it."""

import re
import sqlite3

from playwright.sync_api import Page, expect

from tests.browser.chat_page import ChatPage, Columns
from tests.browser.conftest import WHEN_KILLED, Pages
from tests.conftest import StartApp
from tests.helpers.data_files import ledger
from tests.servers.app_process import AppProcess
from tests.servers.scripted import ScriptedServer


def last_word(chat: ChatPage) -> int:
    """Return the number of the last word that the reply shows."""
    return int(chat.replies.last.inner_text().split()[-1].removeprefix("word"))


def wait_for_more_than(chat: ChatPage, word: int) -> None:
    """Wait until the reply shows later words than this one."""
    expect(chat.replies.last).to_contain_text(f"word{word + 5} ")


def test_reply_goes_on_over_a_reload_and_in_another_tab(
    pages: Pages, chat: ChatPage, tally: AppProcess, endpoint: ScriptedServer
) -> None:
    chat.choose_model("endless-20ms")
    chat.send("Go on over a reload")
    wait_for_more_than(chat, 1)
    before = last_word(chat)

    chat.reload()

    wait_for_more_than(chat, before)
    other = ChatPage(pages.open(), tally).open(chat.conversation_id)
    wait_for_more_than(other, last_word(chat))
    expect(other.questions).to_have_text("Go on over a reload")
    other.stop()
    for each in (chat, other):
        each.receipt()
        expect(each.chat).to_contain_text("You stopped this reply.")
        assert each.replies.first.inner_text().startswith("word1 word2 word3 ")
    assert chat.replies.first.inner_text() == other.replies.first.inner_text()
    assert [str(request.body["messages"]) for request in endpoint.chats].count(
        "[{'role': 'user', 'content': 'Go on over a reload'}]"
    ) == 1


def test_a_closed_page_does_not_end_the_reply(
    pages: Pages, chat: ChatPage, tally: AppProcess, endpoint: ScriptedServer
) -> None:
    chat.choose_model("stream-60x20ms")
    chat.send("Closed in the middle")
    wait_for_more_than(chat, 1)
    conversation_id = chat.conversation_id
    chat.page.close()
    endpoint.wait_until(lambda: endpoint.chats[-1].answered)

    reopened = ChatPage(pages.open(), tally).open(conversation_id)

    assert "1,234 in + 60 out" in reopened.receipt()
    expect(reopened.replies.first).to_have_text(re.compile(r"^word1 .* word60\s*$"))
    assert [row["status"] for row in ledger(tally.data_dir, conversation_id)] == ["completed"]


def test_a_second_tab_on_the_conversation_follows_what_the_first_asks(
    chat: ChatPage, tally: AppProcess
) -> None:
    chat.ask("First")
    second = ChatPage(chat.page.context.new_page(), tally).open(chat.conversation_id)
    second.receipt(0)

    chat.ask("Second")

    second.receipt(1)
    expect(second.questions).to_have_text(["First", "Second"])


def test_open_tabs_take_nothing_from_the_six_connections_that_a_browser_has(
    chat: ChatPage, tally: AppProcess
) -> None:
    tabs = [ChatPage(chat.page.context.new_page(), tally).open() for _ in range(6)]
    tabs[-1].ask("Asked in the seventh")
    tabs[-1].receipt()


def test_another_persons_or_a_deleted_conversation_is_said_to_be_missing(
    page: Page, tally: AppProcess
) -> None:
    chat = ChatPage(page, tally).open("no-such-conversation")
    expect(chat.notice).to_have_text("This chat does not exist, or it belongs to someone else.")
    chat.ask("Here is a new one")
    expect(chat.notice).to_be_hidden()


def test_killed_replies_are_on_the_page_and_in_the_usage_tab_after_the_next_start(
    app_process: StartApp, scripted: ScriptedServer, pages: Pages
) -> None:
    pages.expected += WHEN_KILLED
    app = app_process(variables=scripted.variables)
    chat, comparing = (ChatPage(pages.open(), app).open() for _ in range(2))
    chat.choose_model("endless-20ms")
    chat.send("Count for me")
    columns = Columns(comparing)
    comparing.choose_model("endless-30ms")
    columns.choose_models("endless-20ms")
    comparing.send("Count, both of you")
    expect(columns.reply("endless-30ms")).to_contain_text("word90 ")  # more than a second's: some is stored
    expect(chat.replies.last).to_contain_text("word90 ")
    conversation_id, comparison_id = chat.conversation_id, comparing.conversation_id
    app.kill()
    chat.page.close()
    comparing.page.close()

    again = app_process(variables=scripted.variables, data_dir=app.data_dir)
    chat = ChatPage(pages.open(), again).open(conversation_id)
    columns = Columns(ChatPage(pages.open(), again).open(comparison_id))

    receipt = chat.receipt()
    assert re.fullmatch(r"free · [\d,]+ in \+ [\d,]+ out · endless-20ms", receipt.removeprefix("≈ "))
    assert chat.replies.first.inner_text().startswith("word1 word2 word3 ")
    expect(chat.chat).to_contain_text(
        "Tally was closed before this reply was complete. What had arrived is kept."
    )
    expect(chat.conversations).to_contain_text("Count for me")
    for model in ("endless-20ms", "endless-30ms"):
        expect(columns.reply(model)).to_contain_text("word1 word2 word3 ")
        expect(columns.column(model)).to_contain_text("Tally was closed before this reply was complete.")
        expect(columns.receipt(model)).to_contain_text(" out")
    columns.expect_chosen("endless-30ms")
    rows = [(row["purpose"], row["status"], row["usage_source"]) for row in ledger(app.data_dir)]
    assert sorted(rows) == [("compare", "interrupted", "estimated")] * 2 + [
        ("reply", "interrupted", "estimated")
    ]
    assert [row["purpose"] for row in chat.rows] == ["reply"]
    chat.page.get_by_role("tab", name="Usage").click()
    expect(chat.page.locator("#usage-table tbody tr").first.locator("td").nth(1)).to_have_text("3")


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
