"""Stopping a reply, asking again, and asking something else in its place."""

from decimal import Decimal

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
    chat.page.locator("#settings").get_by_role("button", name="Settings").click()
    box = chat.setting("Finish in the background when I press Stop")
    box.check()
    expect(box).to_be_checked()


def test_stop_may_receive_the_rest_unseen_for_the_exact_cost(
    chat: ChatPage, endpoint: ScriptedServer
) -> None:
    finish_in_the_background(chat)
    chat.choose_model("held-6")
    chat.send("How long?")
    expect(chat.replies.first).to_have_text("word1 word2 word3")

    chat.stop()

    expect(chat.chat).to_contain_text("Tally still receives the rest for the exact cost")
    expect(chat.page.locator("#send")).to_be_visible()
    expect(chat.receipts).to_have_count(0)
    assert chat.rows == []
    chat.reload()
    expect(chat.chat).to_contain_text("Tally still receives the rest for the exact cost")
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
