"""How text looks, what of it is copied, and that tables keep words whole."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat_page import ChatPage, Columns
from tests.browser.conftest import Pages
from tests.browser.stored import store_comparison, store_conversation
from tests.servers.app_process import AppProcess
from tests.servers.scripted import PRICED_MODEL

TRICKY_REPLY = """A vector<int> costs $5 and $10, and $x^2$ is a formula.

![remote](http://example.org/picture.png) <img src="http://example.org/other.png">

<script>window.harmed = true</script>"""


def test_markdown_code_formulas_and_diagrams_are_rendered(chat: ChatPage) -> None:
    chat.choose_model("markdown")
    chat.ask("Show me everything")

    expect(chat.chat.get_by_role("heading", name="Rich text")).to_be_visible()
    table = chat.chat.locator("table").first
    expect(table.get_by_role("cell", name="table")).to_be_visible()
    formulas = chat.chat.locator(".katex-mathml annotation")
    expect(formulas).to_have_text(["a_1^2", "b_1^2", "c_1^2", "d_1^2"])
    expect(chat.chat.locator(".katex-display")).to_have_count(2)
    expect(chat.chat.locator(".mermaid svg")).to_contain_text("Ask")
    expect(chat.chat).to_contain_text("It costs $5 today.")
    assert chat.page.evaluate("window.harmed") is None

    code = chat.chat.locator("pre", has_text="def area")
    assert code.locator("span[class]").count() > 3
    code.hover()
    chat.chat.get_by_role("button", name="Copy code").first.click()
    assert chat.clipboard() == "def area(radius: float) -> float:\n    return 3.14 * radius**2"


def test_tags_and_money_stay_readable_and_nothing_remote_is_loaded(
    pages: Pages, page: Page, tally: AppProcess
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: asked.remove(request.url))
    question = (
        "# Is vector<int> $5 or $10? <script>window.harmed = true</script>\n\n    __init__  2*3*4 $$y$$"
    )
    conversation_id = store_conversation(tally.data_dir, "Tricky text", [(question, TRICKY_REPLY)])
    pages.expected += ["Content Security Policy", "example.org"]

    chat = ChatPage(page, tally).open(conversation_id)

    assert chat.questions.inner_text() == question
    expect(chat.chat.get_by_role("heading")).to_have_text(["You", "earlier"])
    expect(chat.replies.first).to_contain_text("A vector<int> costs $5 and $10, and ")
    expect(chat.chat.locator(".katex-mathml annotation")).to_have_text(["x^2"])
    assert page.evaluate("window.harmed") is None
    assert [address for address in asked if "example.org" in address] == []

    chat.questions.first.hover()
    assert chat.copy_message() == question


def test_reasoning_is_folded_above_the_reply(chat: ChatPage) -> None:
    chat.choose_model("reasoning-content")
    chat.ask("Think first")
    folded = chat.chat.locator(".thought-group").first
    expect(folded).to_have_text("Reasoning", use_inner_text=True)
    folded.get_by_role("button", name="Reasoning").press("Enter")
    expect(folded).to_contain_text("First I think, then I answer.")
    expect(chat.replies.first).to_contain_text("word1 word2")
    above, below = folded.bounding_box(), chat.replies.first.bounding_box()
    assert above
    assert below
    assert above["y"] < below["y"]


ADDRESS = "https://example.org/" + "a-part-of-an-address-that-nobody-would-break-by-hand/" * 12
TABLES = f"""| Aspect | Advantages | Disadvantages |
|:-------|:----:|-----:|
| Running cost | Electricity costs less per kilometre than petrol, and there is no oil to change, so \
the yearly bill is usually lower | Fast chargers on motorways can cost as much as petrol, and the price \
differs a lot between operators and countries |
| Price | 35000 | 42000 |

- In a list:

  | Lisbon | days |
  |---|---|
  | Geschwindigkeitsbegrenzung | Alfama and the castle, then down to the river |

  1. And deeper:

     | Key | Value |
     |---|---|
     | address | {ADDRESS} |
     | `some_identifier_in_code` | {"x" * 500} |

> | a quotation | with | seven | columns | noticeably | wide | altogether |
> |---|---|---|---|---|---|---|
> | Electricity | kilometre | Disadvantages | motorways | countries | operators | chargers |
"""
WINDOWS = [(1280, 800), (390, 844)]
# The words of a table's cells that stand on more than one line, but for those that no table could keep whole.
TORN = """(table) => {
  const torn = [];
  const texts = document.createTreeWalker(table, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const word of texts.currentNode.data.matchAll(/\\S+/g)) {
      if (word[0].length > 30) continue;
      const range = document.createRange();
      range.setStart(texts.currentNode, word.index);
      range.setEnd(texts.currentNode, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) torn.push(word[0]);
    }
  }
  return torn;
}"""
# What a table and its surroundings are wide: itself, what it holds, the message that it is in.
WIDTHS = """(table) => {
  const message = table.closest(".md, .compared").getBoundingClientRect();
  const { left, right } = table.getBoundingClientRect();
  return { sticksOut: left < message.left - 1 || right > message.right + 1,
           scrolls: table.scrollWidth > table.clientWidth,
           canScroll: getComputedStyle(table).overflowX };
}"""


def assert_whole(page: Page, within: str, count: int) -> list[dict[str, Any]]:
    """Assert that tables keep words whole and stay inside their message; returns how wide they are."""
    tables = page.locator(within).locator("table").filter(visible=True)
    expect(tables).to_have_count(count)
    widths = []
    for table in tables.all():
        assert table.evaluate(TORN) == [], table.inner_text()[:80]
        widths.append(table.evaluate(WIDTHS))
        assert not widths[-1]["sticksOut"], table.inner_text()[:80]
        assert widths[-1]["canScroll"] == "auto"
    size = page.viewport_size
    assert size is not None
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    return widths


@pytest.mark.parametrize(("width", "height"), WINDOWS)
def test_words_in_tables_are_whole_and_wide_tables_scroll_in_themselves(
    pages: Pages, tally: AppProcess, width: int, height: int
) -> None:
    said = [("Compare", TABLES)]
    conversation_id = store_conversation(
        tally.data_dir, f"Tables {width}", said, model="a-model-with-a-long-name/" * 6, reasoning=TABLES
    )
    page = pages.open(width, height)
    chat = ChatPage(page, tally).open(conversation_id)
    expect(chat.replies.first.locator("table")).to_have_count(4)
    widths = assert_whole(page, "#chat [data-testid=bot] > .message-content", 4)
    assert any(each["scrolls"] for each in widths)

    for folded in chat.chat.locator(".thought-group .title, .receipt > summary").all():
        folded.click()
    expect(chat.chat.locator(".receipt tr", has_text="Exact cost")).to_be_visible()
    assert_whole(page, "#chat :is(.thought-group, .receipt)", 5)


@pytest.mark.parametrize(("width", "height"), WINDOWS)
def test_so_they_do_in_the_columns_of_a_comparison(
    pages: Pages, tally: AppProcess, width: int, height: int
) -> None:
    replies = {"first-model": TABLES, "second-model": TABLES, "third-model": TABLES}
    conversation_id = store_comparison(tally.data_dir, f"Columns {width}", replies)
    page = pages.open(width, height)
    ChatPage(page, tally).open(conversation_id)
    expect(page.locator("#compare .compared-reply table").filter(visible=True)).to_have_count(12)
    widths = assert_whole(page, "#compare .compared-reply", 12)
    assert any(each["scrolls"] for each in widths)

    page.locator("#compare details.receipt > summary").filter(visible=True).first.click()
    assert_whole(page, "#compare .compared-head", 1)


REPLY = (
    "\n  A vector<int> costs $5, and $x^2$ is a formula.\n\n"
    "| a | b |\n|---|---|\n| $y$ | \\(z\\) |\n\n```make\nall:\n\tcc $A $B\n```\n"
    "\tindented\n\n<b>bold</b> \u2060\n"
)
WORDS = "".join(f"word{number} " for number in range(1, 41))
EIGHT_WORDS = "".join(f"word{number} " for number in range(1, 9))
WITHOUT_CLIPBOARD = "delete Navigator.prototype.clipboard; delete Crypto.prototype.randomUUID;"


def pasted(chat: ChatPage) -> str:
    """Return what was copied last, pasted into the message box: a page may have no clipboard for scripts."""
    chat.message.fill("")
    chat.message.press("Control+V")
    return chat.message.input_value()


@pytest.mark.parametrize("prepared", ["", WITHOUT_CLIPBOARD])
def test_copy_takes_the_reply_as_the_model_wrote_it(prepared: str, pages: Pages, tally: AppProcess) -> None:
    page = pages.open()
    said = [("First?", "One."), (" Second?\n\n", REPLY), ("Third?", "Three.")]
    conversation_id = store_conversation(tally.data_dir, f"Own text {len(prepared)}", said)
    page.add_init_script(prepared)
    chat = ChatPage(page, tally).open(conversation_id)
    for position, texts in enumerate(said):
        for name, text in zip(("Copy message", "Copy reply"), texts, strict=True):
            chat.press_copy(name, position)
            assert pasted(chat) == text


def test_copy_leaves_out_reasoning_and_what_tally_adds_unless_the_cost_is_asked_for(chat: ChatPage) -> None:
    chat.choose_model("reasoning-content")
    receipt = chat.ask("Think first")
    chat.press_copy("Copy reply")
    assert pasted(chat) == EIGHT_WORDS
    chat.choose_model("length")
    chat.ask("How does it end?")
    chat.press_copy("Copy reply", 1)
    assert pasted(chat) == EIGHT_WORDS
    chat.press_copy("Copy reply with cost")
    assert pasted(chat) == f"{EIGHT_WORDS}\n\n{receipt}"


def test_copy_takes_what_has_come_of_a_running_reply(chat: ChatPage) -> None:
    chat.choose_model("held-6")
    chat.send("Take your time")
    expect(chat.replies.first).to_have_text("word1 word2 word3")
    chat.press_copy("Copy reply")
    assert pasted(chat) == "word1 word2 word3 "


def test_each_column_of_a_comparison_has_its_own_text(chat: ChatPage) -> None:
    columns = Columns(chat)
    columns.choose_models("usage-details")
    chat.send("  Which of you?")
    columns.expect_all_ended(2)
    for model, text in ((PRICED_MODEL, WORDS), ("usage-details", EIGHT_WORDS)):
        column = columns.column(model)
        column.get_by_role("button", name="Copy reply", exact=True).click()
        expect(column.get_by_role("button", name="Copied", exact=True)).to_be_visible()
        assert pasted(chat) == text
    chat.questions.first.hover()
    chat.press_copy()
    assert pasted(chat) == "  Which of you?"


def test_a_text_that_cannot_be_had_is_said_and_nothing_is_copied(chat: ChatPage, pages: Pages) -> None:
    chat.ask("Copy me")
    chat.press_copy()
    chat.page.route(
        "**/message?*", lambda route: route.fulfill(status=401, json={"error": "Sign in to see this."})
    )
    pages.expected += ["401", "Sign in to see this"]
    chat.chat.get_by_role("button", name="Copy reply", exact=True).click()
    expect(chat.notice).to_have_text(
        "The message could not be copied. Sign in to see this. Reload the page and try again."
    )
    assert pasted(chat) == "Copy me"
    chat.chat.get_by_role("button", name="Edit message", exact=True).click()
    expect(chat.notice).to_have_text(
        "The message could not be opened. Sign in to see this. Reload the page and try again."
    )
    chat.page.unroute("**/message?*")
    chat.press_copy("Copy reply")
    expect(chat.notice).to_be_hidden()
