"""One question to several models side by side, and going on with one of the replies."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage, Columns
from tests.browser.conftest import Pages
from tests.servers.app_process import AppProcess
from tests.servers.scripted import PRICED_MODEL, ScriptedServer

MODELS = (PRICED_MODEL, "usage-details")
WORDS = " ".join(f"word{number}" for number in range(1, 41))


@pytest.fixture
def columns(chat: ChatPage) -> Columns:
    return Columns(chat)


def test_two_models_answer_side_by_side_and_one_is_gone_on_with(
    chat: ChatPage, columns: Columns, endpoint: ScriptedServer
) -> None:
    expect(columns.area).to_be_hidden()
    columns.choose_models("usage-details")
    chat.send("Which of you?")

    expect(columns.reply(PRICED_MODEL)).to_have_text(WORDS)
    expect(columns.receipt(PRICED_MODEL)).to_have_text(
        re.compile(r"^\$0\.00014 · 1,234 in \+ 40 out · .* s$")
    )
    expect(columns.receipt("usage-details")).to_have_text(re.compile(r"^\$0\.000037 · 1,234 in \+ 8 out · "))
    expect(columns.all).to_have_count(2)
    expect(columns.column("usage-details").locator(".merit")).to_contain_text("cheapest")
    expect(columns.column(PRICED_MODEL).locator(".merit")).not_to_contain_text("cheapest")
    expect(chat.page.locator("#compare-total")).to_have_text("This comparison cost $0.00018.")
    tops = {columns.receipt(model).evaluate("(it) => it.getBoundingClientRect().top") for model in MODELS}
    assert len(tops) == 1
    columns.receipt(PRICED_MODEL).click()
    expect(columns.column(PRICED_MODEL).locator("details")).to_contain_text("$0.0001434")
    columns.expect_chosen(PRICED_MODEL)
    expect(chat.questions).to_have_text(["Which of you?"])
    expect(chat.replies).to_have_count(0)
    rows = chat.rows
    assert sorted((row["purpose"], row["model"], row["cost_usd"]) for row in rows) == [
        ("compare", PRICED_MODEL, "0.0001434"),
        ("compare", "usage-details", "0.0000374"),
    ]
    expect(chat.spend.get_by_text("$0.00018").first).to_be_visible()
    assert Decimal(chat.spent("This chat")) == Decimal("0.0001808")

    columns.go_on_with("usage-details")
    expect(chat.model).to_contain_text("usage-details")
    chat.send("And now?")

    expect(chat.replies).to_have_count(2)
    expect(columns.area).to_be_hidden()
    chat.receipt(1)
    contents = [message["content"] for message in endpoint.chats[-1].body["messages"]]
    assert contents == ["Which of you?", "".join(f"word{n} " for n in range(1, 9)), "And now?"]
    assert endpoint.chats[-1].model == "usage-details"
    assert [row["purpose"] for row in chat.rows][2:] == ["reply"]


def test_without_a_choice_the_first_is_gone_on_with_and_its_question_can_be_edited(
    chat: ChatPage, columns: Columns, endpoint: ScriptedServer
) -> None:
    chat.ask("One")
    columns.choose_models("usage-details")
    chat.send("Two")
    columns.expect_all_ended(2)

    chat.edit(1, "Two, better")

    expect(chat.questions).to_have_text(["One", "Two, better"])
    # The replies from before the edit look the same: what is spent tells when the new ones have ended.
    expect(chat.amount("This chat")).to_have_attribute("data-exact", re.compile(r"^0\.0005050*$"))
    columns.expect_all_ended(2)
    columns.choose_models()
    chat.send("Three")
    expect(columns.area).to_be_hidden()
    chat.receipt(2)
    asked = [message["content"] for message in endpoint.chats[-1].body["messages"]]
    assert asked[2:] == ["Two, better", WORDS + " ", "Three"]
    chat.press_last("Try again")
    expect(chat.questions).to_have_text(["One", "Two, better", "Three"])


def test_comparison_is_there_after_a_reload_in_mid_reply_and_in_another_tab(
    chat: ChatPage, columns: Columns, tally: AppProcess
) -> None:
    columns.choose_models("endless-20ms", "endless-30ms")
    chat.send("Go on for ever")
    expect(columns.reply("endless-30ms")).to_contain_text("word10 ")

    chat.reload()

    expect(columns.all).to_have_count(3)
    expect(columns.reply("endless-20ms")).to_contain_text("word60 ")
    expect(columns.reply(PRICED_MODEL)).to_have_text(WORDS)
    other = ChatPage(chat.page.context.new_page(), tally).open(chat.conversation_id)
    others = Columns(other)
    expect(others.reply("endless-30ms")).to_contain_text("word90 ")

    others.go_on_with("endless-30ms")
    columns.expect_chosen("endless-30ms")
    chat.stop()

    for each in (columns, others):
        for model in ("endless-20ms", "endless-30ms"):
            expect(each.column(model)).to_contain_text("You stopped this reply.")
            expect(each.receipt(model)).to_contain_text(" out · ")
    expect(other.page.locator("#send")).to_be_visible()
    rows = chat.rows
    assert sorted((row["model"], row["status"], row["purpose"]) for row in rows) == [
        ("endless-20ms", "stopped", "compare"),
        ("endless-30ms", "stopped", "compare"),
        (PRICED_MODEL, "completed", "compare"),
    ]
    chat.reload()
    columns.expect_chosen("endless-30ms")


def test_one_fails_while_the_others_answer(
    chat: ChatPage, columns: Columns, endpoint: ScriptedServer
) -> None:
    chat.choose_model("no-model")
    columns.choose_models("usage-details", "cut-clean", "markdown")
    chat.send("Who is there?")

    expect(columns.column("no-model").locator(".failure")).to_contain_text("has no model named no-model")
    expect(columns.column("cut-clean").locator(".failure")).to_be_visible()
    expect(columns.column("markdown").locator(".katex").first).to_be_visible()
    expect(columns.column("markdown").locator(".mermaid svg")).to_be_visible()
    expect(columns.column("markdown").locator("script")).to_have_count(0)
    expect(columns.receipt("no-model")).to_contain_text("not billed")
    columns.expect_all_ended(4)
    columns.expect_chosen("usage-details")
    expect(columns.column("no-model").locator("[data-choose]")).to_have_count(0)
    columns.choose_models()
    chat.choose_model(PRICED_MODEL)
    chat.send("And then?")
    chat.receipt(1)
    assert endpoint.chats[-1].body["messages"][1]["content"].startswith("word1 word2")


def test_columns_of_a_phone_are_swiped_through(pages: Pages, tally: AppProcess) -> None:
    chat = ChatPage(pages.open(390, 844, touch=True), tally).open()
    columns, page = Columns(chat), chat.page
    columns.choose_models("usage-details", "markdown")
    chat.send("On a phone")
    expect(columns.receipt("markdown")).to_contain_text("8 out")
    expect(columns.column(PRICED_MODEL)).to_be_in_viewport()
    sizes = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    assert page.evaluate(sizes) == [390, 844]
    expect(chat.message).to_be_in_viewport()
    columns.column("markdown").scroll_into_view_if_needed()
    columns.column("markdown").get_by_role("button", name="Continue with markdown").tap()
    columns.expect_chosen("markdown")
