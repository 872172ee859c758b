"""A ledger of several people and models, and the Usage tab over it as a person uses it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Download, Locator, Page, expect

from tests.browser.stored import store_conversation
from tests.helpers.ledger_entries import an_entry
from tests.servers.app_process import AppProcess
from usage.ledger import CsvLedger, LedgerEntry
from usage.units import TokenUsage

VARIABLES = {
    "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
    "OPENAI_API_KEY": "sk-of-the-app",
    "TALLY_PROVIDER": "openai",
    "TALLY_MODEL": "gpt-6-luna",
    "TALLY_TIMEZONE": "UTC",
}
TITLE = "SQL windows"


def write_spending(data_dir: Path) -> None:
    """Write a conversation, and calls of three people with three models, one of which has no price."""
    chat = store_conversation(data_dir, TITLE, [("How do they work?", "Over rows.")])
    ledger = CsvLedger(data_dir / "usage.csv")
    for entry in _entries(chat, datetime.now(UTC)):
        ledger.append(entry)


def _entries(chat: str, now: datetime) -> Iterator[LedgerEntry]:
    """Yield twelve calls, one a day up to today; their costs are 0.1, 0.2, … 1.2 dollars by age."""
    people = ("local", "ann", "bob")
    for age in range(12):
        yield an_entry(
            call_id=f"spent-{age}",
            started_at=now - timedelta(days=age),
            user=people[age % 3],
            conversation_id=chat if age % 3 == 0 else f"chat-{people[age % 3]}-{age}",
            model=("gpt-6-luna", "gpt-6.1-sol")[age % 2],
            endpoint="127.0.0.1",
            cost_usd=Decimal(age + 1) / 10,
        )
    yield an_entry(
        call_id="unpriced",
        started_at=now,
        model="nobody-1",
        resolved_model=None,
        endpoint="127.0.0.1",
        usage=TokenUsage(input=1_000_000, output=0),
        cost_usd=None,
        price_source="unknown",
        service_tier=None,
        conversation_id=chat,
    )


class UsagePage:
    """The Usage tab in one page of a browser."""

    def __init__(self, page: Page, app: AppProcess) -> None:
        self.page = page
        self._app = app
        self.figures = page.locator("#usage-figures dd")
        self.table = page.locator("#usage-table")

    def open(self, view: str = "Overview") -> "UsagePage":
        """Load the page and go to a view; returns once the tab's figures are there."""
        self.page.goto(self._app.url)
        self.page.get_by_role("tab", name="Usage", exact=True).click()
        expect(self.figures).to_have_count(4)
        if view != "Overview":
            self.go(view)
        return self

    def go(self, view: str) -> None:
        self.page.get_by_role("tab", name=view, exact=True).click()

    def choose(self, elem_id: str, option: str) -> None:
        """Choose an option of a list."""
        self.page.locator(f"#{elem_id} input").click()
        self.page.get_by_role("option", name=option, exact=True).click()

    def period(self, name: str) -> Locator:
        """Return the pill of a period."""
        return self.page.locator("#usage-period").get_by_role("radio", name=name, exact=True)

    def choose_period(self, name: str) -> None:
        self.page.locator("#usage-period").get_by_text(name, exact=True).click()

    def field(self, elem_id: str) -> Locator:
        """Return the text box of a control."""
        return self.page.locator(f"#{elem_id} input, #{elem_id} textarea").first

    def button(self, elem_id: str) -> Locator:
        return self.page.locator(f"#{elem_id}")

    def rows(self, elem_id: str = "usage-table") -> Locator:
        """Return the rows of a table that are not filtered out, without its total."""
        return self.page.locator(f"#{elem_id} tbody tr:visible")

    def column(self, heading: str, elem_id: str = "usage-table") -> list[str]:
        """Return the texts of a column, top to bottom."""
        table = self.page.locator(f"#{elem_id} table")
        headings = [text.strip() for text in table.locator("thead th").all_inner_texts()]
        place = headings.index(heading) + 1
        return self.rows(elem_id).locator(f"> :nth-child({place})").all_inner_texts()

    def heading(self, name: str, elem_id: str = "usage-table") -> Locator:
        """Return the button in the heading of a column."""
        return self.page.locator(f"#{elem_id} thead").get_by_role("button", name=name, exact=True)

    def total(self, elem_id: str = "usage-table") -> Locator:
        return self.page.locator(f"#{elem_id} tfoot tr").first

    def download(self, link: Locator) -> tuple[str, str]:
        """Follow a link to a download; its name and text."""
        with self.page.expect_download() as waiting:
            link.click()
        got: Download = waiting.value
        return got.suggested_filename, Path(got.path()).read_text()


def overflow(page: Page) -> tuple[int, int]:
    """Return by how many pixels the page, and the Usage tab in it, are wider than they show."""
    wide = page.evaluate(
        "() => [document.scrollingElement, document.querySelector('#usage-tab')]"
        ".map((each) => each.scrollWidth - each.clientWidth)"
    )
    return wide[0], wide[1]


def contrast(page: Page, selector: str, what: str) -> float:
    """Return the contrast of an element's colour (`what` is a CSS property) to the page behind it."""
    shown = page.locator(selector).first.evaluate(
        "(element, what) => [element, document.body]"
        ".map((each, place) => getComputedStyle(each)[place ? 'backgroundColor' : what])",
        what,
    )
    lighter, darker = sorted(map(_luminance, shown), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [float(channel) / 255 for channel in re.findall(r"[\d.]+", colour)[:3]]
    linear = [each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
