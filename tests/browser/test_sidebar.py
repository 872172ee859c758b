"""Finding one's way: the list of conversations, long ones, light and dark."""

import re

from playwright.sync_api import Dialog, expect

from tests.browser.conftest import Pages
from tests.browser.driving import ChatPage
from tests.browser.stored import store_conversation
from tests.helpers.data_files import ledger
from tests.servers.app_process import AppProcess


def dark(chat: ChatPage) -> bool:
    """Return whether the page is dark."""
    return bool(
        chat.page.evaluate("getComputedStyle(document.body).backgroundColor !== 'rgb(255, 255, 255)'")
    )


def top_of(chat: ChatPage, text: str) -> float:
    """Return how far from the top of the window a message with this text is."""
    box = chat.chat.get_by_text(text, exact=True).bounding_box()
    assert box is not None
    return box["y"]


def test_conversations_are_listed_opened_and_told_apart(chat: ChatPage) -> None:
    chat.ask("The first one of two")
    first = chat.conversation_id
    chat.page.locator("#new-chat").click()
    expect(chat.questions).to_have_count(0)
    chat.ask("The second one of two")
    latest = chat.conversations.get_by_role("link")
    expect(latest.first).to_have_text("The second one of two")
    expect(chat.conversations.locator("[aria-current]")).to_have_text(re.compile("The second one of two"))

    chat.conversations.get_by_role("link", name="The first one of two").click()

    expect(chat.questions).to_have_text(["The first one of two"])
    expect(chat.conversations.locator("[aria-current]")).to_have_text(re.compile("The first one of two"))
    assert chat.conversation_id == first


def test_a_deleted_conversation_is_gone_and_its_rows_stay(chat: ChatPage, tally: AppProcess) -> None:
    chat.ask("Delete me")
    conversation_id = chat.conversation_id
    answers = iter([Dialog.dismiss, Dialog.accept])
    chat.page.on("dialog", lambda dialog: next(answers)(dialog))
    delete = chat.conversations.get_by_role("button", name="Delete “Delete me”")
    delete.click()
    expect(chat.questions).to_have_text(["Delete me"])

    delete.click()

    expect(chat.conversations.get_by_text("Delete me")).to_have_count(0)
    expect(chat.questions).to_have_count(0)
    assert [row["cost_usd"] for row in ledger(tally.data_dir, conversation_id)] == ["0.0001434"]
    expect(chat.spend.locator("dd").first).to_have_text("$0.00")


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
    chat.page.mouse.wheel(0, -600)
    expect(chat.replies.last).not_to_be_in_viewport()
    scrolled_to = log.evaluate("log => log.scrollTop")
    expect(chat.replies.last).to_contain_text("word60 ")
    assert log.evaluate("log => log.scrollTop") == scrolled_to
    chat.page.keyboard.press("Escape")
    chat.receipt(10)


def test_light_and_dark_follow_the_system_until_somebody_switches(pages: Pages, tally: AppProcess) -> None:
    by_night = ChatPage(pages.open(color_scheme="dark"), tally).open()
    assert dark(by_night)
    by_day = ChatPage(pages.open(), tally).open()
    assert not dark(by_day)
    by_day.page.get_by_role("button", name="Switch between light and dark").click()
    assert dark(by_day)
    by_day.reload()
    assert dark(by_day)
