"""However often somebody presses, a message is asked once and paid once, also where the page is far away."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import FAR_MS, ChatPage, HeldEvent, move_away
from tests.browser.conftest import Pages
from tests.servers.app_process import AppProcess
from tests.servers.scripted import PRICED_MODEL, ScriptedServer

STARTER = "What should I see in Lisbon in three days?"


def press_enter_twice(chat: ChatPage) -> None:
    chat.message.press("Enter")
    chat.message.press("Enter")


def hold_enter(chat: ChatPage) -> None:
    for _ in range(5):
        chat.page.keyboard.down("Enter")
    chat.page.keyboard.up("Enter")


def double_click(chat: ChatPage) -> None:
    chat.page.locator("#send").dblclick()


def press_and_click(chat: ChatPage) -> None:
    chat.message.press("Enter")
    # Stop may have taken its place by then, and a click that is on its way is heard all the same.
    chat.page.evaluate("() => document.querySelector('#send').click()")


def click_twice_in_one_go(chat: ChatPage) -> None:
    chat.page.evaluate("() => [1, 2].forEach(() => document.querySelector('#send').click())")


PRESSES = [press_enter_twice, hold_enter, double_click, press_and_click, click_twice_in_one_go]


def asked(endpoint: ScriptedServer) -> list[str]:
    """Return the last message of each request so far."""
    return [chat.body["messages"][-1]["content"] for chat in endpoint.chats]


@pytest.mark.parametrize("delay_ms", [0, FAR_MS])
@pytest.mark.parametrize("press", PRESSES)
def test_a_message_is_asked_once_in_a_new_chat_and_in_one_that_goes_on(
    press: Callable[[ChatPage], None], delay_ms: int, chat: ChatPage, endpoint: ScriptedServer
) -> None:
    before, chats = len(endpoint.chats), chat.conversations.locator("li").count()
    move_away(chat.page, delay_ms)
    for position, text in enumerate(["Only once", "And once more"]):
        chat.message.fill(text)
        press(chat)
        chat.receipt(position)
        expect(chat.message).to_have_value("")
        expect(chat.page.locator("#send")).to_be_enabled()
    expect(chat.questions).to_have_text(["Only once", "And once more"])
    expect(chat.conversations.locator("li")).to_have_count(chats + 1)
    expect(chat.notice.locator("p")).to_have_count(0)
    assert asked(endpoint)[before:] == ["Only once", "And once more"]
    assert len(chat.rows) == 2


@pytest.mark.parametrize("delay_ms", [0, FAR_MS])
def test_a_starter_retry_and_an_edit_that_are_clicked_twice_are_asked_once(
    delay_ms: int, chat: ChatPage, endpoint: ScriptedServer, tally: AppProcess
) -> None:
    before = len(endpoint.chats)
    move_away(chat.page, delay_ms)
    chat.chat.get_by_text(STARTER).dblclick()
    chat.receipt()
    retry = chat.chat.get_by_role("button", name="Try again", exact=True).last
    retry.hover()
    retry.dblclick()
    wait_for_rows(chat, tally, 2)
    chat.questions.first.hover()
    chat.chat.get_by_role("button", name="Edit message", exact=True).first.click()
    chat.chat.locator("textarea").fill("Something else")
    chat.chat.get_by_role("button", name="Send", exact=True).dblclick()
    wait_for_rows(chat, tally, 3)
    expect(chat.questions).to_have_text(["Something else"])
    assert asked(endpoint)[before:] == [STARTER, STARTER, "Something else"]


def wait_for_rows(chat: ChatPage, tally: AppProcess, count: int) -> None:
    """Wait until this number of calls of the chat is in the ledger and the page is at rest."""
    expect(chat.page.locator("#send")).to_be_enabled()
    chat.receipt()
    while len(chat.rows) < count:
        chat.page.wait_for_timeout(50)
    expect(chat.page.locator("#send")).to_be_visible()


def test_a_message_that_is_refused_is_back_in_the_box_and_leaves_nothing_behind(chat: ChatPage) -> None:
    asked_here = chat.chat.locator(".asked")
    move_away(chat.page, FAR_MS)
    for text, rest in ((" \n", " \n"), ("Taken", "")):
        chat.message.fill(text)
        chat.page.locator("#send").click()
        expect(chat.message).to_have_value("")
        expect(asked_here).to_have_count(1)
        expect(chat.page.locator("#send")).to_be_hidden()
        expect(chat.page.locator("#send")).to_be_visible()
        expect(chat.message).to_have_value(rest)
        expect(asked_here).to_have_count(0)
    expect(chat.questions).to_have_text(["Taken"])


# Notes each frame after Enter: how often the question is seen, how high, and whether Stop is there.
FRAMES = """() => {
  window.frames_seen = [];
  const look = (start) => {
    const seen = [...document.querySelectorAll("#chat .asked p, #chat .user-row .user.message")];
    const stop = document.querySelector("#stop").checkVisibility();
    const waiting = document.querySelector("#chat .waiting");
    window.frames_seen.push({
      ms: performance.now() - start, count: seen.length, top: seen.at(-1)?.getBoundingClientRect().top, stop,
      waiting: waiting?.getBoundingClientRect().top,
    });
    requestAnimationFrame(() => look(start));
  };
  const begin = ({ key }) => key === "Enter" && requestAnimationFrame(() => look(performance.now()));
  addEventListener("keydown", begin, { capture: true, once: true });
}"""


def test_the_question_and_stop_are_there_with_the_first_frame_and_the_question_never_moves_or_doubles(
    chat: ChatPage,
) -> None:
    chat.choose_model("slow-first-2000ms")
    move_away(chat.page, FAR_MS)
    chat.page.evaluate(FRAMES)
    chat.send("Seen at once")
    expect(chat.questions).to_have_text(["Seen at once"])
    chat.receipt()
    frames = chat.page.evaluate("window.frames_seen")
    assert frames[0]["stop"]
    assert [frame for frame in frames if frame["count"] != 1] == []
    tops = [frame["top"] for frame in frames]
    assert max(tops) - min(tops) < 2
    waiting = [frame["waiting"] for frame in frames if frame["waiting"]]
    assert max(waiting) - min(waiting) < 2


def test_what_is_sent_before_the_page_is_ready_goes_out_as_soon_as_it_can(
    chat: ChatPage, endpoint: ScriptedServer
) -> None:
    before = len(endpoint.chats)
    chat.page.goto(chat.page.url, wait_until="commit")
    chat.page.locator("#message textarea").press_sequentially("Early")
    chat.message.press("Enter")
    chat.receipt()
    expect(chat.questions).to_have_text(["Early"])
    assert asked(endpoint)[before:] == ["Early"]


def lose_one(chat: ChatPage, endpoint: ScriptedServer, tally: AppProcess) -> int:
    """Send "One" and load the page again before it hears that the server took it; gives the calls before."""
    before = len(endpoint.chats)
    held = HeldEvent(chat.page, tally, "send")
    chat.send("One")
    held.wait_for_first()
    held.lose_answer()
    endpoint.wait_until(lambda: len(endpoint.chats) > before)
    chat.reload()
    expect(chat.message).to_have_value("One")
    return before


@pytest.fixture
def lost(chat: ChatPage, endpoint: ScriptedServer, tally: AppProcess) -> int:
    """Lose "One" in a new chat; gives the calls before."""
    return lose_one(chat, endpoint, tally)


def test_a_message_whose_answer_was_lost_is_not_asked_again_after_a_reload(
    lost: int, chat: ChatPage, endpoint: ScriptedServer
) -> None:
    chat.message.press("Enter")
    chat.receipt()
    expect(chat.questions).to_have_text(["One"])
    expect(chat.message).to_have_value("")
    assert asked(endpoint)[lost:] == ["One"]
    chat.ask("One")
    assert asked(endpoint)[lost:] == ["One", "One"]


def test_a_message_that_was_lost_and_waits_for_its_own_reply_is_asked_once(
    chat: ChatPage, endpoint: ScriptedServer, tally: AppProcess
) -> None:
    chat.ask("Zero")
    chat.choose_model("held-6")
    before = lose_one(chat, endpoint, tally)
    expect(chat.page.locator("#stop")).to_be_visible()
    chat.message.press("Enter")
    expect(chat.page.locator("#queue li")).to_have_count(1)
    chat.choose_model(PRICED_MODEL)
    endpoint.release()
    chat.receipt(1)
    expect(chat.page.locator("#queue li")).to_have_count(0)
    chat.ask("Two")
    chat.ask("Three")
    expect(chat.questions).to_have_text(["Zero", "One", "Two", "Three"])
    assert asked(endpoint)[before:] == ["One", "Two", "Three"]


def test_a_message_that_waited_and_was_changed_after_a_reload_goes_out_once(
    chat: ChatPage, endpoint: ScriptedServer, tally: AppProcess
) -> None:
    chat.choose_model("held-6")
    before = len(endpoint.chats)
    chat.send("One")
    expect(chat.replies.first).to_contain_text("word3")
    chat.send("Two")
    expect(chat.page.locator("#queue li")).to_have_count(1)
    held = HeldEvent(chat.page, tally, "send")
    endpoint.release()
    held.wait_for_first()
    chat.reload()
    expect(chat.message).to_have_value("Two")
    chat.choose_model("stream-60x20ms")
    chat.message.fill("Two, but shorter")
    chat.message.press("Enter")
    chat.receipt(1)
    expect(chat.page.locator("#queue li")).to_have_count(0)
    chat.choose_model(PRICED_MODEL)
    chat.ask("Three")
    assert asked(endpoint)[before:] == ["One", "Two, but shorter", "Three"]


def test_what_waits_behind_a_message_that_was_lost_follows_it_when_that_is_sent_again(
    chat: ChatPage, endpoint: ScriptedServer, tally: AppProcess, pages: Pages
) -> None:
    pages.expected += ["ERR_FAILED"]
    before = len(endpoint.chats)
    held = HeldEvent(chat.page, tally, "send")
    chat.send("One")
    held.wait_for_first()
    chat.send("Two")
    expect(chat.page.locator("#queue li")).to_have_count(1)
    held.break_off()
    expect(chat.message).to_have_value("One\n\nTwo")
    chat.message.press("Enter")
    chat.receipt(1)
    expect(chat.questions).to_have_text(["One", "Two"])
    expect(chat.message).to_have_value("")
    assert asked(endpoint)[before:] == ["One", "Two"]


def test_a_message_that_was_changed_after_its_answer_was_lost_is_another(
    lost: int, chat: ChatPage, endpoint: ScriptedServer
) -> None:
    chat.message.press("End")
    chat.message.press_sequentially(" and two")
    chat.message.press("Enter")
    chat.receipt()
    assert asked(endpoint)[lost:] == ["One", "One and two"]
