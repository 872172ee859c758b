"""Stopping a reply, asking again, and asking something else in its place."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.servers.app_process import wait_for
from tests.servers.scripted import PRICED_MODEL, ScriptedServer


def test_stop_keeps_the_text_and_estimates_the_cost(chat: ChatPage, endpoint: ScriptedServer) -> None:
    chat.choose_model("endless-20ms")
    expect(chat.page.locator("#stop")).to_be_hidden()
    chat.send("Never ends")
    expect(chat.replies.first).to_contain_text("word10")
    expect(chat.page.locator("#send")).to_be_hidden()

    chat.stop()

    receipt = chat.receipt()
    assert receipt.startswith("≈ $0.00")
    expect(chat.chat).to_contain_text("You stopped this reply.")
    expect(chat.replies.first).to_contain_text("word1 word2 word3")
    endpoint.wait_until(lambda: endpoint.chats[-1].disconnected_at is not None)
    [row] = chat.rows
    assert (row["status"], row["usage_source"], row["price_source"]) == (
        "stopped",
        "estimated",
        "prices.toml",
    )
    tokens = Decimal(row["input_tokens"]), Decimal(row["output_tokens"])
    assert Decimal(row["cost_usd"]) == (tokens[0] / 10 + tokens[1] / 2) / 1_000_000
    assert tokens[1] >= 20
    expect(chat.spend.get_by_text("≈").first).to_be_visible()

    chat.reload()
    assert chat.receipt() == receipt
    expect(chat.chat).to_contain_text("You stopped this reply.")


def finish_in_the_background(chat: ChatPage) -> None:
    """Tick the box in the settings."""
    box = chat.open_setting("Finish in the background when I press Stop")
    box.check()
    expect(box).to_be_checked()
    chat.close_settings()


def test_stop_may_receive_the_rest_unseen_for_the_exact_cost(
    chat: ChatPage, endpoint: ScriptedServer
) -> None:
    finish_in_the_background(chat)
    chat.choose_model("held-6")
    chat.send("How long?")
    expect(chat.replies.first).to_have_text("word1 word2 word3")

    chat.stop()

    expect(chat.chat).to_contain_text("Tally is still receiving the rest in the background")
    expect(chat.page.locator("#send")).to_be_visible()
    expect(chat.receipts).to_have_count(0)
    assert chat.rows == []
    chat.reload()
    expect(chat.chat).to_contain_text("Tally is still receiving the rest in the background")
    endpoint.release()
    assert chat.receipt().startswith("free · 1,234 in + 6 out · held-6 · ")
    expect(chat.chat.locator(".remark")).to_have_text("You stopped this reply.")
    expect(chat.replies.first).to_have_text("word1 word2 word3")
    [row] = chat.rows
    assert (row["status"], row["usage_source"], row["output_tokens"]) == ("stopped", "reported", "6")


def test_a_reply_that_is_received_unseen_leaves_room_for_the_next_and_ends_with_escape(
    chat: ChatPage, endpoint: ScriptedServer
) -> None:
    finish_in_the_background(chat)
    chat.choose_model("endless-20ms")
    chat.send("Never ends")
    expect(chat.replies.first).to_contain_text("word3")
    chat.stop()
    expect(chat.page.locator("#send")).to_be_visible()
    first = endpoint.chats[-1]
    chat.choose_model("usage-none")
    chat.send("And now?")
    expect(chat.receipts).to_have_count(1)
    expect(chat.page.locator("#send")).to_be_visible()
    assert first.disconnected_at is None

    chat.message.press("Escape")

    endpoint.wait_until(lambda: first.disconnected_at is not None)
    wait_for(lambda: len(chat.rows) == 2)
    chat.reload()
    expect(chat.receipts).to_have_count(2)
    rows = chat.rows
    assert [(row["status"], row["usage_source"]) for row in rows] == [
        ("completed", "estimated"),
        ("stopped", "estimated"),
    ]


def test_retry_asks_again_and_keeps_both_rows(chat: ChatPage) -> None:
    chat.ask("Once more")
    chat.choose_model("resolved-other")

    chat.press_last("Try again")

    expect(chat.receipts).to_contain_text(["free · 1,234 in + 8 out · resolved-other-2026-01-01"])
    expect(chat.questions).to_have_text(["Once more"])
    rows = chat.rows
    assert [(row["purpose"], row["model"]) for row in rows] == [
        ("reply", PRICED_MODEL),
        ("retry", "resolved-other"),
    ]
    assert rows[0]["turn_id"] != rows[1]["turn_id"]


def test_editing_the_first_of_three_messages_asks_again_from_there(
    chat: ChatPage, endpoint: ScriptedServer
) -> None:
    for question in ("One", "Two", "Three"):
        chat.ask(question)

    chat.edit(0, "Another one\nin two lines")

    expect(chat.questions).to_have_text(["Another one\nin two lines"], use_inner_text=True)
    chat.receipt()
    asked = endpoint.chats[-1].body["messages"]
    assert asked == [{"role": "user", "content": "Another one\nin two lines"}]
    rows = chat.rows
    assert [row["purpose"] for row in rows] == ["reply"] * 4
    expect(chat.spend.get_by_text("$0.00057").first).to_be_visible()
    assert Decimal(chat.spent("This chat")) == 4 * Decimal("0.0001434")
    chat.reload()
    expect(chat.questions).to_have_text(["Another one\nin two lines"], use_inner_text=True)


def test_an_edit_is_sent_by_enter_and_left_by_escape_and_the_focus_returns(chat: ChatPage) -> None:
    chat.ask("One")
    box = chat.open_edit_box()
    expect(box).to_have_attribute("dir", "auto")
    for name in ("Cancel", "Send"):
        size = chat.chat.get_by_role("button", name=name, exact=True).bounding_box()
        assert size
        assert min(size["width"], size["height"]) >= 24
    box.press("End")
    box.press("Shift+Enter")
    box.press_sequentially("two")
    expect(box).to_have_value("One\ntwo")
    box.press("Escape")
    expect(chat.edit_box).to_have_count(0)
    expect(chat.chat.get_by_role("button", name="Edit message", exact=True)).to_be_focused()
    chat.page.keyboard.press("Enter")
    expect(chat.edit_box).to_have_value("One")
    chat.edit_box.fill("Two")
    chat.edit_box.press("Enter")
    expect(chat.questions).to_have_text(["Two"])
    expect(chat.message).to_be_focused()
    chat.receipt()
    assert len(chat.rows) == 2


def test_buttons_stand_under_the_last_reply_and_under_others_when_one_is_there(chat: ChatPage) -> None:
    chat.page.set_viewport_size({"width": 1280, "height": 520})
    chat.ask("One")
    chat.ask("Two")
    chat.message.hover()
    earlier, last = (chat.chat.locator(".bot-row").nth(place).locator(".actions") for place in (0, 1))
    expect(last).to_have_css("opacity", "1")
    expect(earlier).to_have_css("opacity", "0")
    for button in last.get_by_role("button").all():
        size = button.bounding_box()
        assert size
        assert min(size["width"], size["height"]) >= 24
    expect(last.get_by_role("button")).to_have_text(
        ["Copy reply", "Copy reply with cost", "New chat from here", "Try again"]
    )
    earlier.get_by_role("button", name="Copy reply", exact=True).focus()
    expect(earlier).to_have_css("opacity", "1")
    chat.questions.first.hover()
    asked = chat.chat.locator(".user-row").first.locator(".actions")
    expect(asked).to_have_css("opacity", "1")
    expect(asked.locator("time")).to_have_text(re.compile(r"^\d\d:\d\d$"))

    chat.receipts.last.press("Enter")
    expect(chat.chat.locator(".receipt").last.locator("tr").last).to_be_in_viewport()


def test_a_reply_that_never_begins_can_be_stopped(chat: ChatPage, endpoint: ScriptedServer) -> None:
    chat.choose_model("hangs")
    chat.send("Is anybody there?")
    expect(chat.chat.get_by_title("Waiting for the reply")).to_be_visible()
    endpoint.wait_until(lambda: endpoint.chats[-1].model == "hangs")

    chat.stop()

    chat.receipt()
    expect(chat.chat).to_contain_text("You stopped this reply.")
    expect(chat.chat.get_by_title("Waiting for the reply")).to_have_count(0)
    endpoint.wait_until(lambda: endpoint.chats[-1].disconnected_at is not None)
    [row] = chat.rows
    assert (row["status"], row["usage_source"], row["output_tokens"]) == ("stopped", "estimated", "0")


@pytest.mark.parametrize("action", ["Edit message", "Try again"])
def test_what_is_pressed_before_gradio_knows_that_the_reply_has_ended_is_done_then(
    chat: ChatPage, endpoint: ScriptedServer, action: str
) -> None:
    chat.ask("Hello")
    before = len(endpoint.chats)
    expect(chat.page.locator("#chat .message-buttons button").first).to_be_enabled()
    buttons = (
        "document.querySelectorAll('#chat .message-buttons button').forEach((each) => (each.disabled = {}))"
    )
    chat.page.evaluate(buttons.format("true"))
    chat.questions.first.hover()
    chat.chat.get_by_role("button", name=action, exact=True).click()
    chat.page.wait_for_timeout(300)
    expect(chat.edit_box).to_have_count(0)
    assert len(endpoint.chats) == before
    chat.page.evaluate(buttons.format("false"))
    if action == "Try again":
        endpoint.wait_until(lambda: len(endpoint.chats) == before + 1)
    else:
        expect(chat.edit_box).to_have_value("Hello")
