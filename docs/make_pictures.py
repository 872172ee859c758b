"""Makes the pictures in this folder from the running app: `make pictures`."""

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bench.servers import tally
from docs.example_endpoint import ANSWERS, example_endpoint
from scripts.find_browser import FLAGS, HINT, find_browser
from usage.ledger import Call, CsvLedger, LedgerEntry
from usage.prices import OwnPrices, PriceBook
from usage.units import Endpoint, TokenUsage, cost_of

HERE = Path(__file__).parent
OPENAI = Endpoint("api.openai.com", "openai")
MODELS = ("gpt-6-luna", "gpt-6.1-terra", "gpt-6.1-sol")
DAYS = 24


def main() -> int:
    """Start the app with an example month behind it and take its pictures."""
    path = find_browser()
    if path is None:
        sys.stderr.write(f"{HINT}\n")
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        example_endpoint() as address,
        sync_playwright() as playwright,
    ):
        _write_month(CsvLedger(Path(folder) / "usage.csv"), datetime.now(UTC))
        variables = {
            "OPENAI_BASE_URL": address,
            "OPENAI_API_KEY": "example",
            "TALLY_PROVIDER": "openai",
            "TALLY_MODEL": MODELS[0],
        }
        with tally(Path(folder), variables) as app:
            browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
            _take(browser, app.url)
            browser.close()
    return 0


def _take(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-US")
    page.goto(url)
    for number, question in enumerate(ANSWERS):
        _ask(page, number, question)
    page.locator("#message textarea").fill("And how do I keep only the latest row of each customer?")
    page.wait_for_function("document.querySelector('#estimate').innerText.includes('history')")
    page.screenshot(path=HERE / "chat.png")
    page.get_by_role("tab", name="Usage").click()
    page.locator("#usage-table tbody tr").first.wait_for()
    page.screenshot(path=HERE / "usage.png")
    page.get_by_role("tab", name="What if", exact=True).click()
    page.locator("#usage-what-if-table tbody tr").first.wait_for()
    page.screenshot(path=HERE / "what-if.png")


def _ask(page: Page, number: int, question: str) -> None:
    box = page.locator("#message textarea")
    box.fill(question)
    box.press("Enter")
    page.locator("#chat .thought-group").nth(number).wait_for()
    page.locator("#send").wait_for(state="visible")


def _write_month(ledger: CsvLedger, today: datetime) -> None:
    """A month of calls whose sizes go up and down in a fixed pattern."""
    prices = PriceBook(OwnPrices())
    for number in range(DAYS * 6):
        day, place = divmod(number, 6)
        started_at = today - timedelta(days=DAYS - day, minutes=place * 7)
        model = MODELS[(day * place + place) % len(MODELS)]
        usage = TokenUsage(
            input=900 + 700 * ((day * 5 + place * 3) % 11), output=250 + 90 * ((day + place) % 7)
        )
        price = prices.price(OPENAI, model, usage.input or 0, started_at)
        assert price is not None
        ledger.append(
            LedgerEntry(
                call=Call(
                    id=f"example-{number}",
                    started_at=started_at,
                    user="local",
                    conversation_id=f"example-{day % 5}",
                    turn_id=f"example-{number}",
                    purpose="reply",
                    endpoint=OPENAI,
                    key_owner="app",
                    model=model,
                ),
                status="completed",
                usage=usage,
                usage_source="reported",
                price=price,
                cost_usd=cost_of(price, usage) or Decimal(0),
                resolved_model=model,
                first_token_ms=310,
                duration_ms=2400,
            )
        )


if __name__ == "__main__":
    sys.exit(main())
