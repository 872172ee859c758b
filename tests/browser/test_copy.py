"""Copy takes the model's own text: no reasoning, no receipt, and nothing that was changed for showing it."""

import pytest
from playwright.sync_api import Dialog, Locator, expect

from tests.browser.comparing import Columns
from tests.browser.conftest import Pages
from tests.browser.driving import ChatPage
from tests.browser.stored import store_conversation
from tests.servers.app_process import AppProcess
from tests.servers.scripted import PRICED_MODEL

REPLY = (
    "\n  A vector<int> costs $5, and $x^2$ is a formula.\n\n"
    "| a | b |\n|---|---|\n| $y$ | \\(z\\) |\n\n```make\nall:\n\tcc $A $B\n```\n"
    "\tindented\n\n<b>bold</b> \u2060\n"
)
WORDS = "".join(f"word{number} " for number in range(1, 41))
EIGHT_WORDS = "".join(f"word{number} " for number in range(1, 9))
WITHOUT_CLIPBOARD = "delete Navigator.prototype.clipboard; delete Crypto.prototype.randomUUID;"


def pasted(chat: ChatPage) -> str:
    """Return what was copied last, pasted into the message box: a page may have no clipboard for scripts."""
    chat.message.fill("")
    chat.message.press("Control+V")
    return chat.message.input_value()


def press_copy(under: Locator, position: int = 0) -> None:
    """Press the Copy under a message and wait for its mark."""
    button = under.get_by_role("button", name="Copy message", exact=True).nth(position)
    button.click()
    expect(under.get_by_role("button", name="Copied message", exact=True)).to_be_visible()


@pytest.mark.parametrize("prepared", ["", WITHOUT_CLIPBOARD])
def test_copy_takes_the_reply_as_the_model_wrote_it(prepared: str, pages: Pages, tally: AppProcess) -> None:
    page = pages.open()
    said = [("First?", "One."), (" Second?\n\n", REPLY), ("Third?", "Three.")]
    conversation_id = store_conversation(tally.data_dir, f"Own text {len(prepared)}", said)
    page.add_init_script(prepared)
    chat = ChatPage(page, tally).open(conversation_id)
    expected = [text for pair in said for text in pair]
    for position, text in enumerate(expected):
        chat.page.locator("#chat .message-row").nth(position).hover()
        press_copy(chat.chat, position)
        expect(chat.chat.get_by_role("button", name="Copied message", exact=True)).to_have_count(0)
        assert pasted(chat) == text


def test_copy_leaves_out_reasoning_and_what_tally_adds(chat: ChatPage) -> None:
    chat.choose_model("reasoning-content")
    chat.ask("Think first")
    press_copy(chat.chat, 1)
    assert pasted(chat) == EIGHT_WORDS
    chat.choose_model("length")
    chat.ask("How does it end?")
    press_copy(chat.chat, 3)
    assert pasted(chat) == EIGHT_WORDS


def test_copy_takes_what_has_come_of_a_running_reply(chat: ChatPage) -> None:
    chat.choose_model("held-6")
    chat.send("Take your time")
    expect(chat.replies.first).to_have_text("word1 word2 word3")
    press_copy(chat.chat, 1)
    assert pasted(chat) == "word1 word2 word3 "


def test_copy_takes_why_there_is_no_reply(chat: ChatPage) -> None:
    chat.choose_model("status-500")
    chat.ask("Are you well?")
    press_copy(chat.chat, 1)
    assert pasted(chat) == chat.notice.inner_text()


def test_each_column_of_a_comparison_has_its_own_text(chat: ChatPage) -> None:
    columns = Columns(chat)
    columns.choose_models("usage-details")
    chat.send("  Which of you?")
    columns.expect_all_ended(2)
    for model, text in ((PRICED_MODEL, WORDS), ("usage-details", EIGHT_WORDS)):
        column = columns.column(model)
        column.hover()
        column.get_by_role("button", name="Copy conversation", exact=True).click()
        expect(column.get_by_role("button", name="Copied conversation", exact=True)).to_be_visible()
        assert pasted(chat) == text
    chat.questions.first.hover()
    press_copy(chat.chat)
    assert pasted(chat) == "  Which of you?"


def test_a_text_that_cannot_be_had_is_said_and_nothing_is_copied(chat: ChatPage, pages: Pages) -> None:
    chat.ask("Copy me")
    press_copy(chat.chat)
    said: list[str] = []

    def read(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.accept()

    chat.page.on("dialog", read)
    chat.page.route(
        "**/message?*", lambda route: route.fulfill(status=401, json={"error": "Sign in to see this."})
    )
    pages.expected += ["401", "Sign in to see this"]
    chat.chat.get_by_role("button", name="Copy message", exact=True).last.click()
    while not said:
        chat.page.wait_for_timeout(50)
    assert said == ["The message could not be copied. Reload the page and try again. (Sign in to see this.)"]
    assert pasted(chat) == "Copy me"
