"""A message, its reply and what they cost, on the page and in the files."""

from decimal import Decimal

from playwright.sync_api import Page, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import Newcomer
from tests.conftest import StartApp
from tests.helpers.data_files import ledger
from tests.servers.app_process import AppProcess
from tests.servers.scripted import PRICED_MODEL, ScriptedServer

WORDS = " ".join(f"word{number}" for number in range(1, 41))
COST = Decimal("0.0001434")  # 1,234 tokens at $0.10 and 40 at $0.50 per million


def test_without_a_key_the_demo_model_answers_for_free(app_process: StartApp, page: Page) -> None:
    app = app_process()
    chat = ChatPage(page, app).open()
    expect(chat.chat).to_contain_text("Chat with any model and see what every reply costs.")
    expect(chat.chat).to_contain_text("The built-in demo model answers. It is free and needs no key.")

    receipt = chat.ask("Hello there")

    expect(chat.questions).to_have_text("Hello there")
    expect(chat.chat).to_contain_text('You wrote: "Hello there"')
    [row] = chat.rows
    assert receipt.startswith(f"free · {row['estimated_input_tokens']} in + ")
    assert (row["endpoint"], row["status"], row["cost_usd"]) == ("demo", "completed", "0")
    page.get_by_role("tab", name="Usage").click()
    expect(page.locator("#usage-table tbody tr")).to_have_count(1)
    expect(page.locator("#usage-table tbody")).to_contain_text("$0.00")


def test_a_starter_question_is_asked_with_one_click(chat: ChatPage) -> None:
    chat.page.locator("#chat").get_by_text("What should I see in Lisbon in three days?").click()
    chat.receipt()
    expect(chat.questions).to_have_text("What should I see in Lisbon in three days?")


def test_the_cost_of_two_replies_is_the_same_everywhere_to_the_last_digit(
    chat: ChatPage, tally: AppProcess
) -> None:
    before = Decimal(chat.spent("Today"))

    receipt = chat.ask("How do window functions work?")

    expect(chat.replies).to_have_text([WORDS])
    seconds = receipt.rpartition(" · ")[2]
    assert receipt == f"$0.00014 · 1,234 in + 40 out · {PRICED_MODEL} · {seconds}"
    details = chat.details(0)
    assert details == {
        "Input tokens": "1,234",
        "Output tokens": "40",
        "Input price": "$0.10 per million tokens",
        "Cached input price": "$0.01 per million tokens",
        "Output price": "$0.50 per million tokens",
        "Price source": "prices.toml",
        "Exact cost": f"${COST}",
        "Counts": "reported",
        "Model asked for": PRICED_MODEL,
        "Endpoint": "127.0.0.1",
        "First word after": details["First word after"],
    }

    chat.ask("And then?")

    expect(chat.spend.get_by_text("$0.00029").first).to_be_visible()
    assert Decimal(chat.spent("This chat")) == 2 * COST
    assert Decimal(chat.spent("Today")) == Decimal(chat.spent("This month")) == before + 2 * COST
    rows = ledger(tally.data_dir)
    assert [row["cost_usd"] for row in rows[-2:]] == [str(COST)] * 2
    chat.page.get_by_role("tab", name="Usage").click()
    today = chat.page.locator("#usage-table tbody tr").first
    expect(today.locator("td").nth(1)).to_have_text(str(len(rows)))
    exact = today.locator("td[data-exact]").first.get_attribute("data-exact")
    assert Decimal(exact or "") == sum(Decimal(row["cost_usd"]) for row in rows) == before + 2 * COST


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
    expect(chat.model).to_have_text("gpt-6-luna · $0.10 in / $0.50 out per 1M")
    assert chat.ask("Known").startswith("$0.00013 · 1,234 in + 8 out · gpt-6-luna · ")
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


def test_flex_is_asked_for_at_half_the_price_and_what_answers_is_billed(
    app_process: StartApp, scripted: ScriptedServer, page: Page
) -> None:
    # An app of its own: where others have asked this model before, its usual reply is known.
    chat = ChatPage(page, app_process(variables=scripted.variables | {"TALLY_PROVIDER": "openai"})).open()
    tiers, line = chat.page.locator("#service-tier"), chat.estimate.locator("summary")
    chat.choose_model("gpt-6-luna")
    chat.message.fill("Hello")
    expect(line).to_have_text("$0.0000008 without the reply")
    chat.open_setting("Flex: half the price, may take minutes").check()
    expect(tiers).to_contain_class("set")
    chat.close_settings()
    expect(line).to_have_text("$0.0000004 without the reply · Flex")

    # 1,234 tokens at $0.05 and 8 at $0.25 per million
    assert chat.ask("Hello").startswith("$0.000064 · 1,234 in + 8 out · gpt-6-luna · ")
    assert scripted.chats[-1].body["service_tier"] == "flex"
    details = chat.details(0)
    assert (details["Service tier"], details["Exact cost"]) == ("flex", "$0.0000637")
    scripted.behaviour = "service-tier-default"
    try:
        assert chat.ask("And now?").startswith("$0.00013 · 1,234 in + 8 out · gpt-6-luna · ")
    finally:
        scripted.behaviour = None
    assert scripted.chats[-1].body["service_tier"] == "flex"
    chat.receipts.nth(1).click()
    expect(chat.chat).to_contain_text(
        "You asked for Flex, but Standard answered, and that is what you pay for."
    )
    assert [(row["service_tier"], row["cost_usd"]) for row in chat.rows] == [
        ("flex", "0.0000637"),
        ("default", "0.0001274"),
    ]

    chat.new_chat()
    chat.choose_model("gpt-5-nano")
    chat.open_setting("Flex: half the price, may take minutes")
    expect(tiers.get_by_role("radio", checked=True)).to_have_value("flex")
    expect(tiers.get_by_role("radio")).to_have_count(2)
    chat.close_settings()
    chat.choose_model("gpt-99-nobody")
    chat.open_setting("Flex: not available for this model; Standard is used")
    chat.setting("Standard").first.check()
    expect(tiers).not_to_contain_class("set")
    chat.close_settings()
    chat.choose_model("gpt-3.5-turbo")
    chat.open_setting("Temperature")
    expect(tiers).to_be_hidden()
    chat.close_settings()
    chat.ask("Plain")
    assert "service_tier" not in scripted.chats[-1].body
