"""The Usage tab's tables, charts and questions, in the browser."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import Pages, Scheme
from tests.browser.usage_page import TITLE, VARIABLES, UsagePage, contrast, overflow, write_spending
from tests.servers.app_process import AppProcess, wait_for
from usage.units import format_amount, format_exact

# Sums of a table: each size, and both sides of each step of the rule for money.
AMOUNTS = [
    *("0", "0.01", "0.009999999999", "0.00995", "0.009949999999", "0.005", "0.000026", "0.000000000001"),
    *("1.005", "2.675", "0.995", "0.994999999999", "1234567.895", "999999999999999.999999999999"),
    *("-0.0011", "-2.345", "-1234.5", "-0.009999"),
    *(format(Decimal(37**power).scaleb(-scale), "f") for power in range(12) for scale in range(13)),
]
WIDTHS = (1920, 1280, 1024, 800, 768, 700, 641, 500, 390, 320)
ARE_APART = """() => {
  const line = document.querySelector('.usage-x').getBoundingClientRect();
  const labels = [...document.querySelectorAll('.usage-x span')].map((each) => each.getBoundingClientRect());
  const shown = labels.filter(({width}) => width > 0);
  const isWhole = ({left, right}) => left > line.left - 1 && right < line.right + 1;
  return shown.length > 1 && shown.every(isWhole)
    && shown.slice(1).every(({left}, place) => left - shown[place].right > 4);
}"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """An app with some spending behind it, which no test here changes."""
    home = tmp_path_factory.mktemp("home")
    data_dir = home / "data"
    data_dir.mkdir()
    write_spending(data_dir)
    running = AppProcess(data_dir, home, VARIABLES)
    yield running
    running.stop()
    assert running.blocked == []


@pytest.fixture
def usage(page: Page, app: AppProcess) -> UsagePage:
    return UsagePage(page, app).open()


def test_period_and_grouping_choose_what_the_table_shows(usage: UsagePage) -> None:
    expect(usage.rows()).to_have_count(12)
    usage.choose_period("7 days")
    expect(usage.rows()).to_have_count(7)
    usage.choose("usage-by", "Model")
    expect(usage.rows()).to_have_count(3)
    assert usage.column("Model") == ["gpt-6-luna", "gpt-6.1-sol", "nobody-1"]
    assert usage.column("Cost")[2] == "price unknown"
    usage.choose("usage-by", "Hour of day")
    expect(usage.heading("Hour of day")).to_be_visible()
    assert re.fullmatch(r"\d\d:00", usage.column("Hour of day")[0])


def test_what_is_shown_stands_in_the_address_for_reload_back_and_links(usage: UsagePage) -> None:
    page = usage.page
    expect(page).to_have_url(re.compile(r"\?view=overview$"))
    usage.choose("usage-by", "Model")
    usage.choose_period("This week")
    expect(page).to_have_url(re.compile(r"\?view=overview&period=week&by=model$"))
    usage.go("Insights")
    expect(page).to_have_url(re.compile(r"\?view=insights&period=week&by=model$"))
    page.reload()
    expect(page.locator("#usage-insight h2")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile(r"&by=model$"))
    expect(usage.heading("Model")).to_be_visible()
    expect(usage.period("This week")).to_be_checked()
    page.get_by_role("tab", name="Chat", exact=True).click()
    expect(page).not_to_have_url(re.compile("view="))
    page.go_back()
    expect(usage.heading("Model")).to_be_visible()


def test_a_bar_opens_its_day_by_pointer_and_by_keyboard(usage: UsagePage) -> None:
    page, today = usage.page, datetime.now(UTC).date()
    bars = page.locator("#usage-chart a")
    expect(bars).to_have_count(12)
    assert bars.evaluate_all("(all) => all.map((each) => each.tabIndex)") == [-1] * 11 + [0]
    bars.last.focus()
    page.keyboard.press("ArrowLeft")
    expect(bars.nth(10)).to_be_focused()
    page.keyboard.press("Enter")
    expect(usage.heading("Chat")).to_be_visible()
    yesterday = today - timedelta(days=1)
    expect(page).to_have_url(re.compile(f"period={yesterday}..{yesterday}&by=conversation$"))
    expect(usage.period("From – to")).to_be_checked()
    expect(page.get_by_label("From", exact=True)).to_have_value(str(yesterday))
    page.get_by_label("From", exact=True).fill(str(today - timedelta(days=2)))
    expect(usage.rows()).to_have_count(2)
    page.get_by_label("To", exact=True).fill(str(today - timedelta(days=3)))
    expect(page.locator("#usage-period-told")).to_have_text("“From” is after “To”.")
    expect(usage.table).to_be_empty()
    page.go_back()
    expect(page.locator("#usage-period-told")).to_be_empty()
    expect(usage.rows()).to_have_count(2)
    page.go_back()
    expect(usage.rows()).to_have_count(1)
    page.go_back()
    expect(bars).to_have_count(12)
    bars.first.click()
    expect(page.get_by_label("To", exact=True)).to_have_value(str(today - timedelta(days=11)))


def test_a_table_sorts_by_click_and_by_enter_and_keeps_its_total(usage: UsagePage) -> None:
    usage.choose("usage-by", "Model")
    expect(usage.rows()).to_have_count(3)
    total = usage.total().inner_text()
    usage.heading("Model").click()
    assert usage.column("Model") == ["gpt-6-luna", "gpt-6.1-sol", "nobody-1"]
    usage.heading("Model").click()
    assert usage.column("Model") == ["nobody-1", "gpt-6.1-sol", "gpt-6-luna"]
    usage.heading("Cost").press("Enter")
    assert usage.column("Cost") == ["$4.20", "$3.60", "price unknown"]
    expect(usage.table.locator("th[aria-sort]")).to_have_text("Cost")
    expect(usage.table.locator("th[aria-sort]")).to_have_attribute("aria-sort", "descending")
    usage.heading("Cost").press("Enter")
    assert usage.column("Cost") == ["$3.60", "$4.20", "price unknown"]
    assert usage.total().inner_text() == total


def test_a_table_filters_as_one_types_and_says_how_many_rows_are_left(usage: UsagePage) -> None:
    usage.choose("usage-by", "Model")
    expect(usage.rows()).to_have_count(3)
    total = usage.total().inner_text()
    box = usage.table.get_by_role("searchbox", name="Filter: Usage by model")
    box.press_sequentially("GPT sol")
    expect(usage.rows()).to_have_count(1)
    expect(usage.table.get_by_role("status")).to_have_text("1 of 3 rows")
    expect(usage.total()).to_contain_text("$4.20")
    expect(usage.total().locator("[title='$4.20']")).to_have_count(1)
    box.fill("gpt")
    expect(usage.total()).to_contain_text("$7.80")
    leaving = (
        partial(usage.go, "Insights"),
        partial(usage.go, "Chat"),
        partial(usage.choose, "usage-by", "Day"),
    )
    for leave in leaving:
        leave()
        expect(usage.page).not_to_have_url(re.compile("filter="))
        usage.page.go_back()
        expect(box).to_have_value("gpt")
        expect(usage.rows()).to_have_count(2)
        expect(usage.total()).to_contain_text("$7.80")
    assert usage.page.evaluate("(all) => all.map(tallyUsage.asUsd)", AMOUNTS) == [
        format_amount(Decimal(amount)) for amount in AMOUNTS
    ]
    assert usage.page.evaluate("(all) => all.map(tallyUsage.exactUsd)", AMOUNTS) == [
        format_exact(Decimal(amount)) for amount in AMOUNTS
    ]
    usage.choose_period("Today")
    expect(usage.table.get_by_role("status")).to_have_text("1 of 2 rows")
    expect(usage.total()).to_contain_text("$0.10")
    usage.choose_period("30 days")
    expect(usage.table.get_by_role("status")).to_have_text("2 of 3 rows")
    box.fill("")
    expect(usage.rows()).to_have_count(3)
    assert usage.total().inner_text() == total
    expect(usage.table.get_by_role("status")).to_have_text("")


def test_every_figure_can_be_downloaded(usage: UsagePage) -> None:
    usage.choose("usage-by", "Model")
    expect(usage.rows()).to_have_count(3)
    name, text = usage.download(usage.page.locator("#usage-download a").first)
    assert name == "usage-by-model-30-days.csv"
    assert "gpt-6.1-sol,6," in text
    name, text = usage.download(usage.page.get_by_role("link", name="All calls (usage.csv)"))
    assert (name, text.count("spent-")) == ("usage.csv", 12)
    for view, elem_id, file in (
        ("Insights", "usage-insight", "dearest-30-days.csv"),
        ("What if", "usage-what-if-table", "what-if-30-days.csv"),
        ("Subscription", "usage-months", "subscription-all.csv"),
        ("Settle up", "usage-balances", "settle-all.csv"),
        ("Prices", "usage-unpriced", "unpriced-all.csv"),
    ):
        usage.go(view)
        name, text = usage.download(usage.page.locator(f"#{elem_id}").get_by_role("link", name="CSV"))
        assert name == file
        assert len(text.splitlines()) > 1


def test_each_question_about_the_money_has_its_answer(usage: UsagePage) -> None:
    usage.go("Insights")
    answer = usage.page.locator("#usage-insight h2")
    expect(answer).to_have_text("Most expensive calls")
    for question, title in (
        ("Caching", "What caching saved"),
        ("Most expensive calls", "Most expensive calls"),
    ):
        usage.page.get_by_role("radio", name=question).check(force=True)
        expect(answer).to_have_text(title)
    assert usage.column("Cost", "usage-insight")[:2] == ["$1.20", "$1.10"]


def test_a_dear_call_leads_to_its_conversation(usage: UsagePage, app: AppProcess) -> None:
    usage.go("Insights")
    links = usage.page.locator("#usage-insight a[href^='?c=']")
    expect(links.first).to_have_text(TITLE)
    usage.page.evaluate("() => (window.isSamePage = true)")
    links.first.click()
    chat = ChatPage(usage.page, app)
    expect(chat.questions.first).to_contain_text("How do they work?")
    expect(usage.page).to_have_url(re.compile(r"/\?c=[^&]+$"))
    usage.page.go_back()
    expect(links.first).to_be_visible()
    expect(usage.page).to_have_url(re.compile("view=insights"))
    assert usage.page.evaluate("() => window.isSamePage")

    usage.page.go_forward()
    turn = usage.page.locator("#chat .user-row button[name=edit]").first.get_attribute("value")
    usage.page.goto(f"{usage.page.url}&turn={turn}")
    expect(usage.page.locator("#chat .user-row.linked")).to_contain_text("How do they work?")


def test_a_subscription_is_remembered_and_held_against_each_month(usage: UsagePage) -> None:
    usage.go("Subscription")
    expect(usage.page.locator("#usage-month")).to_contain_text("Subscription $20.00")
    price = usage.field("usage-subscription-price")
    expect(price).to_have_value("20.00")
    price.fill("5")
    price.press("Enter")
    expect(usage.page.locator("#usage-month")).to_contain_text("Subscription $5.00")
    expect(usage.page.locator("#usage-month .so-far").first).to_be_attached()
    price.fill("cheap")
    price.press("Tab")
    expect(usage.page.locator("#usage-month")).to_contain_text("expected an amount in USD")
    price.fill("7.50")
    price.press("Tab")
    expect(usage.page.locator("#usage-month")).to_contain_text("Subscription $7.50")
    usage.open("Subscription")
    expect(usage.field("usage-subscription-price")).to_have_value("7.50")
    expect(usage.page.locator("#usage-month")).to_contain_text("Subscription $7.50")


def test_a_cost_file_is_held_against_the_ledger_and_kept_nowhere(page: Page, app: AppProcess) -> None:
    uploads: list[str] = []
    page.on("request", lambda request: uploads.append(request.url) if "upload" in request.url else None)
    usage = UsagePage(page, app).open("Bill")
    today = datetime.now(UTC).date().isoformat()
    costs = (
        "start_time_iso,amount_value,amount_currency,line_item\n"
        f'{today}T00:00:00Z,0.5,usd,"gpt-6-luna, input"\n'
    )
    chosen = page.locator("#usage-cost-file input")
    chosen.set_input_files({"name": "costs.csv", "mimeType": "text/csv", "buffer": costs.encode()})
    expect(usage.rows("usage-bill-table").first).to_be_visible()
    assert usage.column("Model", "usage-bill-table") == ["gpt-6-luna"]
    assert usage.column("Difference", "usage-bill-table") == ["$0.50"]
    name, text = usage.download(page.locator("#usage-bill-table").get_by_role("link", name="CSV"))
    assert name == "bill.csv"
    assert f"{today},gpt-6-luna,,0.5,0.5," in text
    chosen.set_input_files({"name": "costs.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"})
    expect(page.locator("#usage-bill-table")).to_contain_text("This is not a cost file of OpenAI's dashboard")
    assert uploads == []


def test_an_admin_key_leaves_the_page_whatever_comes_of_it(page: Page, app: AppProcess) -> None:
    usage = UsagePage(page, app).open("Bill")
    key = usage.field("usage-admin-key")
    expect(key).to_have_attribute("type", "password")
    expect(usage.field("usage-bill-to")).not_to_have_value("")
    key.fill("not a key")
    usage.button("usage-fetch-costs").click()
    expect(page.locator("#usage-bill-table")).to_contain_text("This is not an admin key")
    expect(key).to_have_value("")
    assert "not a key" not in app.stderr + app.stdout


def test_a_statement_opens_as_a_page_to_print(usage: UsagePage) -> None:
    usage.go("Settle up")
    expect(usage.rows("usage-balances")).to_have_count(3)
    usage.page.set_viewport_size({"width": 390, "height": 844})
    wait_for(lambda: overflow(usage.page) == (0, 0))  # the sidebar takes a moment
    usage.page.set_viewport_size({"width": 1280, "height": 800})
    usage.choose("usage-person", "ann")
    to_print = usage.page.locator("#usage-statements").get_by_role("link", name="to print").first
    expect(to_print).to_have_attribute("href", re.compile("ann"))
    with usage.page.expect_popup() as opening:
        to_print.click()
    statement = opening.value
    expect(statement.get_by_role("heading")).to_have_text("Statement for ann")
    expect(statement.locator("tfoot")).to_contain_text("Amount due")
    expect(statement.locator("script")).to_have_count(0)
    expect(statement.locator(".screen")).to_be_visible()
    statement.emulate_media(media="print")
    expect(statement.locator(".screen")).to_be_hidden()


SHOWN = {
    "Overview": "#usage-chart svg",
    "Insights": "#usage-insight table",
    "What if": "#usage-what-if-table table",
    "Subscription": "#usage-month svg",
    "Bill": "#usage-cost-file label",
    "Prices": "#usage-unpriced table",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_no_view_is_wider_than_the_screen(pages: Pages, year: AppProcess, scheme: Scheme) -> None:
    page = pages.open(390, 844, scheme, touch=True)
    usage = UsagePage(page, year).open()
    for view, shown in SHOWN.items():
        usage.go(view)
        expect(page.locator(shown).first).to_be_visible()
        assert (view, overflow(page)) == (view, (0, 0))
    page.goto(f"{year.url}/?view=overview&period=all")
    expect(usage.period("All time")).to_be_checked()
    expect(usage.period("All time")).to_be_in_viewport()
    pill = page.locator("#usage-period label").last.bounding_box()
    assert pill is not None
    assert pill["height"] >= 36


def test_a_year_of_figures_fits_every_width(page: Page, year: AppProcess) -> None:
    usage = UsagePage(page, year).open()
    for period, by, caption in (
        ("30 days", "Day", "Cost by day and model"),
        ("All time", "Week", "Cost by week and model"),
        ("All time", "Month", "Cost by month and model"),
    ):
        usage.choose_period(period)
        usage.choose("usage-by", by)
        expect(page.locator("#usage-chart figcaption")).to_have_text(caption)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            wait_for(lambda: overflow(page) == (0, 0))
            page.wait_for_function(ARE_APART)
        page.set_viewport_size({"width": 1280, "height": 800})

    usage.period("All time").press("ArrowLeft")
    expect(usage.period("This year")).to_be_focused()
    expect(page).to_have_url(re.compile("period=year"))
    usage.go("Subscription")
    running = usage.total("usage-months").locator("[data-running]")
    expect(running).to_contain_text("$")
    box = page.get_by_role("searchbox", name="Filter: Subscription or pay as you go")
    box.fill("20")
    expect(running).to_have_text("–")
    box.fill("")
    expect(running).to_contain_text("$")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_lines_and_texts_stand_out_in_light_and_dark(pages: Pages, app: AppProcess, scheme: Scheme) -> None:
    page = pages.open(color_scheme=scheme)
    usage = UsagePage(page, app).open()
    expect(page.locator("#usage-chart svg")).to_be_visible()
    assert contrast(page, "#usage-chart rect[fill]", "fill") > 3
    assert contrast(page, ".usage-y span", "color") > 4.5
    assert contrast(page, "#usage-table thead button", "color") > 4.5
    usage.go("Subscription")
    expect(page.locator("#usage-month svg")).to_be_visible()
    for line in (".so-far", ".ahead", ".price"):
        assert contrast(page, f"#usage-month polyline{line}", "stroke") > 3
