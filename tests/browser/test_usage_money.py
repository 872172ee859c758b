"""What a person does in the Usage tab: settle up, hold a bill against the ledger, give prices."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.chat_page import ChatPage
from tests.browser.usage_page import VARIABLES, UsagePage, write_spending
from tests.conftest import StartApp
from tests.helpers.data_files import ledger
from tests.servers.app_process import AppProcess, wait_for
from tests.servers.scripted import ScriptedServer
from tests.servers.wire import Hangup

GITHUB = "raw.githubusercontent.com:443"


@pytest.fixture
def app(app_process: StartApp, tmp_path: Path) -> AppProcess:
    """An app with some spending behind it, of one test alone."""
    write_spending(tmp_path)
    return app_process(variables=VARIABLES, data_dir=tmp_path)


def answer(page: Page, *, yes: bool) -> list[str]:
    """Answer the next question that the page asks; it comes into the list."""
    asked: list[str] = []

    def reply(dialog: Dialog) -> None:
        asked.append(dialog.message)
        if yes:
            dialog.accept()
        else:
            dialog.dismiss()

    page.once("dialog", reply)
    return asked


def choose_person(page: Page, name: str) -> None:
    """Choose who has paid, by the keyboard: Gradio fires twice for a click on an option."""
    person = page.locator("#usage-person input")
    person.fill(name)
    person.press("Enter")


def test_what_a_person_has_paid_is_marked_once_it_is_confirmed(page: Page, app: AppProcess) -> None:
    usage = UsagePage(page, app).open("Settle up")
    expect(usage.field("usage-amount")).to_have_value("3.00")
    choose_person(page, "ann")
    expect(usage.field("usage-amount")).to_have_value("2.60")
    asked = answer(page, yes=False)
    usage.button("usage-mark-settled").click()
    choose_person(page, "bob")  # its answer comes after that of the button
    expect(usage.field("usage-amount")).to_have_value("3.00")
    assert asked == ["Record that ann paid 2.60 USD? The ledger keeps this for good."]
    assert len(ledger(app.data_dir)) == 13

    usage.field("usage-amount").fill("1.25")
    answer(page, yes=True)
    usage.button("usage-mark-settled").click()
    expect(page.locator("#usage-settled")).to_have_text("Recorded: bob paid $1.25.")
    expect(usage.field("usage-amount")).to_have_value("1.75")
    *_, row = ledger(app.data_dir)
    assert (row["purpose"], row["user"], row["settled_usd"]) == ("settlement", "bob", "1.25")
    assert [usage.column(name, "usage-balances") for name in ("Person", "Open")] == [
        ["ann", "local", "bob"],
        ["$2.60", "$2.20", "$1.75"],
    ]


def test_a_price_for_calls_without_one_is_given_and_applied(page: Page, app: AppProcess) -> None:
    usage = UsagePage(page, app)
    page.goto(f"{app.url}/?view=prices&model=nobody-1")
    expect(page.locator("#usage-price-sources")).to_contain_text("built in")
    expect(usage.button("usage-apply-prices")).to_be_hidden()
    expect(usage.field("usage-price-model")).to_have_value("nobody-1")
    expect(usage.field("usage-price-endpoint")).to_have_value("127.0.0.1")
    usage.button("usage-save-price").click()
    wrong = page.locator("#usage-price-input-usd-per-mtok")
    expect(wrong).to_contain_text("Input price is missing: expected a number, 0 if it is free")
    expect(wrong.locator("input")).to_be_focused()
    expect(wrong.locator("input")).to_be_in_viewport()
    expect(wrong.locator("input")).to_have_attribute("aria-invalid", "true")
    usage.field("usage-price-input-usd-per-mtok").fill("2.50")
    usage.field("usage-price-output-usd-per-mtok").fill("10")
    usage.button("usage-save-price").click()
    expect(page.locator("#usage-price-saved")).to_contain_text("Saved for new calls.")
    expect(page.locator("#usage-prices [aria-invalid]")).to_have_count(0)
    assert usage.column("Input", "usage-own-prices") == ["$2.50"]
    assert "[models.nobody-1]" in (app.data_dir / "prices.toml").read_text()

    before = usage.figures.first.inner_text()
    assert "1 call without a price" in before
    usage.button("usage-look-for-prices").click()
    expect(usage.rows("usage-corrections")).to_have_count(1)
    assert usage.column("Cost", "usage-corrections") == ["$2.50"]
    usage.button("usage-apply-prices").click()
    expect(page.locator("#usage-corrections")).to_have_text("1 call now has a price: $2.50 in total.")
    expect(page.locator("#usage-unpriced")).to_contain_text("Every call has a price.")
    expect(usage.figures.first).to_have_text("$2.60")
    expect(usage.button("usage-apply-prices")).to_be_hidden()
    *_, row = ledger(app.data_dir)
    assert (row["purpose"], row["corrects"], row["cost_usd"]) == ("correction", "unpriced", "2.5")

    answer(page, yes=False)
    usage.button("usage-remove-price").click()
    answer(page, yes=True)
    usage.button("usage-remove-price").click()
    expect(page.locator("#usage-price-saved")).to_have_text("Removed the price of nobody-1.")
    expect(usage.field("usage-price-model")).to_have_value("")
    expect(page.locator("#usage-own-prices")).to_contain_text("None yet.")


def test_prices_are_fetched_from_one_place_and_only_when_the_button_is_pressed(
    page: Page, app_process: StartApp, tmp_path: Path
) -> None:
    write_spending(tmp_path)
    app = app_process(variables=VARIABLES, data_dir=tmp_path, offline=True)
    usage = UsagePage(page, app).open("Prices")
    expect(page.locator("#usage-prices")).to_contain_text("only when you press the button")
    assert app.blocked == []
    usage.button("usage-update-prices").click()
    told = page.locator("#usage-prices-told")
    expect(told).to_contain_text("Cannot reach raw.githubusercontent.com")
    expect(told).to_contain_text("The prices in force stay as they are.")
    wait_for(lambda: set(app.blocked) == {GITHUB})
    usage.button("usage-forget-prices").click()
    expect(told).to_have_text("The built-in prices apply again.")


def test_what_is_left_in_an_account_is_asked_only_when_the_button_is_pressed(
    page: Page, app_process: StartApp, tmp_path: Path, scripted: ScriptedServer
) -> None:
    def asked() -> int:
        return sum(request.path == "/v1/credits" for request in scripted.requests)

    write_spending(tmp_path)
    variables = {**VARIABLES, "OPENAI_BASE_URL": scripted.url, "TALLY_PROVIDER": "openrouter"}
    usage = UsagePage(page, app_process(variables=variables, data_dir=tmp_path)).open()
    button, told = usage.button("usage-check-balance"), page.locator("#usage-account-balances")
    expect(button).to_be_visible()
    assert asked() == 0
    button.click()
    expect(told).to_have_text(re.compile(r"127\.0\.0\.1: \$12\.66 left of \$25\.00 \(asked at \d\d:\d\d\)"))
    scripted.credits = Hangup()
    button.click()
    expect(told).to_have_text("127.0.0.1: The connection to 127.0.0.1 was lost before an answer came.")
    assert asked() == 2


def test_there_is_no_balance_to_check_where_no_endpoint_tells_one(page: Page, app: AppProcess) -> None:
    usage = UsagePage(page, app).open()
    expect(usage.table.locator("table")).to_be_visible()
    expect(usage.button("usage-check-balance")).to_be_hidden()


def test_a_person_sees_what_things_cost_in_a_currency_of_their_own(page: Page, app: AppProcess) -> None:
    usage, chat = UsagePage(page, app).open(), ChatPage(page, app)
    usage.choose("usage-by", "Model")
    expect(usage.rows()).to_have_count(3)
    chat.choose("Also show amounts in", "EUR")
    expect(usage.table).to_contain_text("EUR, the ECB rate of 20")
    rate = chat.open_setting("Rate (1 USD =)")
    rate.fill("0,925")
    chat.close_settings()
    expect(usage.table).to_contain_text("At 1 USD = 0.925 EUR, set by hand; the ledger is in USD.")
    assert usage.column("Cost") == ["$4.20", "$3.60", "price unknown"]
    assert usage.column("EUR") == ["3.89", "3.33", "–"]
    expect(chat.amount("This month")).to_contain_text("EUR")

    usage.table.get_by_role("searchbox").fill("gpt-6.1-sol")
    expect(usage.total().locator("[data-currency]")).to_have_text("3.89")
    usage.table.get_by_role("searchbox").fill("")
    expect(usage.total().locator("[data-currency]")).to_have_text("7.22")
    _name, text = usage.download(page.locator("#usage-download a").first)
    assert text.splitlines()[0].endswith(
        ",cost_usd,cost_eur,estimated_usd,unknown_price_calls,eur_per_usd,rate_day"
    )
    assert text.splitlines()[-1].endswith(",7.8,7.215,0,1,0.925,")

    page.reload()
    expect(usage.table).to_contain_text("At 1 USD = 0.925 EUR")
    chat.choose("Also show amounts in", "USD only")
    expect(usage.table).not_to_contain_text("EUR")
    expect(chat.spend).not_to_contain_text("EUR")
