"""Going back and forth between versions of a message."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage, Columns
from tests.browser.conftest import Pages
from tests.browser.stored import store_conversation
from tests.conftest import StartApp
from tests.servers.app_process import AppProcess
from tests.servers.scripted import PRICED_MODEL, ScriptedServer

MODELS = (PRICED_MODEL, "usage-details")
SMALLEST_PX = 24


def counts(chat: ChatPage) -> Locator:
    return chat.chat.locator("[name=version-costs]")


def go(chat: ChatPage, which: str, position: int = 0) -> None:
    """Press "Previous version" or "Next version", at the first message that has versions or a later one."""
    chat.chat.get_by_role("button", name=f"{which} version", exact=True).nth(position).click()


def try_again(chat: ChatPage, versions: int) -> None:
    """Ask the last question again, and wait until the new version is there with its cost."""
    chat.press_last("Try again")
    expect(counts(chat).last).to_have_text(re.compile(rf"{versions}/{versions}$"))
    expect(counts(chat).last).to_have_attribute("title", re.compile(rf"\n{versions}: \$0\.00"))
    expect(chat.page.locator("#send")).to_be_visible()


def asked(endpoint: ScriptedServer) -> list[str]:
    """What the last request said, the model's words shortened."""
    said = [message["content"] for message in endpoint.chats[-1].body["messages"]]
    return [text.split()[0] for text in said]


def test_trying_again_keeps_every_version_with_its_cost(chat: ChatPage, endpoint: ScriptedServer) -> None:
    chat.ask("One")
    expect(counts(chat)).to_have_count(0)
    chat.choose_model("usage-details")
    try_again(chat, 2)
    chat.choose_model(PRICED_MODEL)
    try_again(chat, 3)
    expect(chat.chat.get_by_role("button", name="Next version", exact=True)).to_be_disabled()
    title = "1: $0.00014 · stream-40x5ms\n2: $0.000037 · usage-details\n3: $0.00014 · stream-40x5ms"
    expect(counts(chat)).to_have_attribute("title", title)
    cost = Decimal("0.0001434") * 2 + Decimal("0.0000374")
    expect(chat.amount("This chat")).to_have_attribute("data-exact", str(cost))
    expect(chat.spend.locator(".shown")).to_have_text("shown here: $0.00014")

    go(chat, "Previous")
    expect(counts(chat)).to_have_text(re.compile("2/3$"))
    expect(chat.receipts).to_have_text([re.compile(r"^\$0\.000037 · .* · usage-details · ")])
    expect(chat.spend.locator(".shown")).to_have_text("shown here: $0.000037")
    go(chat, "Previous")
    expect(counts(chat)).to_have_text(re.compile("1/3$"))
    expect(chat.chat.get_by_role("button", name="Previous version", exact=True)).to_be_disabled()

    chat.send("Two")
    expect(chat.questions).to_have_text(["One", "Two"])
    chat.receipt(1)
    assert asked(endpoint) == ["One", "word1", "Two"]
    assert len(endpoint.chats[-1].body["messages"][1]["content"].split()) == 40
    expect(counts(chat)).to_have_text(re.compile("1/3$"))
    chat.reload()
    expect(chat.questions).to_have_text(["One", "Two"])
    expect(counts(chat)).to_have_text(re.compile("1/3$"))
    go(chat, "Next")
    expect(chat.questions).to_have_text(["One"])
    chat.reload()
    expect(counts(chat)).to_have_text(re.compile("2/3$"))
    assert len(chat.rows) == 4


def test_an_edit_in_the_middle_is_a_version_that_leads_back_to_all_that_followed(chat: ChatPage) -> None:
    for question in ("One", "Two", "Three"):
        chat.ask(question)
    chat.edit(1, "Two, better")
    expect(chat.questions).to_have_text(["One", "Two, better"])
    chat.receipt(1)
    expect(counts(chat)).to_have_text([re.compile("2/2$")])

    go(chat, "Previous")
    expect(chat.questions).to_have_text(["One", "Two", "Three"])
    expect(counts(chat)).to_have_text([re.compile("1/2$")])
    chat.ask("Four")
    go(chat, "Next")
    expect(chat.questions).to_have_text(["One", "Two, better"])
    go(chat, "Previous")
    expect(chat.questions).to_have_text(["One", "Two", "Three", "Four"])
    chat.edit(2, "Three, better")
    expect(chat.questions).to_have_text(["One", "Two", "Three, better"])
    chat.receipt(2)
    expect(counts(chat)).to_have_text([re.compile("1/2$"), re.compile("2/2$")])


