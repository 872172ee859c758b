"""What is sent, stored, edited and copied is what was typed, to the last blank."""

import pytest
from playwright.sync_api import expect

from chat.store import ConversationStore
from tests.browser.comparing import Columns
from tests.browser.driving import ChatPage
from tests.browser.held import HeldEvent
from tests.browser.stored import store_conversation
from tests.servers.app_process import AppProcess
from tests.servers.scripted import PRICED_MODEL, ScriptedServer
from usage.ledger import LOCAL_USER

PYTHON = "    def f(a):\n        if a < b:\n            return vector<int>  \n\n    # __init__ $x$\n\n"
MAKEFILE = "```make\nall:\n\tcc -o x x.c\n\t\t# deep\n```\n\tnot in a block\n"
MIXED = "\n\n  \t two blanks, a tab\t\n\u2060joined\u2060 <b>&amp;</b> \\(x\\) \ufeff\n trailing \t"
TYPED = [PYTHON, MAKEFILE, MIXED]


def sent(endpoint: ScriptedServer) -> str:
    """Return the message that was sent last."""
    return str(endpoint.chats[-1].body["messages"][-1]["content"])


def stored(tally: AppProcess, conversation_id: str) -> list[str]:
    """Return the questions of a conversation, in the order they were asked."""
    store = ConversationStore(f"sqlite:///{tally.data_dir / 'tally.db'}")
    conversation = store.conversation(LOCAL_USER, conversation_id)
    store.close()
    return [turn.question for turn in conversation.turns] if conversation else []


def submit(chat: ChatPage) -> None:
    """Send what is in the edit box, and wait for the reply."""
    chat.submit_edit()
    expect(chat.edit_box).to_have_count(0)
    expect(chat.page.locator("#send")).to_be_enabled()
    chat.receipt()


@pytest.mark.parametrize("text", TYPED)
def test_text_is_sent_stored_edited_and_copied_as_it_was_typed(
    text: str, chat: ChatPage, endpoint: ScriptedServer, tally: AppProcess
) -> None:
    chat.ask(text)
    assert sent(endpoint) == text

    for asked in (1, 2):
        asked_before = len(endpoint.chats)
        expect(chat.open_edit_box()).to_have_value(text)
        submit(chat)
        endpoint.wait_until(lambda before=asked_before: len(endpoint.chats) > before)  # type: ignore[misc]
        assert sent(endpoint) == text
        assert stored(tally, chat.conversation_id) == [text] * (asked + 1)
        chat.reload()

    chat.questions.first.hover()
    assert chat.copy_message() == text


def test_an_edit_changes_what_was_edited_and_nothing_else(chat: ChatPage, endpoint: ScriptedServer) -> None:
    chat.ask(PYTHON)
    box = chat.open_edit_box()
    expect(box).to_be_focused()
    box.press("Control+Home")
    box.press_sequentially("# new\n")
    submit(chat)
    endpoint.wait_until(lambda: sent(endpoint) != PYTHON)
    assert sent(endpoint) == f"# new\n{PYTHON}"


def test_a_question_of_a_comparison_is_edited_as_it_was_typed(
    chat: ChatPage, endpoint: ScriptedServer
) -> None:
    columns = Columns(chat)
    columns.choose_models("usage-details")
    chat.send(MAKEFILE)
    columns.expect_all_ended(2)
    before = len(endpoint.chats)
    expect(chat.open_edit_box()).to_have_value(MAKEFILE)
    chat.submit_edit()
    endpoint.wait_until(lambda: len(endpoint.chats) == before + 2)
    columns.expect_all_ended(2)
    assert {chat.body["messages"][-1]["content"] for chat in endpoint.chats[before:]} == {MAKEFILE}


def test_line_ends_that_a_browser_does_not_keep_are_stored_as_they_were(
    chat: ChatPage, endpoint: ScriptedServer, tally: AppProcess
) -> None:
    text = "first\r\n\tsecond\r\n"
    chat.open(store_conversation(tally.data_dir, "Other line ends", [(text, "So.")]))
    chat.choose_model(PRICED_MODEL)
    chat.open_edit_box()
    submit(chat)
    endpoint.wait_until(lambda: sent(endpoint) == text)


def test_an_edit_that_was_refused_is_there_when_the_box_is_opened_again(
    chat: ChatPage, endpoint: ScriptedServer
) -> None:
    chat.ask(PYTHON)
    chat.set_up(API_key="sk-ключ")
    chat.open_edit_box().fill("  Better\n")
    chat.submit_edit()
    expect(chat.notice).to_contain_text("Your API key cannot be used")
    chat.set_up(API_key="")
    expect(chat.notice).to_be_hidden()
    expect(chat.open_edit_box()).to_have_value("  Better\n")
    submit(chat)
    endpoint.wait_until(lambda: sent(endpoint) == "  Better\n")
    chat.open_edit_box().fill("No")
    chat.chat.get_by_role("button", name="Cancel", exact=True).click()
    expect(chat.open_edit_box()).to_have_value("  Better\n")


@pytest.mark.parametrize("text", ["", " ", "\n\t \n"])
def test_an_edit_that_leaves_nothing_is_refused(text: str, chat: ChatPage, endpoint: ScriptedServer) -> None:
    chat.ask("Something")
    before = len(endpoint.chats)
    chat.edit(0, text)
    expect(chat.notice).to_have_text("Write a message first.")
    assert len(endpoint.chats) == before


def test_nothing_typed_is_lost_while_the_message_is_on_its_way(
    chat: ChatPage, endpoint: ScriptedServer, tally: AppProcess
) -> None:
    held = HeldEvent(chat.page, tally, "send")
    chat.message.fill("  first\n")
    chat.message.press("Enter")
    held.wait_for_first()
    chat.message.press_sequentially("second")
    chat.message.press("Enter")
    held.let_go()
    chat.receipt()
    assert sent(endpoint) == "  first\n"
    expect(chat.message).to_have_value("second")


def test_text_that_is_selected_and_copied_has_no_invisible_characters(chat: ChatPage) -> None:
    chat.ask("Is it vector<int>?")
    chat.questions.first.evaluate("(question) => getSelection().selectAllChildren(question)")
    chat.page.keyboard.press("Control+C")
    assert chat.clipboard().strip() == "Is it vector<int>?"
