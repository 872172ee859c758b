"""Addresses of messages, copies of a chat, and what is open after a reload."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import Pages, shared_app
from tests.browser.stored import store_conversation
from tests.servers.app_process import AppProcess
from tests.servers.scripted import PRICED_MODEL, ScriptedServer

# How often the page asks where the conversation stands, and how often it changes.
COUNT_LAYOUTS = """
  window.asked = window.changes = 0;
  const ask = Element.prototype.getBoundingClientRect;
  Element.prototype.getBoundingClientRect = function () {
    if (this.matches("#chat .bubble-wrap")) window.asked += 1;
    return ask.call(this);
  };
  new MutationObserver(() => (window.changes += 1)).observe(document, { childList: true, subtree: true });
"""
TOP_PX = 120  # a question counts as being at the top when it is this near to the conversation's top


@pytest.fixture(scope="module")
def long_chats(endpoint: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """An app with a chat of 60 turns and one of three."""
    home: Path = tmp_path_factory.mktemp("home")
    for app in shared_app(home, endpoint.variables):
        said = [(f"Question {number}", "Some words.\n\n" * 4) for number in range(60)]
        store_conversation(app.data_dir, "Long", said)
        store_conversation(app.data_dir, "Short", said[:3])
        yield app


def open_at(chat: ChatPage, app: AppProcess, address: str) -> None:
    chat.page.goto(f"{app.url}/{address}")
    chat.wait_until_ready()


def expect_at_top(chat: ChatPage, question: Locator) -> None:
    """Wait until a question stands near the top of the conversation, and stays there."""
    expect(question).to_be_in_viewport()
    log = chat.chat.locator(".bubble-wrap")
    below = "([question, log]) => question.getBoundingClientRect().top - log.getBoundingClientRect().top"
    handles = [question.element_handle(), log.element_handle()]
    chat.page.wait_for_function(f"(both) => Math.abs(({below})(both)) < {TOP_PX}", arg=handles)


def address_of(chat: ChatPage, name: str, value: str) -> None:
    expect(chat.page).to_have_url(re.compile(rf"[?&]{name}={value}(&|$)"))


@pytest.mark.parametrize("width", [1280, 390])
def test_an_address_opens_at_an_old_message_and_stays_there(
    pages: Pages, long_chats: AppProcess, width: int
) -> None:
    chat = ChatPage(pages.open(width, 844, touch=width < 400), long_chats)
    open_at(chat, long_chats, "?c=long&m=long-5")
    question = chat.questions.get_by_text("Question 5", exact=True)
    expect_at_top(chat, question)
    expect(chat.questions.first).to_have_text("Question 4")
    expect(chat.chat.locator("[data-marked]")).to_have_count(0)  # only for a moment
    expect_at_top(chat, question)
    chat.reload()
    expect_at_top(chat, question)


def test_a_chat_that_opens_at_its_first_message_is_not_laid_out_for_each_that_comes_in(
    pages: Pages, long_chats: AppProcess
) -> None:
    chat = ChatPage(pages.open(), long_chats)
    chat.page.add_init_script(COUNT_LAYOUTS)
    open_at(chat, long_chats, "?c=long&m=long-0")
    expect(chat.questions).to_have_count(60)
    expect(chat.questions.first).to_be_in_viewport()
    asked, changes = chat.page.evaluate("[window.asked, window.changes]")
    assert 0 < asked < changes / 3
    expect_at_top(chat, chat.questions.first)


@pytest.mark.parametrize("message", ["no-such", "short-1", "%00%ff<b>", "x" * 2000])
def test_an_address_without_such_a_message_opens_the_chat_at_its_end(
    pages: Pages, long_chats: AppProcess, message: str
) -> None:
    chat = ChatPage(pages.open(), long_chats)
    open_at(chat, long_chats, f"?c=long&m={message}")
    expect(chat.questions.last).to_be_in_viewport()
    expect(chat.questions).to_have_count(20)


def test_a_link_to_a_message_is_copied_opens_elsewhere_and_goes_when_one_goes_on(
    pages: Pages, long_chats: AppProcess
) -> None:
    chat = ChatPage(pages.open(), long_chats).open("short")
    expect(chat.questions).to_have_count(3)
    chat.questions.nth(1).hover()
    chat.press_copy("Copy link to this message", 1)
    link = chat.clipboard()
    assert link == f"{long_chats.url}/?c=short&m=short-1"

    other = ChatPage(pages.open(), long_chats)
    other.page.goto(link)
    other.wait_until_ready()
    expect(other.questions.get_by_text("Question 1")).to_be_in_viewport()
    other.choose_model(PRICED_MODEL)
    other.send("Question 3")
    expect(other.page).to_have_url(f"{long_chats.url}/?c=short")
    expect(other.receipts).to_have_count(4)
    expect(other.replies.last).to_be_in_viewport()


def test_a_message_that_is_opened_is_a_step_back_and_forward(pages: Pages, long_chats: AppProcess) -> None:
    chat = ChatPage(pages.open(), long_chats).open("short")
    expect(chat.questions.first).to_have_text("Question 0")
    chat.page.evaluate("tally.openConversation('long', 'long-7')")
    address_of(chat, "m", "long-7")
    question = chat.questions.get_by_text("Question 7", exact=True)
    expect_at_top(chat, question)
    chat.page.evaluate("tally.openConversation('long', 'long-50')")
    fiftieth = chat.questions.get_by_text("Question 50", exact=True)
    expect_at_top(chat, fiftieth)

    chat.page.go_back()
    address_of(chat, "m", "long-7")
    expect_at_top(chat, question)
    chat.page.go_back()
    expect(chat.page).to_have_url(f"{long_chats.url}/?c=short")
    expect(chat.questions.first).to_have_text("Question 0")
    chat.page.go_forward()
    expect_at_top(chat, question)
    chat.page.get_by_role("link", name="Short").click()
    expect(chat.page).to_have_url(f"{long_chats.url}/?c=short")


def test_an_address_leads_to_a_message_on_another_branch(chat: ChatPage, tally: AppProcess) -> None:
    chat.ask("One")
    chat.questions.first.hover()
    chat.press_copy("Copy link to this message")
    link = chat.clipboard()
    chat.edit(0, "One, better")
    expect(chat.questions).to_have_text(["One, better"])
    chat.receipt()

    other = ChatPage(chat.page.context.new_page(), tally)
    other.page.goto(link)
    other.wait_until_ready()
    for each in (other, chat):
        expect(each.questions).to_have_text(["One"])
        expect(each.chat.locator("[name=version-costs]")).to_have_text(re.compile("1/2$"))


def test_a_copy_is_a_chat_of_its_own(chat: ChatPage, tally: AppProcess) -> None:
    for question in ("One", "Two"):
        chat.ask(question)
    original, rows = chat.conversation_id, chat.rows
    chat.replies.first.hover()
    chat.chat.get_by_role("button", name="New chat from here").first.click()
    chat.page.get_by_role("menuitem", name="With everything").click()

    expect(chat.questions).to_have_text(["One"])
    expect(chat.page).not_to_have_url(re.compile(original))
    expect(chat.conversations.locator("[aria-current] a")).to_have_attribute("title", "One (copy)")
    assert chat.rows == []
    chat.receipt(0)
    expect(chat.amount("This chat")).to_have_attribute("data-exact", "0")
    chat.ask("Three")
    expect(chat.amount("This chat")).to_have_attribute("data-exact", "0.0001434")
    assert len(chat.rows) == 1
    chat.page.go_back()
    expect(chat.questions).to_have_text(["One", "Two"])
    assert (chat.conversation_id, chat.rows) == (original, rows)


def test_a_reload_keeps_the_chat_and_the_bare_address_begins_a_new_one(
    pages: Pages, long_chats: AppProcess
) -> None:
    chat = ChatPage(pages.open(), long_chats).open("short")
    expect(chat.questions.first).to_have_text("Question 0")
    chat.reload()
    expect(chat.questions.first).to_have_text("Question 0")
    other = ChatPage(chat.page.context.new_page(), long_chats).open()
    expect(other.questions).to_have_count(0)
    assert other.conversation_id == ""
