"""A reply belongs to the server: reloads, closed pages, other tabs and restarts do not harm it."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Pages
from tests.browser.driving import ChatPage
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


def test_another_persons_or_a_deleted_conversation_is_said_to_be_missing(
    page: Page, tally: AppProcess
) -> None:
    chat = ChatPage(page, tally).open("no-such-conversation")
    expect(chat.notice).to_have_text("This conversation does not exist, or it is somebody else's.")
    chat.ask("Here is a new one")
    expect(chat.notice).to_be_hidden()


def test_a_restart_keeps_conversations_and_spend(
    scripted: ScriptedServer, app_process: StartApp, page: Page
) -> None:
    first = app_process(variables=scripted.variables)
    chat = ChatPage(page, first).open()
    receipt = chat.ask("Still there tomorrow?")
    page.goto("about:blank")
    first.stop()
    second = app_process(variables=scripted.variables, data_dir=first.data_dir)

    chat = ChatPage(page, second).open()
    chat.conversations.get_by_role("link", name="Still there tomorrow?").click()

    assert chat.receipt() == receipt
    expect(chat.questions).to_have_text("Still there tomorrow?")
