"""What is sent while a reply is written waits below it, also on the server; drafts belong to their chats."""

import pytest
from playwright.sync_api import Locator, expect

from chat.store.waiting_messages import MOST_WAITING
from tests.browser.chat_page import ChatPage, HeldEvent
from tests.browser.conftest import Pages
from tests.servers.app_process import AppProcess
from tests.servers.scripted import PRICED_MODEL, ScriptedServer

ENDLESS = "endless-20ms"
LONG_MS = 4000  # the page waits for no answer as long as this
REST_MS = 600  # after this a click is no second half of a double click


@pytest.fixture
def before(endpoint: ScriptedServer) -> int:
    """How many requests the endpoint had had when the test began."""
    return len(endpoint.chats)


def asked(endpoint: ScriptedServer, before: int) -> list[str]:
    """Return the last message of each request since."""
    return [chat.body["messages"][-1]["content"] for chat in endpoint.chats[before:]]


def queue(chat: ChatPage) -> Locator:
    """Return the messages that wait, as the page shows them."""
    return chat.page.locator("#queue li > span")


def press(chat: ChatPage, name: str, text: str) -> None:
    """Press a button of a message that waits."""
    line = chat.page.locator("#queue li").filter(has=chat.page.get_by_text(text, exact=True))
    line.get_by_role("button", name=name, exact=True).click()


def begin(chat: ChatPage, model: str, *texts: str) -> None:
    """Ask a model that takes its time, and send these while the reply is written."""
    chat.choose_model(model)
    chat.send("First")
    expect(chat.replies.first).to_contain_text("word3")
    for text in texts:
        chat.send(text)
    expect(queue(chat)).to_have_text(texts)


def arrive_elsewhere(chat: ChatPage, pages: Pages, tally: AppProcess, *texts: str) -> ChatPage:
    """Open the same chat as another browser would, once the server knows of these messages."""
    while True:
        other = ChatPage(pages.open(), tally).open(chat.conversation_id)
        if other.page.locator("#queue li").count() == len(texts):
            return other
        other.page.close()


def test_what_is_sent_while_a_reply_is_written_goes_out_in_turn_when_it_ends(
    chat: ChatPage, endpoint: ScriptedServer, before: int
) -> None:
    begin(chat, "held-6", "Second", "Not this one", "Nor this", "Third")
    expect(chat.page.locator("#queue p")).to_have_text("Will be sent when this reply ends")
    expect(chat.message).to_have_value("")
    press(chat, "Edit", "Not this one")
    expect(chat.message).to_have_value("Not this one")
    press(chat, "Remove", "Nor this")
    expect(queue(chat)).to_have_text(["Second", "Third"])
    chat.choose_model(PRICED_MODEL)
    endpoint.release()
    chat.receipt(2)
    expect(chat.questions).to_have_text(["First", "Second", "Third"])
    expect(queue(chat)).to_have_count(0)
    expect(chat.message).to_have_value("Not this one")
    expect(chat.notice.locator("p")).to_have_count(0)
    chat.reload()
    expect(chat.questions).to_have_count(3)
    expect(queue(chat)).to_have_count(0)
    assert asked(endpoint, before) == ["First", "Second", "Third"]


def test_a_double_click_does_one_thing_though_other_buttons_come_below_the_pointer(
    chat: ChatPage,
) -> None:
    begin(chat, ENDLESS)
    chat.message.fill("Second")
    chat.page.locator("#send").dblclick()
    expect(queue(chat)).to_have_text(["Second"])
    expect(chat.message).to_have_value("")
    chat.page.wait_for_timeout(REST_MS)
    chat.page.locator("#queue").get_by_role("button", name="Edit").dblclick()
    expect(chat.message).to_have_value("Second")
    expect(queue(chat)).to_have_count(0)
    chat.page.keyboard.press("Escape")


def test_what_waits_is_kept_on_the_server(
    chat: ChatPage, endpoint: ScriptedServer, before: int, pages: Pages, tally: AppProcess
) -> None:
    begin(chat, "held-6", "Second", "Third")
    other = arrive_elsewhere(chat, pages, tally, "Second", "Third")
    expect(queue(other)).to_have_text(["Second", "Third"])
    press(other, "Remove", "Third")
    other.page.evaluate("sessionStorage.clear()")
    other.reload()
    expect(queue(other)).to_have_text(["Second"])
    expect(queue(chat)).to_have_text(["Second", "Third"])
    for each in (chat, other):
        each.choose_model(PRICED_MODEL)
    endpoint.release()
    for each in (chat, other):
        each.receipt(1)
        expect(each.questions).to_have_text(["First", "Second"])
        expect(queue(each)).to_have_count(0)
    assert asked(endpoint, before) == ["First", "Second"]


