"""What a message or a reply costs where that is not simple."""

from playwright.sync_api import expect

from tests.browser.conftest import Newcomer
from tests.browser.driving import ChatPage
from tests.servers.scripted import ScriptedServer

WORD = "token "


def test_what_is_too_long_for_the_model_is_not_sent(chat: ChatPage, endpoint: ScriptedServer) -> None:
    asked = len(endpoint.chats)
    text = (WORD * 3994).strip()
    chat.send(text)
    expect(chat.notice).to_contain_text(
        "This conversation is too long for stream-40x5ms: about 4,001 tokens, and the model takes 4,000."
    )
    expect(chat.message).to_have_value(text)
    assert len(endpoint.chats) == asked


def test_reply_without_reported_counts_is_estimated_and_says_so(chat: ChatPage) -> None:
    chat.choose_model("usage-none")
    receipt = chat.ask("How many?")
    assert receipt.startswith("≈ $0.00000")
    assert chat.details(0)["Counts"] == "estimated"
    [row] = chat.rows
    assert (row["status"], row["usage_source"]) == ("completed", "estimated")


def test_cached_tokens_have_their_own_price(chat: ChatPage) -> None:
    chat.choose_model("usage-details")
    chat.ask("Cached?")
    details = chat.details(0)
    assert (details["Cached input tokens"], details["Reasoning tokens"]) == ("1,000", "5")
    [row] = chat.rows
    # 34 fresh and 200 written at $0.10, 1,000 cached at $0.01, 8 out at $0.50 per million
    assert row["cost_usd"] == "0.0000374"


def test_built_in_prices_and_prices_nobody_knows(newcomer: Newcomer) -> None:
    chat = newcomer()
    chat.choose_model("gpt-6-luna")
    expect(chat.model).to_have_value("gpt-6-luna · $0.10/0.50")
    assert chat.ask("Known").startswith("$0.000127 · 1,234 in + 8 out · gpt-6-luna · ")
    chat.choose_model("gpt-99-nobody")
    chat.message.fill("Unknown")
    expect(chat.estimate).to_contain_text("price unknown")
    assert chat.ask("Unknown").startswith("price unknown · 1,234 in + 8 out · gpt-99-nobody · ")
    chat.receipts.nth(1).click()
    expect(chat.chat).to_contain_text("The price of this model is not known here.")
    expect(chat.spend.get_by_text("1 call, price unknown").first).to_be_visible()
    assert [(row["cost_usd"], row["price_source"].split(" ")[0]) for row in chat.rows] == [
        ("0.0001274", "genai-prices"),
        ("", "unknown"),
    ]
