"""What goes along with a message: the choice beside the estimate, and the eye at each message."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import Pages, shared_app
from tests.browser.stored import store_conversation
from tests.helpers.accessibility import findings
from tests.servers.app_process import AppProcess
from tests.servers.scripted import PRICED_MODEL, ScriptedServer

SIZES = [(1280, 800), (390, 844)]
SAID = [(f"Question {number}", f"Reply {number}") for number in range(5)]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory, endpoint: ScriptedServer) -> Iterator[AppProcess]:
    """An app of its own: what is sent is looked up at its endpoint."""
    yield from shared_app(tmp_path_factory.mktemp("home"), endpoint.variables)


class Along:
    """The line beside the estimate, and what it opens to."""

    def __init__(self, chat: ChatPage) -> None:
        self.page = chat.page
        self.line = chat.page.locator("#context summary")
        self.panel = chat.page.locator("#context details > div")

    def open(self) -> "Along":
        self.line.click()
        expect(self.panel).to_be_visible()
        return self

    def choice(self, kind: str) -> Locator:
        return self.page.locator(f"#context-{kind}")


def questions_sent(endpoint: ScriptedServer) -> list[str]:
    """What the person said in the last request."""
    messages = endpoint.chats[-1].body["messages"]
    return [message["content"] for message in messages if message["role"] == "user"]


def opened(page: Page, app: AppProcess, name: str, said: list[tuple[str, str]] = SAID) -> ChatPage:
    chat_id = store_conversation(app.data_dir, name, said, model=PRICED_MODEL)
    return ChatPage(page, app).open(chat_id)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_each_choice_is_what_is_sent_and_stays_after_a_reload(
    pages: Pages, fresh: AppProcess, endpoint: ScriptedServer, width: int, height: int
) -> None:
    page = pages.open(width, height, touch=width < 500)
    chat = opened(page, fresh, f"Choices {width}")
    along = Along(chat)
    asked = [question for question, _ in SAID]
    expect(along.line).to_have_text("with all earlier messages")

    along.open().choice("last").check()
    expect(along.line).to_have_text("with 4 of 5 earlier messages")
    expect(along.choice("last")).to_be_focused()
    page.locator("#context-last-number").fill("2")
    page.locator("#context-last-number").press("Enter")
    expect(along.line).to_have_text("with 2 of 5 earlier messages")
    expect(page.locator("#context-last-number")).to_be_focused()
    box = along.panel.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width + 0.5
    page.keyboard.press("Escape")
    expect(along.panel).to_be_hidden()
    chat.ask("Now?")
    assert questions_sent(endpoint) == [*asked[3:], "Now?"]

    chat.reload()
    expect(along.line).to_have_text("with 2 of 6 earlier messages")
    along.open().choice("tokens").check()
    expect(along.line).to_have_text("with all earlier messages")
    page.locator("#context-tokens-number").fill("1")
    page.locator("#context-tokens-number").press("Tab")
    expect(along.line).to_have_text("without earlier messages")
    page.keyboard.press("Escape")
    chat.ask("And now?")
    assert questions_sent(endpoint) == ["And now?"]

    along.open().choice("everything").check()
    expect(along.line).to_have_text("with all earlier messages")
    page.keyboard.press("Escape")
    chat.ask("At last?")
    assert questions_sent(endpoint) == [*asked, "Now?", "And now?", "At last?"]


def test_a_new_chat_has_its_choice_before_its_first_message_and_the_next_one_another(
    page: Page, fresh: AppProcess, endpoint: ScriptedServer
) -> None:
    chat = ChatPage(page, fresh).open()
    along = Along(chat)
    expect(along.line).to_have_count(0)
    chat.message.fill("First?")
    expect(along.line).to_have_text("sends everything")
    along.open()
    page.locator("#context-last-number").fill("0")
    page.locator("#context-last-number").press("Enter")
    expect(along.line).to_have_text("sends the last 0")
    page.keyboard.press("Escape")
    chat.ask("First?")
    expect(along.line).to_have_text("without earlier messages")
    chat.ask("Second?")
    assert questions_sent(endpoint) == ["Second?"]
    chat.new_chat()
    chat.message.fill("Other?")
    expect(along.line).to_have_text("sends everything")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_eye_leaves_a_message_out_and_takes_it_along_again_by_keyboard_too(
    pages: Pages, fresh: AppProcess, endpoint: ScriptedServer, width: int, height: int
) -> None:
    page = pages.open(width, height, touch=width < 500)
    chat = opened(page, fresh, f"Eye {width}")
    along, eyes = Along(chat), page.get_by_role("button", name="Leave this out of what is sent")
    expect(eyes).to_have_count(5)
    eyes.nth(1).focus()
    page.keyboard.press("Enter")
    back = page.get_by_role("button", name="Include this again")
    expect(back).to_be_focused()
    expect(along.line).to_have_text("with 4 of 5 earlier messages")
    expect(page.locator("#chat .left-out")).to_have_text("Left out: not sent to the model")
    chat.ask("Now?")
    assert questions_sent(endpoint) == ["Question 0", "Question 2", "Question 3", "Question 4", "Now?"]
    back.focus()
    page.keyboard.press("Enter")
    expect(back).to_have_count(0)
    expect(along.line).to_have_text("with all earlier messages")


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_choice_and_what_is_left_out_are_accessible(
    pages: Pages, fresh: AppProcess, width: int, height: int, scheme: str
) -> None:
    page = pages.open(width, height, "dark" if scheme == "dark" else "light")
    chat = opened(page, fresh, f"Access {width} {scheme}")
    page.locator("#chat button[name=leave-out]").nth(3).dispatch_event("click")
    expect(page.locator("#chat .left-out")).to_have_count(1)
    Along(chat).open()
    assert findings(page) == []


def test_by_keyboard_the_arrows_choose_and_the_figures_are_there(page: Page, fresh: AppProcess) -> None:
    chat = opened(page, fresh, "Keyboard")
    along = Along(chat)
    along.line.focus()
    page.keyboard.press("Enter")
    along.choice("everything").focus()
    page.keyboard.press("ArrowDown")
    expect(along.choice("last")).to_be_checked()
    expect(along.line).to_have_text("with 4 of 5 earlier messages")
    expect(along.choice("last")).to_be_focused()
    figures = along.panel.locator("tr").nth(1).locator("td")
    expect(figures.nth(0)).to_have_text(re.compile(r"^\d+$"))
    expect(figures.nth(1)).to_have_text(re.compile(r"^\$0\.\d+$"))
    expect(figures.nth(2)).to_have_text(re.compile(r"^\$0\.\d+$"))
    page.keyboard.press("Escape")
    expect(along.panel).to_be_hidden()
    expect(along.line).to_be_focused()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_summary_is_made_with_its_price_said_before_changed_and_sent_in_place_of_the_rest(
    pages: Pages, fresh: AppProcess, endpoint: ScriptedServer, width: int, height: int
) -> None:
    page = pages.open(width, height, touch=width < 500)
    chat = opened(page, fresh, f"Summary {width}")
    along = Along(chat).open()
    expect(along.choice("summary")).to_be_disabled()
    expect(page.locator(".summarize")).to_contain_text(re.compile(r"cost: about \$0\.\d+, model:"))
    page.locator("#summarize-now").click()
    heading = page.get_by_role("heading", name="Summary of the 5 earlier messages")
    expect(heading).to_be_visible()
    expect(along.line).to_have_text("with a summary")
    expect(chat.questions).to_have_count(5)
    assert [row["purpose"] for row in chat.rows] == ["summary"]

    page.get_by_role("button", name="Edit summary").click()
    dialog = page.locator("#summary-dialog")
    expect(dialog.locator("textarea")).to_be_focused()
    assert findings(page) == []
    dialog.locator("textarea").fill("In short: questions.")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    expect(chat.chat).to_contain_text("In short: questions.")
    chat.ask("Now?")
    assert questions_sent(endpoint) == ["Summarize our conversation so far.", "Now?"]
    assert "In short: questions." in str(endpoint.chats[-1].body["messages"])
    chat.reload()
    expect(heading).to_be_visible()
    along.open().choice("everything").check()
    expect(along.line).to_have_text("with all earlier messages")
    page.keyboard.press("Escape")
    chat.ask("And now?")
    assert questions_sent(endpoint) == [*(question for question, _ in SAID), "Now?", "And now?"]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_new_chat_from_here_takes_along_everything_the_last_messages_or_a_summary(
    pages: Pages, fresh: AppProcess, width: int, height: int
) -> None:
    page = pages.open(width, height, touch=width < 500)
    name = f"Fork {width}"
    chat = opened(page, fresh, name)
    first_id = chat.conversation_id

    def fork(way: str) -> None:
        chat.chat.get_by_role("button", name="New chat from here").last.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("menuitem").first).to_be_focused()
        page.get_by_role("menuitem", name=way).focus()
        page.keyboard.press("Enter")
        expect(page).not_to_have_url(re.compile(f"c={first_id}"))
        expect(page.locator("#fork-menu")).to_be_hidden()

    fork("With the last 4 messages")
    expect(chat.questions).to_have_text([question for question, _ in SAID[1:]])
    expect(Along(chat).line).to_have_text("with all earlier messages")
    chat.open(first_id)
    fork("With everything")
    expect(chat.questions).to_have_count(5)
    chat.open(first_id)
    fork("With a summary")
    expect(chat.questions).to_have_count(5)
    expect(page.locator("#summarize-now")).to_be_focused()
    assert chat.rows == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Summary of the 5 earlier messages")).to_be_visible()
    expect(Along(chat).line).to_have_text("with a summary")
    assert [row["purpose"] for row in chat.rows] == ["summary"]


def test_the_menu_of_a_new_chat_from_here_closes_and_gives_the_focus_back(
    page: Page, fresh: AppProcess
) -> None:
    chat = opened(page, fresh, "Fork menu")
    button = chat.chat.get_by_role("button", name="New chat from here").last
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="With the last 4 messages")).to_be_focused()
    assert findings(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#fork-menu")).to_be_hidden()
    expect(button).to_be_focused()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_chat_that_is_nearly_full_offers_a_fresh_one_with_a_summary_until_told_not_to(
    pages: Pages, fresh: AppProcess, width: int, height: int
) -> None:
    page = pages.open(width, height, touch=width < 500)
    said = [(f"Question {number}", "word " * 660) for number in range(5)]
    chat = opened(page, fresh, f"Full {width}", said)
    full_id = chat.conversation_id
    advice = page.get_by_role("note").filter(has_text="Estimated cost")
    chat.message.fill("Next?")
    expect(advice).to_contain_text(f"% of {PRICED_MODEL}’s context. Estimated cost of this message: $0.0")
    expect(advice).to_contain_text(
        re.compile(r"in a new chat with a summary\. Making the summary, once: \$0\.\d+\.")
    )
    assert findings(page) == []

    advice.get_by_role("button", name="New chat with a summary").click()
    expect(page).not_to_have_url(re.compile(f"c={full_id}"))
    expect(page.locator("#summarize-now")).to_be_focused()
    assert chat.rows == []

    chat.open(full_id)
    chat.message.fill("Next?")
    advice.get_by_role("button", name="Don’t show this again in this chat").click()
    expect(advice).to_have_count(0)
    chat.reload()
    chat.message.fill("Next?")
    expect(page.locator("#estimate")).to_contain_text("full")
    expect(advice).to_have_count(0)