@pytest.mark.parametrize(("name", "in_box"), [("Edit", "Second"), ("Remove", "")])
def test_what_was_taken_out_is_gone_though_the_page_was_reloaded_before_the_server_heard_of_it(
    chat: ChatPage, tally: AppProcess, name: str, in_box: str, pages: Pages
) -> None:
    begin(chat, ENDLESS, "Second", "Third")
    arrive_elsewhere(chat, pages, tally, "Second", "Third").page.close()
    telling = HeldEvent(chat.page, tally, "keep_waiting")
    press(chat, name, "Second")
    telling.wait_for_first()
    chat.reload()
    expect(queue(chat)).to_have_text(["Third"])
    expect(chat.message).to_have_value(in_box)
    other = arrive_elsewhere(chat, pages, tally, "Third")
    expect(queue(other)).to_have_text(["Third"])
    chat.page.keyboard.press("Escape")


def test_a_late_answer_is_none_to_what_was_told_since(
    chat: ChatPage, tally: AppProcess, pages: Pages
) -> None:
    begin(chat, ENDLESS, "Second", "Third")
    arrive_elsewhere(chat, pages, tally, "Second", "Third").page.close()
    telling = HeldEvent(chat.page, tally, "keep_waiting")
    press(chat, "Remove", "Second")
    telling.wait_for_first()
    chat.page.evaluate("tally.queue.answered('0')")
    chat.reload()
    expect(queue(chat)).to_have_text(["Third"])
    chat.page.keyboard.press("Escape")


def test_what_waited_when_the_page_was_closed_goes_out_only_when_somebody_says_so(
    chat: ChatPage, endpoint: ScriptedServer, before: int, pages: Pages, tally: AppProcess
) -> None:
    begin(chat, "held-6", "Second", "Third")
    conversation_id = chat.conversation_id
    arrive_elsewhere(chat, pages, tally, "Second", "Third").page.close()
    chat.page.goto("about:blank")
    endpoint.release()
    later = ChatPage(pages.open(), tally).open(conversation_id)
    later.receipt()
    expect(queue(later)).to_have_text(["Second", "Third"])
    expect(later.page.locator("#queue p")).to_have_text("Not sent yet")
    later.choose_model(PRICED_MODEL)
    press(later, "Send now", "Third")
    later.receipt(1)
    expect(later.questions).to_have_text(["First", "Third"])
    expect(queue(later)).to_have_text(["Second"])
    assert asked(endpoint, before) == ["First", "Third"]


def test_stop_holds_what_waits(chat: ChatPage, endpoint: ScriptedServer, before: int) -> None:
    begin(chat, ENDLESS, "One", "Two")
    chat.page.keyboard.press("Escape")
    chat.receipt()
    expect(queue(chat)).to_have_text(["One", "Two"])
    expect(chat.page.locator("#queue p")).to_have_text("Not sent yet")
    expect(chat.message).to_have_value("")
    chat.choose_model(PRICED_MODEL)
    chat.ask("Meanwhile")
    expect(queue(chat)).to_have_text(["One", "Two"])
    assert asked(endpoint, before) == ["First", "Meanwhile"]


def test_send_now_stops_the_reply(chat: ChatPage, endpoint: ScriptedServer, before: int) -> None:
    begin(chat, ENDLESS, "Later", "Now")
    chat.choose_model(PRICED_MODEL)
    press(chat, "Send now", "Now")
    chat.receipt(2)
    expect(chat.questions).to_have_text(["First", "Now", "Later"])
    expect(chat.chat.get_by_text("You stopped this reply.")).to_have_count(1)
    assert asked(endpoint, before) == ["First", "Now", "Later"]


# The page hears that the event of the reply before has ended only once it has heard of the next message.
ENDS_LATE = """() => {
  const { answered, settled } = tally;
  let ended = null;
  tally.settled = (sent) => (ended === null ? (ended = sent) : settled(sent));
  tally.answered = (sent) => {
    answered(sent);
    if (ended) settled(sent);
    ended = "";
  };
}"""


def test_what_waits_goes_out_after_the_reply_before_it_though_an_older_event_ends_late(
    chat: ChatPage, endpoint: ScriptedServer, before: int
) -> None:
    begin(chat, ENDLESS, "Later", "Now")
    chat.choose_model(PRICED_MODEL)
    chat.page.evaluate(ENDS_LATE)
    press(chat, "Send now", "Now")
    chat.receipt(2)
    expect(chat.questions).to_have_text(["First", "Now", "Later"])
    assert asked(endpoint, before) == ["First", "Now", "Later"]


