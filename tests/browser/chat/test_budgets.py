"""Budgets on the page: set and kept, replies made shorter, messages refused, warnings before that."""

from decimal import Decimal

from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import Newcomer, Pages
from tests.servers.app_process import AppProcess
from tests.servers.scripted import ScriptedServer

DAY, MONTH, HERE = "Daily budget", "Monthly budget", "Budget for this chat"


class Budgets:
    """The fields in the settings, and what is drawn of budgets elsewhere."""

    def __init__(self, chat: ChatPage) -> None:
        self.chat = chat
        self.wrong = chat.page.locator("#settings-budgets .wrong")
        self.line = chat.estimate.locator("summary")
        self.bars = chat.spend.locator(".limit")
        self.warning = chat.spend.locator("p")
        self.toast = chat.page.get_by_test_id("toast-body")

    def field(self, label: str) -> Locator:
        """Open the settings; returns a field in them."""
        return self.chat.open_setting(label)

    def set(self, label: str, amount: str, shown: str) -> None:
        """Type an amount, leave the field, and wait until it is shown as it was read."""
        field = self.field(label)
        field.fill(amount)
        field.press("Tab")
        expect(field).to_have_value(shown)
        self.chat.close_settings()


def test_own_budgets_survive_a_reload_and_are_lifted_by_emptying_them(newcomer: Newcomer) -> None:
    chat = newcomer("0.25")
    mine = Budgets(chat)
    mine.set(DAY, "1", "1.00")
    expect(mine.bars).to_have_text(["of $1.00"])
    mine.set(MONTH, "$20,5", "20.50")
    expect(mine.bars).to_have_text(["of $1.00", "of $20.50"])
    meter = chat.spend.get_by_role("meter", name="your own daily budget of $1.00")
    expect(meter).to_have_attribute("aria-valuenow", "25")

    chat.reload()
    expect(chat.setting(DAY)).to_have_value("1.00")
    expect(chat.setting(MONTH)).to_have_value("20.50")
    expect(mine.bars).to_have_text(["of $1.00", "of $20.50"])
    mine.set(DAY, "", "")
    expect(mine.bars).to_have_text(["of $20.50"])

    chat.reload()
    expect(chat.setting(MONTH)).to_have_value("20.50")
    expect(chat.setting(DAY)).to_have_value("")


def test_an_amount_that_cannot_be_read_says_what_is_expected_until_it_is_put_right(
    newcomer: Newcomer, endpoint: ScriptedServer
) -> None:
    chat, asked = newcomer(), len(endpoint.chats)
    mine = Budgets(chat)
    mine.set(DAY, "lots", "lots")
    expect(mine.wrong).to_contain_text("Expected an amount in USD such as 12.50.")
    mine.set(MONTH, "20", "20.00")
    expect(mine.wrong).to_contain_text("Daily budget")
    mine.set(DAY, "1.00", "1.00")
    expect(mine.wrong).to_have_count(0)

    mine.set(HERE, "1,000", "1,000")
    expect(mine.wrong).to_contain_text("Expected 1000 or 1.000, as a comma could mean either.")
    reason = f"{HERE} in Settings is “1,000”: expected 1000 or 1.000, as a comma could mean either."
    chat.send("Under which budget?")
    expect(chat.notice).to_have_text(reason)
    expect(chat.message).to_have_value("Under which budget?")
    assert len(endpoint.chats) == asked


def test_a_new_chats_budget_is_kept_with_its_first_message_and_comes_back_with_it(
    chat: ChatPage, pages: Pages, tally: AppProcess
) -> None:
    mine = Budgets(chat)
    mine.set(HERE, "0.05", "0.05")
    expect(mine.bars).to_have_count(0)
    chat.ask("Begin with a limit")
    expect(chat.setting(HERE)).to_have_value("0.05")
    expect(mine.bars).to_have_text(["of $0.05"])
    with_limit = chat.conversation_id

    chat.new_chat()
    expect(chat.setting(HERE)).to_have_value("")
    expect(mine.bars).to_have_count(0)
    chat.ask("Begin without one")
    expect(mine.bars).to_have_count(0)
    chat.conversations.get_by_role("link", name="Begin with a limit").click()
    expect(chat.setting(HERE)).to_have_value("0.05")
    expect(mine.bars).to_have_text(["of $0.05"])

    other = Budgets(ChatPage(pages.open(), tally).open(with_limit))
    expect(other.chat.setting(HERE)).to_have_value("0.05")
    other.set(HERE, "0.06", "0.06")
    expect(other.bars).to_have_text(["of $0.06"])


def test_a_reply_is_made_no_longer_than_the_budget_pays_for_and_says_so(
    chat: ChatPage, endpoint: ScriptedServer
) -> None:
    asked = len(endpoint.chats)
    chat.choose_model("full-length")
    mine = Budgets(chat)
    mine.set(HERE, "0.0001", "0.0001")
    chat.ask("Go on")
    expect(chat.chat.locator(".remark").first).to_have_text(
        "This chat's budget of $0.0001 has $0.0001 left, so this reply is limited to 143 tokens."
    )
    assert [request.body["max_tokens"] for request in endpoint.chats[asked:]] == [143]
    [row] = chat.rows
    assert Decimal("0.00008") < Decimal(row["cost_usd"]) <= Decimal("0.0001")

    chat.send("Go on")
    expect(chat.notice).to_contain_text("Raise it under Settings, or start a new chat.")
    assert len(chat.rows) == len(endpoint.chats[asked:]) == 1
    chat.new_chat()
    expect(chat.setting(HERE)).to_have_value("")
    chat.send("Go on")
    expect(chat.replies.last).to_contain_text("word")


def test_ones_own_budget_can_be_raised_and_the_message_goes_out(newcomer: Newcomer) -> None:
    chat = newcomer("0.50")
    mine = Budgets(chat)
    mine.set(DAY, "0.5", "0.50")
    chat.send("Raise it")
    expect(chat.notice).to_contain_text(
        "Your own daily budget of $0.50 has nothing left ($0.50 spent), and this message may cost "
    )
    expect(chat.notice).to_contain_text("You can raise it under Settings.")
    expect(mine.line).to_have_class("over")
    mine.set(DAY, "1", "1.00")
    expect(mine.line).to_have_class("quiet")
    chat.message.press("Enter")
    chat.receipt(0)
    expect(chat.notice).to_have_text("")


def test_reply_that_takes_a_budget_over_a_threshold_is_told_at_once_and_it_stays_shown(
    newcomer: Newcomer,
) -> None:
    says = "80% of your own daily budget of $1.00 is spent."
    chat = newcomer("0.7999")  # a reply costs $0.0001434, as the endpoint counts it
    mine = Budgets(chat)
    mine.set(DAY, "1", "1.00")
    expect(mine.bars).to_have_class(["limit half"])
    chat.ask("Over the threshold")
    expect(mine.toast).to_contain_text(says)
    for _ in range(2):
        expect(mine.bars).to_have_class(["limit near"])
        expect(mine.warning).to_have_text(says)
        expect(mine.warning).to_have_class("near")
        chat.message.fill("And now?")
        expect(mine.line).to_have_class("near")
        chat.reload()
    expect(mine.toast).to_have_count(0)
