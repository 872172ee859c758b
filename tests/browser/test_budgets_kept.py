"""What budgets do on the page: replies shortened, messages refused, warnings on the way there."""

from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import expect

from access import Users
from tests.browser.budgeting import DAY, HERE, MONTH, Budgets, start
from tests.browser.conftest import Pages
from tests.browser.driving import PRICED_MODEL, PRICES, ChatPage, endpoint_variables, ledger
from tests.browser.test_signed_in import PASSWORD, sign_in
from tests.conftest import StartApp
from tests.servers.scripted import ScriptedServer


def test_a_reply_is_made_no_longer_than_the_budget_pays_for_and_says_so(
    scripted: ScriptedServer, app_process: StartApp, tmp_path: Path, pages: Pages
) -> None:
    chat = ChatPage(pages.open(), start(app_process, scripted, tmp_path)).open()
    chat.choose_model("full-length")
    mine = Budgets(chat)
    mine.set(HERE, "0.0001", "0.0001")
    chat.ask("Go on")
    expect(chat.chat.locator(".remark").first).to_have_text(
        "This conversation's budget of $0.0001 has $0.0001 left: this reply may be 143 tokens long at most."
    )
    assert [request.body["max_tokens"] for request in scripted.chats] == [143]
    [row] = ledger(tmp_path)
    assert Decimal("0.00008") < Decimal(row["cost_usd"]) <= Decimal("0.0001")

    chat.send("Go on")
    expect(chat.notice).to_contain_text("Raise it under Settings, or start a new chat.")
    assert len(ledger(tmp_path)) == len(scripted.chats) == 1
    chat.new_chat()
    expect(mine.field(HERE)).to_have_value("")
    chat.send("Go on")
    expect(chat.replies.last).to_contain_text("word")


def test_what_would_go_over_is_refused_with_figures_and_stays_in_the_box(
    scripted: ScriptedServer, app_process: StartApp, tmp_path: Path, pages: Pages
) -> None:
    app = start(app_process, scripted, tmp_path, "0.99999", DAILY_BUDGET="1.00")
    chat = ChatPage(pages.open(), app).open()
    mine = Budgets(chat)
    reason = (
        "The daily budget of $1.00 has $0.00001 left ($1.00 spent), and this message may cost $0.0000605 "
        "even with a short reply. It starts anew at 00:00 on "
    )
    chat.message.fill("How much?")
    expect(mine.line).to_contain_text(reason)
    expect(mine.line).to_have_class("over")
    chat.message.press("Enter")
    expect(chat.notice).to_contain_text(reason)
    expect(chat.notice).to_contain_text(" (UTC). The message was not sent.")
    expect(chat.message).to_have_value("How much?")
    expect(chat.questions).to_have_count(0)
    expect(chat.conversations.get_by_role("link")).to_have_count(0)
    assert scripted.chats == []
    assert [row["call_id"] for row in ledger(tmp_path)] == ["earlier"]


def test_ones_own_budget_can_be_raised_and_the_message_goes_out(
    scripted: ScriptedServer, app_process: StartApp, tmp_path: Path, pages: Pages
) -> None:
    chat = ChatPage(pages.open(), start(app_process, scripted, tmp_path, "0.50")).open()
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


def test_a_price_that_nobody_knows_is_refused_under_a_budget_with_the_way_out(
    scripted: ScriptedServer, app_process: StartApp, tmp_path: Path, pages: Pages
) -> None:
    (tmp_path / "prices.toml").write_text(PRICES)
    variables = {**endpoint_variables(scripted), "TALLY_PROVIDER": "openai"}
    app = app_process(variables=variables, data_dir=tmp_path)
    chat = ChatPage(pages.open(), app).open()
    mine = Budgets(chat)
    mine.set(MONTH, "20", "20.00")
    chat.choose_model("gpt-99-nobody")
    chat.message.fill("At what price?")
    reason = (
        "The price of this model is unknown, so it cannot be kept within your own monthly budget of $20.00. "
        "Give its price in the Usage tab under Prices or in prices.toml, or choose another model."
    )
    expect(chat.estimate).to_contain_text(reason)
    chat.message.press("Enter")
    expect(chat.notice).to_have_text(f"{reason} The message was not sent.")
    assert scripted.chats == []
    chat.choose_model(PRICED_MODEL)
    chat.message.press("Enter")
    chat.receipt(0)


@pytest.mark.parametrize(
    ("spent", "before", "level", "says", "line"),
    [
        ("0.4999", "fine", "half", "50 % of your own daily budget of $1.00 is spent.", "quiet"),
        ("0.7999", "half", "near", "80 % of your own daily budget of $1.00 is spent.", "near"),
        ("0.9999", "near", "spent", "Your own daily budget of $1.00 is spent.", "over"),
    ],
)
def test_reply_that_takes_a_budget_over_a_threshold_is_told_at_once_and_it_stays_shown(
    scripted: ScriptedServer,
    app_process: StartApp,
    tmp_path: Path,
    pages: Pages,
    spent: str,
    before: str,
    level: str,
    says: str,
    line: str,
) -> None:
    """A reply costs $0.0001434 here, as the endpoint says that it was sent more than it was."""
    chat = ChatPage(pages.open(), start(app_process, scripted, tmp_path, spent)).open()
    mine = Budgets(chat)
    mine.set(DAY, "1", "1.00")
    expect(mine.bars).to_have_class([f"limit {before}"])
    chat.ask("Over the threshold")
    expect(mine.toast).to_contain_text(says)
    for _ in range(2):
        expect(mine.bars).to_have_class([f"limit {level}"])
        expect(mine.warning).to_have_text(says)
        expect(mine.warning).to_have_class(level)
        chat.message.fill("And now?")
        expect(mine.line).to_have_class(line)
        chat.reload()
    expect(mine.toast).to_have_count(0)


def test_ones_own_budget_binds_nobody_else(
    scripted: ScriptedServer, app_process: StartApp, tmp_path: Path, pages: Pages
) -> None:
    for name in ("ada", "bob"):
        Users(tmp_path / "users.json").add(name, PASSWORD)
    app = start(app_process, scripted, tmp_path)
    opened = []
    for name in ("ada", "bob"):
        page = pages.open()
        sign_in(page, app, name)
        person = ChatPage(page, app)
        person.wait_until_ready()
        opened.append(person)
    ada, bob = opened
    Budgets(ada).set(DAY, "0", "0.00")
    ada.send("Is Adelaide planning a surprise?")
    expect(ada.notice).to_contain_text("Your own daily budget of $0.00 has nothing left")

    bob.reload()
    expect(Budgets(bob).field(DAY)).to_have_value("")
    expect(Budgets(bob).bars).to_have_count(0)
    bob.ask("What rhymes with marmalade?")
    Budgets(bob).set(DAY, "3", "3.00")
    ada.reload()
    expect(Budgets(ada).field(DAY)).to_have_value("0.00")
    assert [row["user"] for row in ledger(tmp_path)] == ["bob"]
