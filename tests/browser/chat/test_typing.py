"""The message box and edits: what is typed is sent, stored and copied as it is, and nothing typed is lost."""

import pytest
from playwright.sync_api import Page, expect

from chat.store import ConversationStore
from tests.browser.chat_page import ChatPage, Columns, HeldEvent
from tests.browser.conftest import Pages
from tests.browser.stored import store_conversation
from tests.servers.app_process import AppProcess
from tests.servers.scripted import PRICED_MODEL, ScriptedServer
from usage.ledger import LOCAL_USER

PYTHON = "    def f(a):\n        if a < b:\n            return vector<int>  \n\n    # __init__ $x$\n\n"
MAKEFILE = "```make\nall:\n\tcc -o x x.c\n\t\t# deep\n```\n\tnot in a block\n"
MIXED = "\n\n  \t two blanks, a tab\t\n\u2060joined\u2060 <b>&amp;</b> \\(x\\) \ufeff\n trailing \t"
TYPED = [PYTHON, MAKEFILE, MIXED]


def sent(endpoint: ScriptedServer) -> str:
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
    box.press_sequentially("# new")
    box.press("Shift+Enter")
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
    chat.set_up(Temperature="warm")
    chat.open_edit_box().fill("  Better\n")
    chat.submit_edit()
    expect(chat.notice).to_contain_text("Temperature in Settings is “warm”")
    chat.set_up(Temperature="")
    expect(chat.open_edit_box()).to_have_value("  Better\n")
    submit(chat)
    endpoint.wait_until(lambda: sent(endpoint) == "  Better\n")
    chat.open_edit_box().fill("No")
    chat.chat.get_by_role("button", name="Cancel", exact=True).click()
    expect(chat.open_edit_box()).to_have_value("  Better\n")


def test_neither_an_empty_message_nor_an_edit_that_leaves_nothing_is_sent(
    chat: ChatPage, endpoint: ScriptedServer
) -> None:
    chat.send("  \n ")
    expect(chat.notice).to_have_text("Write a message first.")
    expect(chat.questions).to_have_count(0)
    chat.ask("Something")
    before = len(endpoint.chats)
    chat.edit(0, "\n\t \n")
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
    chat.message.press_sequentially("third")
    held.let_go()
    chat.receipt(1)
    assert [request.body["messages"][-1]["content"] for request in endpoint.chats[-2:]] == [
        "  first\n",
        "second",
    ]
    expect(chat.message).to_have_value("third")


# Safari ends the composition first: the Enter that chose the word is told apart by its code alone.
ENTER_OF_SAFARI = """(box) => {
  box.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true, data: "日本" }));
  const enter = { key: "Enter", code: "Enter", keyCode: 229, bubbles: true, cancelable: true };
  for (const name of ["keydown", "keypress", "keyup"]) box.dispatchEvent(new KeyboardEvent(name, enter));
}"""


def test_the_enter_that_chooses_a_word_of_an_input_method_does_not_send(chat: ChatPage) -> None:
    chat.message.fill("日本")
    chat.message.evaluate(ENTER_OF_SAFARI)
    expect(chat.message).to_have_value("日本")
    chat.message.press("Enter")
    expect(chat.questions).to_have_text(["日本"])


def test_on_a_touch_screen_enter_breaks_the_line_and_send_sends(pages: Pages, tally: AppProcess) -> None:
    chat = ChatPage(pages.open(390, 844, touch=True), tally).open()
    chat.message.tap()
    chat.message.press_sequentially("First line")
    chat.message.press("Enter")
    chat.message.press_sequentially("second line")
    expect(chat.message).to_have_value("First line\nsecond line")
    assert chat.message.get_attribute("enterkeyhint") == "enter"
    chat.page.locator("#send").tap()
    chat.receipt()
    expect(chat.questions).to_have_text(["First line\nsecond line"], use_inner_text=True)


def test_text_that_is_selected_and_copied_has_no_invisible_characters(
    chat: ChatPage, tally: AppProcess
) -> None:
    chat.open(store_conversation(tally.data_dir, "Selected", [("Which?", "It is vector<int>.")]))
    chat.replies.first.evaluate("(reply) => getSelection().selectAllChildren(reply)")
    chat.page.keyboard.press("Control+C")
    assert chat.clipboard().strip() == "It is vector<int>."


LONG_TEXT = "".join(f"{number:03} a text that is typed quickly, " for number in range(8))[:200]