def left_while_it_opens(chat: ChatPage, tally: AppProcess) -> tuple[str, HeldEvent]:
    """Click on a chat and go back before it is open; gives its id and what holds it up."""
    chat.ask("One chat")
    first = chat.conversation_id
    chat.new_chat()
    expect(chat.questions).to_have_count(0)
    opening = HeldEvent(chat.page, tally, "pick")
    chat.conversations.locator(f"[data-open='{first}']").click()
    opening.wait_for_first()
    chat.page.go_back()
    return first, opening


def test_a_message_sent_while_another_chat_is_still_on_its_way_is_shown_where_it_was_sent(
    chat: ChatPage, tally: AppProcess
) -> None:
    first, opening = left_while_it_opens(chat, tally)
    chat.send("Asked in a new one")
    opening.let_go()
    expect(chat.questions).to_have_text(["Asked in a new one"])
    chat.receipt()
    assert chat.conversation_id != first


def test_a_message_is_sent_where_it_was_written_though_another_chat_was_long_in_opening(
    chat: ChatPage, tally: AppProcess
) -> None:
    first, opening = left_while_it_opens(chat, tally)
    [held] = opening.requests
    answer = held.fetch()
    chat.send("Asked in a new one")
    chat.page.wait_for_timeout(LONG_MS)
    held.fulfill(response=answer)
    expect(chat.questions).to_have_text(["Asked in a new one"])
    chat.receipt()
    assert chat.conversation_id != first


def test_each_chat_has_a_draft_of_its_own(chat: ChatPage, pages: Pages, tally: AppProcess) -> None:
    chat.ask("One chat")
    first = chat.conversation_id
    chat.message.fill("For the first")
    chat.new_chat()
    expect(chat.message).to_have_value("")
    chat.message.fill("For a new one")
    chat.conversations.locator(f"[data-open='{first}']").click()
    expect(chat.message).to_have_value("For the first")
    chat.page.go_back()
    expect(chat.message).to_have_value("For a new one")
    chat.message.press("Enter")
    expect(chat.questions).to_have_text(["For a new one"])
    chat.receipt()
    chat.message.fill("For the second")
    chat.new_chat()
    expect(chat.message).to_have_value("")
    chat.open(first)
    expect(chat.message).to_have_value("For the first")


def test_an_answer_about_a_chat_that_was_left_takes_no_draft(chat: ChatPage) -> None:
    chat.ask("One chat")
    first = chat.conversation_id
    chat.message.fill("For the first")
    chat.new_chat()
    chat.message.fill("For a new one")
    chat.page.evaluate("id => tally.showAddress(id)", first)
    assert chat.conversation_id == ""
    expect(chat.message).to_have_value("For a new one")
    chat.page.go_back()
    expect(chat.message).to_have_value("For the first")


def test_a_draft_goes_with_the_chat_that_gets_its_name_meanwhile(chat: ChatPage) -> None:
    chat.choose_model("stream-60x20ms")
    chat.send("A new chat")
    chat.message.press_sequentially("typed at once")
    chat.receipt()
    expect(chat.message).to_have_value("typed at once")
    chat.new_chat()
    expect(chat.message).to_have_value("")
    chat.page.go_back()
    expect(chat.message).to_have_value("typed at once")


def test_a_message_that_is_refused_in_a_chat_that_was_left_is_a_draft_there(
    chat: ChatPage, endpoint: ScriptedServer, before: int
) -> None:
    chat.ask("Asked in the chat that is left")
    here = chat.conversation_id
    chat.set_up(Temperature="warm")
    chat.send("Refused")
    chat.page.locator("#new-chat").click()
    expect(chat.message).to_have_value("")
    chat.open(here)
    expect(chat.message).to_have_value("Refused")
    assert asked(endpoint, before) == ["Asked in the chat that is left"]


def test_what_the_server_does_not_keep_waits_in_the_page_all_the_same(
    chat: ChatPage, endpoint: ScriptedServer, before: int
) -> None:
    texts = [f"Number {number}" for number in range(MOST_WAITING + 1)]
    begin(chat, ENDLESS, *texts)
    expect(chat.notice).to_contain_text("Too many messages are waiting in this chat.")
    chat.page.keyboard.press("Escape")
    chat.receipt()
    expect(queue(chat)).to_have_text(texts)
    assert asked(endpoint, before) == ["First"]
