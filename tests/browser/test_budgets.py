"""Budgets that a person sets on the page: saved, read, and without effect where a given one is lower."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.budgeting import DAY, HERE, MONTH, Budgets, start
from tests.browser.conftest import Pages
from tests.browser.driving import ChatPage
from tests.conftest import StartApp
from tests.servers.app_process import AppProcess
from tests.servers.scripted import ScriptedServer


def test_own_budgets_survive_reload_and_restart_and_are_lifted_by_emptying_them(
    scripted: ScriptedServer, app_process: StartApp, tmp_path: Path, pages: Pages
) -> None:
    app = start(app_process, scripted, tmp_path, "0.25")
    chat = ChatPage(pages.open(), app).open()
    mine = Budgets(chat)
    mine.set(DAY, "1", "1.00")
    expect(mine.bars).to_have_text(["of $1.00"])
    mine.set(MONTH, "$20,5", "20.50")
    expect(mine.bars).to_have_text(["of $1.00", "of $20.50"])
    expect(chat.spend.get_by_role("meter", name="your own daily budget of $1.00")).to_have_attribute(
        "aria-valuenow", "25"
    )

    chat.reload()
    expect(mine.field(DAY)).to_have_value("1.00")
    expect(mine.field(MONTH)).to_have_value("20.50")
    expect(mine.bars).to_have_text(["of $1.00", "of $20.50"])

    chat.page.close()
    app.stop()
    again = Budgets(ChatPage(pages.open(), start(app_process, scripted, tmp_path)).open())
    expect(again.field(DAY)).to_have_value("1.00")
    again.set(DAY, "", "")
    expect(again.bars).to_have_text(["of $20.50"])
    again.chat.reload()
    expect(again.field(MONTH)).to_have_value("20.50")
    expect(again.field(DAY)).to_have_value("")


def test_an_amount_that_cannot_be_read_says_what_is_expected_until_it_is_put_right(
    scripted: ScriptedServer, app_process: StartApp, tmp_path: Path, pages: Pages
) -> None:
    chat = ChatPage(pages.open(), start(app_process, scripted, tmp_path)).open()
    mine = Budgets(chat)
    reason = f"{DAY} is “lots” in the settings: expected an amount in USD such as 12.50."
    mine.set(DAY, "lots", "lots")
    expect(mine.note).to_have_text(reason)
    mine.set(MONTH, "20", "20.00")
    expect(mine.note).to_have_text(reason)
    mine.set(DAY, "1.00", "1.00")
    expect(mine.note).to_have_text("")

    mine.set(HERE, "1,000", "1,000")
    reason = f"{HERE} is “1,000” in the settings: expected 1000 or 1.000, as a comma could mean either."
    expect(mine.note).to_have_text(reason)
    chat.send("Under which budget?")
    expect(chat.notice).to_have_text(reason)
    expect(chat.message).to_have_value("Under which budget?")
    assert scripted.chats == []


def test_a_budget_above_the_given_one_has_no_effect_and_says_so(
    scripted: ScriptedServer, app_process: StartApp, tmp_path: Path, pages: Pages
) -> None:
    given = {"USER_DAILY_BUDGET": "1.00", "MONTHLY_BUDGET": "30"}
    mine = Budgets(ChatPage(pages.open(), start(app_process, scripted, tmp_path, "0.10", **given)).open())
    allowed = (
        "Tally is set up to allow $30.00 a month for everybody together and $1.00 a day for each person; "
        "the lowest budget decides."
    )
    mine.field(DAY)
    expect(mine.note).to_have_text(allowed)
    mine.set(DAY, "2", "2.00")
    expect(mine.note).to_have_text(
        f"Your own daily budget of $2.00 has no effect: the daily budget of $1.00 for each person is lower. "
        f"{allowed}"
    )
    expect(mine.bars).to_have_text(["of $1.00", "of $30.00"])
    mine.set(DAY, "0.50", "0.50")
    expect(mine.note).to_have_text(allowed)
    expect(mine.bars).to_have_text(["of $0.50", "of $30.00"])


def test_a_new_chats_budget_is_kept_with_its_first_message_and_comes_back_with_it(
    chat: ChatPage, pages: Pages, tally: AppProcess
) -> None:
    mine = Budgets(chat)
    mine.set(HERE, "0.05", "0.05")
    expect(mine.bars).to_have_count(0)
    chat.ask("Begin with a limit")
    expect(mine.field(HERE)).to_have_value("0.05")
    expect(mine.bars).to_have_text(["of $0.05"])
    with_limit = chat.conversation_id

    chat.new_chat()
    expect(mine.field(HERE)).to_have_value("")
    expect(mine.bars).to_have_count(0)
    chat.ask("Begin without one")
    expect(mine.bars).to_have_count(0)
    chat.conversations.get_by_role("link", name="Begin with a limit").click()
    expect(mine.field(HERE)).to_have_value("0.05")
    expect(mine.bars).to_have_text(["of $0.05"])

    other = Budgets(ChatPage(pages.open(), tally).open(with_limit))
    expect(other.field(HERE)).to_have_value("0.05")
    other.set(HERE, "0.06", "0.06")
    expect(other.bars).to_have_text(["of $0.06"])