def test_a_comparison_is_one_version_and_can_be_seen_again(chat: ChatPage) -> None:
    columns = Columns(chat)
    columns.choose_models("usage-details")
    chat.send("Which?")
    columns.expect_all_ended(2)
    columns.go_on_with("usage-details")
    chat.send("And now?")
    expect(chat.questions).to_have_text(["Which?", "And now?"])
    chat.receipt(1)
    expect(counts(chat)).to_have_count(0)

    chat.chat.get_by_role("button", name="Show all 2 replies").click()
    columns.expect_all_ended(2)
    columns.expect_chosen("usage-details")
    columns.area.get_by_role("button", name="Show what follows").click()
    expect(chat.questions).to_have_text(["Which?", "And now?"])
    expect(columns.area).to_be_hidden()

    chat.edit(0, "Which one?")
    expect(counts(chat)).to_have_text([re.compile("2/2$")])
    chat.receipt(0)
    title = "1: $0.00018 · stream-40x5ms, usage-details\n2: $0.000037 · usage-details"
    expect(counts(chat)).to_have_attribute("title", title)
    go(chat, "Previous")
    expect(chat.questions).to_have_text(["Which?", "And now?"])


def test_two_tabs_show_the_same_version_and_a_page_elsewhere_sends_nothing_unseen(
    chat: ChatPage, tally: AppProcess, pages: Pages, endpoint: ScriptedServer
) -> None:
    chat.ask("One")
    try_again(chat, 2)
    other = ChatPage(chat.page.context.new_page(), tally).open(chat.conversation_id)
    elsewhere = ChatPage(pages.open(), tally).open(chat.conversation_id)
    for each in (other, elsewhere):
        expect(counts(each)).to_have_text(re.compile("2/2$"))

    go(other, "Previous")
    expect(counts(chat)).to_have_text(re.compile("1/2$"))
    expect(counts(elsewhere)).to_have_text(re.compile("2/2$"))
    requests = len(endpoint.chats)
    elsewhere.send("Two")
    expect(elsewhere.notice).to_contain_text(
        "This chat has changed in another window, so your message was not sent."
    )
    expect(counts(elsewhere)).to_have_text(re.compile("1/2$"))
    expect(elsewhere.message).to_have_value("Two")
    assert len(endpoint.chats) == requests
    elsewhere.message.press("Enter")
    expect(elsewhere.questions).to_have_text(["One", "Two"])
    elsewhere.receipt(1)
    assert len(endpoint.chats) == requests + 1


def test_another_version_can_be_seen_while_a_reply_is_written_and_that_is_found_again(chat: ChatPage) -> None:
    chat.ask("One")
    chat.choose_model("endless-20ms")
    chat.press_last("Try again")
    expect(chat.replies.first).to_contain_text("word60 ")

    go(chat, "Previous")
    expect(counts(chat)).to_have_text(re.compile("1/2$"))
    chat.receipt()
    chat.send("Two")
    expect(chat.notice).to_contain_text("A reply is still being written here.")
    expect(chat.message).to_have_value("Two")

    go(chat, "Next")
    expect(chat.replies.first).to_contain_text("word90 ")
    chat.stop()
    expect(chat.chat).to_contain_text("You stopped this reply.")
    chat.receipt()


def test_a_message_in_a_long_chat_stays_where_it_is_while_its_version_changes(
    pages: Pages, app_process: StartApp, endpoint: ScriptedServer
) -> None:
    app = app_process(variables=endpoint.variables)
    said = [(f"Question {number}", "Some words.\n\n" * 3) for number in range(40)]
    conversation_id = store_conversation(app.data_dir, "Long", said)
    chat = ChatPage(pages.open(), app).open(conversation_id)
    chat.choose_model(PRICED_MODEL)
    chat.edit(10, "Another question 30")
    expect(chat.questions.last).to_have_text("Another question 30")
    expect(counts(chat)).to_have_text(re.compile("2/2$"))
    chat.receipt(19)
    places = [counts(chat).bounding_box()]
    back = chat.chat.get_by_role("button", name="Previous version", exact=True)
    back.focus()
    back.press("Enter")
    expect(chat.questions.last).to_have_text("Question 39")
    onward = chat.chat.get_by_role("button", name="Next version", exact=True)
    expect(onward).to_be_focused()
    places.append(counts(chat).bounding_box())
    onward.press("Enter")
    expect(chat.questions.last).to_have_text("Another question 30")
    expect(back).to_be_focused()
    places.append(counts(chat).bounding_box())
    tops = [place["y"] for place in places if place]
    assert len(tops) == 3
    assert max(tops) - min(tops) < 2


@pytest.mark.parametrize("width", [1280, 390])
def test_the_control_is_large_enough_has_names_and_opens_to_what_each_version_cost(
    pages: Pages, tally: AppProcess, width: int
) -> None:
    chat = ChatPage(pages.open(width, 844, touch=width < 400), tally).open()
    chat.ask("One")
    try_again(chat, 2)
    for name in ("Previous version", "Version 2/2", "Next version"):
        button = chat.chat.get_by_role("button", name=name, exact=True)
        box = button.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= SMALLEST_PX
        assert box["x"] + box["width"] <= width
    counts(chat).click()
    costs = chat.page.locator("#version-costs")
    expect(costs).to_have_text("1: $0.00014 · stream-40x5ms\n2: $0.00014 · stream-40x5ms")
    expect(costs).to_be_in_viewport(ratio=1)
    chat.page.keyboard.press("Escape")
    expect(costs).to_be_hidden()
    go(chat, "Previous")
    expect(counts(chat)).to_have_text(re.compile("1/2$"))
