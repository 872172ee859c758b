"""Makes the pictures in this folder from the running app: `make pictures`."""

import sys
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bench.servers import tally
from chat.store import ConversationStore, LimitsStore
from docs.pictures.example_endpoint import ANSWERS, example_endpoint
from scripts.find_browser import FLAGS, HINT, find_browser
from tests.helpers.realistic_data import make_realistic_data
from usage.ledger import LOCAL_USER

HERE = Path(__file__).parent
COMPARED = ("gpt-6.1-terra", "gpt-6-astra")  # with the model of the other pictures


def main() -> int:
    """Start the app as after a year of use and take its pictures."""
    path = find_browser()
    if path is None:
        sys.stderr.write(f"{HINT}\n")
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        example_endpoint() as address,
        sync_playwright() as playwright,
    ):
        make_realistic_data(Path(folder), datetime.now(UTC).replace(microsecond=0))
        _raise_budgets(Path(folder))
        variables = {
            "OPENAI_BASE_URL": address,
            "OPENAI_API_KEY": "example",
            "TALLY_PROVIDER": "openai",
            "TALLY_MODEL": "gpt-6-luna",
        }
        with tally(Path(folder), variables) as app:
            browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
            _take(browser, app.url)
            browser.close()
    return 0


def _raise_budgets(folder: Path) -> None:
    """Leave room for the questions in the pictures."""
    store = ConversationStore(f"sqlite:///{folder / 'tally.db'}")
    limits = LimitsStore(store.database)
    limits.set_own(LOCAL_USER, "day", Decimal(10))
    limits.set_own(LOCAL_USER, "month", Decimal(30))
    store.close()


def _take(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-US")
    page.goto(url)
    for number, question in enumerate(ANSWERS):
        _ask(page, number, question)
    page.locator("#message textarea").fill("And how do I keep only the latest row of each customer?")
    page.wait_for_function("document.querySelector('#estimate').innerText.includes('$')")
    page.emulate_media(color_scheme="dark")
    _shoot(page, "chat-dark")
    _take_phone(browser, page.url)
    page.emulate_media(color_scheme="light")
    _take_usage(page)
    page.get_by_role("tab", name="Chat", exact=True).click()
    _take_comparison(page)


def _take_phone(browser: Browser, address: str) -> None:
    page = browser.new_page(
        viewport={"width": 390, "height": 844},
        device_scale_factor=2,
        has_touch=True,
        is_mobile=True,
        locale="en-US",
    )
    page.goto(address)
    page.locator("#chat .receipt").nth(len(ANSWERS) - 1).wait_for()
    _shoot(page, "phone")
    page.close()


def _take_usage(page: Page) -> None:
    page.get_by_role("tab", name="Usage").click()
    page.locator("#usage-table tbody tr").first.wait_for()
    _shoot(page, "usage")


def _take_comparison(page: Page) -> None:
    page.locator("#new-chat").click()
    page.wait_for_function("document.activeElement.matches('#message textarea')")
    page.locator("#model-chip").click()
    page.locator("#model-compare").click()
    for model in COMPARED:
        page.locator("#model-list").get_by_role("option", name=model).first.click()
    page.keyboard.press("Escape")
    box = page.locator("#message textarea")
    box.fill(next(iter(ANSWERS)))
    box.press("Enter")
    page.locator("#compare .receipt > summary").nth(len(COMPARED)).wait_for()
    _shoot(page, "compare")


def _ask(page: Page, number: int, question: str) -> None:
    box = page.locator("#message textarea")
    box.fill(question)
    box.press("Enter")
    page.locator("#chat .receipt").nth(number).wait_for()
    page.locator("#send").wait_for(state="visible")


def _shoot(page: Page, name: str) -> None:
    page.screenshot(path=HERE / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    sys.exit(main())
