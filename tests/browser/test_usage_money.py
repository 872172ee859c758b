"""What a person does in the Usage tab: settle up, hold a bill against the ledger, give prices."""

from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

from access import Users
from tests.browser.chat_page import PASSWORD, ChatPage, sign_in
from tests.browser.conftest import Pages
from tests.browser.usage_page import VARIABLES, UsagePage, write_spending
from tests.conftest import StartApp
from tests.helpers.data_files import ledger
from tests.servers.app_process import AppProcess, wait_for

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
    expect(usage.field("usage-amount")).to_have_value("3")
    choose_person(page, "ann")
    expect(usage.field("usage-amount")).to_have_value("2.6")
    asked = answer(page, yes=False)
    usage.button("usage-mark-settled").click()
    choose_person(page, "bob")  # its answer comes after that of the button
    expect(usage.field("usage-amount")).to_have_value("3")
    assert asked == ["Mark 2.6 USD of ann as settled? This adds an entry to the ledger that stays."]
    assert len(ledger(app.data_dir)) == 13

    usage.field("usage-amount").fill("1.25")
    answer(page, yes=True)
    usage.button("usage-mark-settled").click()
    expect(page.locator("#usage-settled")).to_have_text("$1.25 of bob is settled.")
    expect(usage.field("usage-amount")).to_have_value("1.75")
    *_, row = ledger(app.data_dir)
    assert (row["purpose"], row["user"], row["settled_usd"]) == ("settlement", "bob", "1.25")
    assert [usage.column(name, "usage-balances") for name in ("Person", "Open")] == [
        ["ann", "local", "bob"],
        ["$2.60", "$2.20", "$1.75"],
    ]


def test_a_price_for_calls_without_one_is_given_and_applied(page: Page, app: AppProcess) -> None:
    usage = UsagePage(page, app).open("Prices")
    expect(page.locator("#usage-price-sources")).to_contain_text("built in")
    expect(usage.button("usage-apply-prices")).to_be_hidden()
    usage.choose("usage-price", "New: nobody-1 at 127.0.0.1")
    expect(usage.field("usage-price-model")).to_have_value("nobody-1")
    usage.button("usage-save-price").click()
    expect(page.locator("#usage-price-saved")).to_have_text(
        "Input price is missing: expected a number, 0 if it is free"
    )
    usage.field("usage-price-input-usd-per-mtok").fill("2.50")
    usage.field("usage-price-output-usd-per-mtok").fill("10")
    usage.button("usage-save-price").click()
    expect(page.locator("#usage-price-saved")).to_contain_text("Saved.")
    assert usage.column("Input", "usage-own-prices") == ["$2.50"]
    assert "[models.nobody-1]" in (app.data_dir / "prices.toml").read_text()

    before = usage.figures.first.inner_text()
    assert "1 of unknown price" in before
    usage.button("usage-look-for-prices").click()
    expect(usage.rows("usage-corrections")).to_have_count(1)
    assert usage.column("Cost", "usage-corrections") == ["$2.50"]
    usage.button("usage-apply-prices").click()
    expect(page.locator("#usage-corrections")).to_have_text("1 call now has a price: $2.50 in all.")
    expect(page.locator("#usage-unpriced")).to_contain_text("Every call has a price.")
    expect(usage.figures.first).to_have_text("$2.60")
    expect(usage.button("usage-apply-prices")).to_be_hidden()
    *_, row = ledger(app.data_dir)
    assert (row["purpose"], row["corrects"], row["cost_usd"]) == ("correction", "unpriced", "2.5")

    answer(page, yes=False)
    usage.button("usage-remove-price").click()
    answer(page, yes=True)
    usage.button("usage-remove-price").click()
    expect(page.locator("#usage-price-saved")).to_have_text("The price of nobody-1 is removed.")
    expect(usage.field("usage-price-model")).to_have_value("")
    expect(page.locator("#usage-own-prices")).to_contain_text("No own prices yet.")


def test_prices_are_fetched_from_one_place_and_only_when_the_button_is_pressed(
    page: Page, app_process: StartApp, tmp_path: Path
) -> None:
    write_spending(tmp_path)
    app = app_process(variables=VARIABLES, data_dir=tmp_path, offline=True)
    usage = UsagePage(page, app).open("Prices")
    expect(page.locator("#usage-prices")).to_contain_text("nothing is fetched unless you press the button")
    assert app.blocked == []
    usage.button("usage-update-prices").click()
    told = page.locator("#usage-prices-told")
    expect(told).to_contain_text("raw.githubusercontent.com cannot be reached")
    expect(told).to_contain_text("The prices in force stay as they are.")
    wait_for(lambda: set(app.blocked) == {GITHUB})
    usage.button("usage-forget-prices").click()
    expect(told).to_have_text("The built-in prices are in force.")


def test_a_person_who_is_not_the_owner_sees_and_changes_nothing_of_others(
    pages: Pages, app_process: StartApp, tmp_path: Path
) -> None:
    write_spending(tmp_path)
    for name in ("bob", "ann"):  # the first is the owner
        Users(tmp_path / "users.json").add(name, PASSWORD)
    app = app_process(variables=VARIABLES, data_dir=tmp_path)
    pages.expected.append(r"status of 401")
    page = pages.open()
    sign_in(page, app, "ann")
    ChatPage(page, app).wait_until_ready()
    usage = UsagePage(page, app).open()
    expect(usage.rows()).to_have_count(4)
    usage.choose("usage-by", "Person")
    expect(usage.rows()).to_have_count(1)
    for view, shown in (
        ("Insights", "#usage-insight table"),
        ("What if", "#usage-what-if-table table"),
        ("Subscription", "#usage-month svg"),
        ("Settle up", "#usage-balances table"),
        ("Bill", "#usage-bill-table p"),
        ("Prices", "#usage-unpriced section"),
    ):
        usage.go(view)
        expect(page.locator(shown).first).to_be_visible()
        for others in ("bob", "SQL windows", "nobody-1"):
            expect(page.locator("#usage-tab")).not_to_contain_text(others)
    for control in ("mark-settled", "fetch-costs", "update-prices", "look-for-prices", "save-price"):
        expect(page.locator(f"#usage-{control}")).to_be_hidden()
    assert page.request.get(f"{app.url}/statement?user=bob").status == 403
    assert "bob" not in page.request.get(f"{app.url}/download/settle.csv").text()


def test_without_calls_each_view_says_what_will_be_here(page: Page, app_process: StartApp) -> None:
    usage = UsagePage(page, app_process(variables=VARIABLES)).open()
    for view, shown, says in (
        ("Overview", "#usage-chart", "Here you will see what every day, model and conversation has cost"),
        ("Insights", "#usage-insight", "Here you will see the ten calls that cost the most"),
        (
            "What if",
            "#usage-what-if-table",
            "what your calls would have cost with other models",
        ),
        ("Subscription", "#usage-month", "Here you will see this month’s cost"),
        ("Settle up", "#usage-balances", "Here you will see who owes how much"),
        ("Bill", "#usage-bill", "What OpenAI billed against what Tally recorded"),
        ("Prices", "#usage-unpriced", "Every call has a price."),
    ):
        usage.go(view)
        expect(page.locator(shown)).to_contain_text(says)
