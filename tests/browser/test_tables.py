"""Tables in replies: whole words, each table scrolls within itself, and the page never does."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Pages
from tests.browser.driving import ChatPage
from tests.browser.stored import store_comparison, store_conversation
from tests.servers.app_process import AppProcess

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

    for folded in chat.chat.locator(".thought-group .title").all():
        folded.click()
    expect(chat.chat.locator(".thought-group tbody tr", has_text="Exact cost")).to_be_visible()
    assert_whole(page, "#chat .thought-group", 5)


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

    page.locator("#compare summary.receipt").filter(visible=True).first.click()
    assert_whole(page, "#compare .compared-head", 1)