def test_what_is_typed_while_a_reply_comes_is_a_draft_that_a_reload_keeps(chat: ChatPage) -> None:
    chat.choose_model("stream-60x20ms")
    chat.send("Take your time")
    expect(chat.replies.first).to_contain_text("word3")
    chat.message.press_sequentially("Next question", delay=10)
    chat.receipt()
    expect(chat.message).to_have_value("Next question")
    chat.reload()
    expect(chat.message).to_have_value("Next question")
    chat.message.press("Enter")
    chat.receipt(1)
    expect(chat.questions).to_have_text(["Take your time", "Next question"])
    chat.reload()
    expect(chat.message).to_have_value("")


def test_a_message_that_is_refused_stays_in_the_box(chat: ChatPage) -> None:
    chat.set_up(Temperature="warm")
    chat.send("Keep me")
    expect(chat.notice).to_have_text("Temperature in Settings is “warm”. Enter 0 to 2, or leave it empty.")
    expect(chat.message).to_have_value("Keep me")
    expect(chat.questions).to_have_count(0)
    chat.reload()
    expect(chat.message).to_have_value("Keep me")


def test_two_hundred_characters_typed_at_once_all_arrive(chat: ChatPage) -> None:
    chat.message.press_sequentially(LONG_TEXT)
    expect(chat.message).to_have_value(LONG_TEXT)
    expect(chat.estimate).to_contain_text("tokens")
    expect(chat.message).to_have_value(LONG_TEXT)


NAMELESS = """() => [...document.querySelectorAll("button, input, textarea, select, a[href], [role=button]")]
  .filter((element) => element.checkVisibility({ opacityProperty: false }) && element.getClientRects().length)
  .filter((element) => {
    const labels = [...(element.labels || [])].map((label) => label.textContent);
    const name = [element.getAttribute("aria-label"), element.title, element.textContent, ...labels];
    return !name.some((text) => text && text.trim());
  })
  .map((element) => element.outerHTML.slice(0, 200))"""


def names_reached_by_tab(page: Page, presses: int) -> list[str]:
    """Return what has the focus after each press of Tab, by its name."""
    name = """() => {
      const element = document.activeElement;
      const label = element.labels && element.labels[0] && element.labels[0].textContent;
      return (element.getAttribute("aria-label") || label || element.textContent || element.id).trim();
    }"""
    names = []
    for _ in range(presses):
        page.keyboard.press("Tab")
        names.append(str(page.evaluate(name)))
    return names


def test_enter_sends_and_shift_enter_breaks_the_line(chat: ChatPage) -> None:
    chat.message.press_sequentially("First line")
    chat.message.press("Shift+Enter")
    chat.message.press_sequentially("second line")
    assert chat.message.input_value() == "First line\nsecond line"
    chat.message.press("Enter")
    chat.receipt()
    expect(chat.questions).to_have_text(["First line\nsecond line"], use_inner_text=True)
    expect(chat.message).to_have_value("")


def test_arrow_up_in_the_empty_box_edits_the_last_message(chat: ChatPage) -> None:
    chat.ask("First")
    chat.ask("Second")
    expect(chat.chat.get_by_role("button", name="Edit message", exact=True).last).to_be_enabled()
    chat.message.fill("not empty")
    chat.message.press("ArrowUp")
    expect(chat.chat.locator("textarea")).to_have_count(0)
    chat.message.fill("")
    chat.message.press("ArrowUp")
    expect(chat.chat.locator("textarea")).to_have_value("Second")


def test_new_chat_has_a_shortcut_and_the_box_is_ready_to_type_in(chat: ChatPage) -> None:
    chat.ask("Old")
    chat.page.keyboard.press("Control+Shift+O")
    expect(chat.questions).to_have_count(0)
    expect(chat.message).to_be_focused()
    assert chat.conversation_id == ""


def test_every_control_has_a_name_and_is_reached_by_tab(chat: ChatPage) -> None:
    chat.ask("Name everything")
    chat.set_up(System_prompt="Be brief.")
    assert chat.page.evaluate(NAMELESS) == []
    chat.page.locator("#sidebar .toggle-button").focus()
    reached = names_reached_by_tab(chat.page, 8)
    chat.page.locator("#settings-open").focus()  # past the other conversations of the list
    reached += names_reached_by_tab(chat.page, 20)
    chat.open_setting("Temperature")
    assert chat.page.evaluate(NAMELESS) == []
    reached += names_reached_by_tab(chat.page, 14)
    wanted = [
        "Switch between light and dark", "New chat", "stream-40x5ms · $0.10 in / $0.50 out per 1M",
        "Name everything",
        "System prompt", "Temperature", "Top p", "Presence penalty", "Frequency penalty", "Max tokens",
        "Seed", "Reasoning effort", "Verbosity", "Stop sequences", "Chat", "Copy message", "Edit message",
        "Copy reply", "Copy reply with cost", "New chat from here", "Try again",
        "Message", "Send",
    ]  # fmt: skip
    assert [name for name in wanted if name not in reached] == []
