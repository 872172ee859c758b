"""What a message would cost before it is sent: the line below the box, and what it opens to."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chat_page import PRICES, TWO_FRAMES, ChatPage, Columns, HeldEvent
from tests.browser.conftest import Newcomer, shared_app
from tests.conftest import StartApp
from tests.servers.app_process import AppProcess
from tests.servers.guards import STANDING_CLOCK
from tests.servers.scripted import PRICED_MODEL, ScriptedServer

WORD = "token "


class Estimate:
    """The line below the message box of a chat."""

    def __init__(self, chat: ChatPage) -> None:
        self.line = chat.estimate.locator("summary")
        self.table = chat.estimate.locator("table")
        self.tokens = chat.estimate.locator("details p").last

    def rows(self) -> list[list[str]]:
        """Return the texts of the table, row by row."""
        return [row.locator("th, td").all_inner_texts() for row in self.table.locator("tr").all()]

    def row(self, name: str) -> Locator:
        return self.table.locator("tr").filter(has_text=name)

    def expect_row(self, *cells: str) -> None:
        expect(self.row(cells[0]).locator("th, td")).to_have_text(list(cells))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory, endpoint: ScriptedServer) -> Iterator[AppProcess]:
    """An app that has fewer replies than it takes to know how long they usually are."""
    yield from shared_app(tmp_path_factory.mktemp("home"), endpoint.variables)


@pytest.fixture
def chat(page: Page, fresh: AppProcess) -> ChatPage:
    """A new chat in that app."""
    return ChatPage(page, fresh).open()


def test_where_the_endpoint_caches_the_receipt_and_the_next_estimate_tell(
    app_process: StartApp, scripted: ScriptedServer, page: Page, tmp_path: Path
) -> None:
    # An app of its own: where others have asked this model before, its usual reply is known.
    (tmp_path / "prices.toml").write_text(PRICES)
    chat = ChatPage(page, app_process(variables=scripted.variables, data_dir=tmp_path)).open()
    chat.choose_model("usage-details")
    chat.ask("Hello")
    chat.receipts.click()
    expect(chat.chat.locator(".receipt p")).to_have_text("The cache saved $0.00009.")
    chat.message.fill("Hello again")
    Estimate(chat).line.click()
    likely = r"without the reply, or \$0\.\d+ if the cache still holds \(until \d\d:\d\d\)\."
    expect(chat.estimate).to_contain_text(re.compile(likely))


def test_estimate_says_one_figure_as_one_types_and_nothing_under_an_empty_box(chat: ChatPage) -> None:
    line, tokens = Estimate(chat).line, Estimate(chat).tokens
    expect(chat.estimate).to_have_text("")
    chat.message.fill((WORD * 1000).strip())  # a blank at the end would be sent, and counted, too
    expect(line).to_have_text("$0.0001 without the reply")
    expect(tokens).to_have_text("≈ 1,007 tokens · context 25% full")
    chat.message.fill("Hello")
    expect(line).to_have_text("$0.0000008 without the reply")
    expect(tokens).to_have_text("≈ 8 tokens · context under 1% full")
    chat.ask("Hello")
    expect(chat.estimate).to_have_text("")
    chat.message.fill("Hello")
    expect(line).to_have_text("$0.0000098 without the reply")
    expect(tokens).to_have_text("≈ 98 tokens · of which history: 90 · context 2% full")
    chat.message.fill("")
    expect(chat.estimate).to_have_text("")


def test_an_estimate_that_is_late_does_not_take_the_place_of_a_newer_one(
    page: Page, fresh: AppProcess
) -> None:
    estimating = HeldEvent(page, fresh, "estimate")
    chat = ChatPage(page, fresh).open()
    estimating.wait_for_first()
    chat.message.fill("Hello")
    page.evaluate(TWO_FRAMES)
    assert len(estimating.requests) == 1
    estimating.let_go()
    expect(Estimate(chat).line).to_have_text("$0.0000008 without the reply")


def test_estimate_warns_as_the_context_fills(chat: ChatPage) -> None:
    line = Estimate(chat).line
    for words, kind, says in (
        (3193, "quiet", "$0.00032 without the reply"),
        (3194, "near", "$0.00032 without the reply · context 80% full"),
        (3993, "near", "$0.0004 without the reply · context 100% full"),
        (3994, "over", f"$0.0004 without the reply · too long for {PRICED_MODEL}: 4,000 tokens fit"),
    ):
        chat.message.fill((WORD * words).strip())
        expect(line).to_have_text(says)
        expect(line).to_have_class(kind)


def test_it_opens_above_the_box_without_moving_it_and_closes_by_itself(chat: ChatPage) -> None:
    estimate, page = Estimate(chat), chat.page
    chat.set_up(Max_tokens="1000")
    chat.message.fill("Hello")
    expect(estimate.line).to_be_visible()
    before = chat.message.bounding_box()
    closings: tuple[Callable[[], None], ...] = (
        lambda: page.keyboard.press("Escape"),
        lambda: page.keyboard.press("Tab"),
        lambda: chat.chat.click(position={"x": 5, "y": 5}),
        lambda: chat.message.press_sequentially("!"),
        lambda: estimate.line.click(),
    )
    for close in closings:
        expect(estimate.table).to_be_hidden()
        estimate.line.click()
        expect(estimate.table).to_be_visible()
        box, panel = chat.message.bounding_box(), estimate.table.bounding_box()
        assert box == before
        assert panel is not None
        assert box is not None
        assert panel["y"] + panel["height"] < box["y"]
        close()
    expect(estimate.table).to_be_hidden()
    chat.message.fill("Hello")
    estimate.line.click()
    # at most: 1,000 tokens at $0.50, and as many of $0.10 as "Hello" and what surrounds it can be
    estimate.expect_row(PRICED_MODEL, "$0.0000008", "$0.00053")
    page.locator("#send").click()
    expect(chat.estimate).to_have_text("")
    chat.message.fill("And then?")
    expect(estimate.line).to_be_visible()
    expect(estimate.table).to_be_hidden()
    chat.set_up(Max_tokens="")  # it is kept for this person, so for the tests that follow


def test_likely_total_comes_with_the_third_reply(
    app_process: StartApp, scripted: ScriptedServer, tmp_path: Path, page: Page
) -> None:
    (tmp_path / "prices.toml").write_text(PRICES)
    chat = ChatPage(page, app_process(variables=scripted.variables, data_dir=tmp_path)).open()
    estimate = Estimate(chat)
    for _ in range(2):
        chat.ask("Hello")
        chat.new_chat()
    chat.message.fill("Hello")
    expect(estimate.line).to_have_text("$0.0000008 without the reply")
    chat.ask("Hello")
    chat.message.fill("Hello")
    expect(estimate.line).to_have_text("about $0.00003 with the reply")
    estimate.line.click()
    # at most: 3,902 tokens at $0.50, and 602 of $0.10, which is the bytes of it all
    estimate.expect_row(PRICED_MODEL, "$0.0000098", "$0.00003", "$0.002")
    estimate.expect_row("of which history", "$0.000009", "", "")
    expect(chat.estimate).to_contain_text("Likely: your usual reply, 40 tokens.")


def test_the_same_is_priced_on_cheaper_models_and_a_better_one(
    newcomer: Newcomer, endpoint: ScriptedServer
) -> None:
    chat = newcomer()
    estimate = Estimate(chat)
    chat.choose_model("gpt-6-luna")
    chat.message.fill("Hello")
    estimate.line.click()
    expect(estimate.row("gpt-6-astra better")).to_contain_text("$0.00008")
    asked = len(endpoint.requests)
    chat.choose_model("gpt-6-astra")
    estimate.line.click()
    expect(estimate.row("gpt-6-luna cheaper")).to_contain_text("$0.0000008")
    names = [row[0] for row in estimate.rows()]
    cheaper = ["gpt-6-luna cheaper", f"{PRICED_MODEL} cheaper"]
    assert names == ["", "gpt-6-astra", "With another model", *cheaper]
    assert endpoint.requests[asked:] == []


def test_estimate_is_the_sum_over_the_models_that_are_compared(chat: ChatPage) -> None:
    estimate, columns = Estimate(chat), Columns(chat)
    chat.message.fill("Hello")
    columns.choose_models("usage-details", "endless-20ms")
    expect(estimate.line).to_have_text("$0.0000024 without the reply")
    estimate.line.click()
    estimate.expect_row("usage-details", "$0.0000008", "$0.002")
    estimate.expect_row("together", "$0.0000024", "$0.0061")
    columns.choose_models()
    expect(estimate.line).to_have_text("$0.0000008 without the reply")


def test_what_a_long_text_makes_of_the_price_is_told_in_a_line_that_stays_where_it_is(
    app_process: StartApp, scripted: ScriptedServer, page: Page
) -> None:
    variables = scripted.variables | {"TALLY_PROVIDER": "anthropic"}
    chat = ChatPage(page, app_process(variables=variables)).open()
    chat.choose_model("claude-haiku-5-5")
    boxes = []
    for words, kind, says in (
        (90_000, "quiet", r"^\$0\.009 without the reply$"),
        (
            99_000,
            "near",
            r"· ≈ \d+ tokens below 100,000, above which every token you send costs 5 times as much\.$",
        ),
        (
            101_000,
            "near",
            r"· Above 100,000 tokens, every .* costs 5 times as much: \$0\.05 instead of \$0\.01\.",
        ),
    ):
        chat.message.fill((WORD * words).strip())
        expect(Estimate(chat).line).to_have_text(re.compile(says))
        expect(Estimate(chat).line).to_have_class(kind)
        boxes.append(chat.estimate.bounding_box())
    assert boxes == [boxes[0]] * 3


def test_the_end_of_peak_hours_is_told_before_a_message_is_sent(
    app_process: StartApp, scripted: ScriptedServer, page: Page
) -> None:
    variables = {"TALLY_PROVIDER": "deepseek", STANDING_CLOCK: "2026-11-23T03:20:00+00:00"}
    chat = ChatPage(page, app_process(variables=scripted.variables | variables)).open()
    chat.choose_model("deepseek-v4-pro")
    chat.message.fill("Hello")
    Estimate(chat).line.click()
    expect(chat.estimate).to_contain_text("Off-peak in 40 min: half the price.")
    chat.message.fill(WORD * 20_000)
    expect(Estimate(chat).line).to_have_text("$0.03 without the reply · Off-peak in 40 min: half the price.")
