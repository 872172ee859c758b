"""Drives the page as a person does, and reads what it shows."""

import csv
import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.servers.app_process import AppProcess
from tests.servers.scripted import ScriptedServer

APP_KEY = "sk-of-the-app"

PRICED_MODEL = "stream-40x5ms"
PRICED_MODELS = (
    PRICED_MODEL,
    *("endless-20ms", "usage-none", "usage-details"),
    *("cut-reset", "cut-close", "cut-clean", "error-event", "broken-json"),
)
PRICES = "\n".join(
    f'[models."{name}"]\ninput_usd_per_mtok = 0.10\noutput_usd_per_mtok = 0.50\n'
    "cached_input_usd_per_mtok = 0.01\ncontext_window = 4000\n"
    for name in PRICED_MODELS
)

# Gradio gives controls that were hidden their values once more, in the frame after it shows them.
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

Row = dict[str, str]


class ChatPage:
    """The app in one page of a browser."""

    def __init__(self, page: Page, app: AppProcess) -> None:
        self.page = page
        self._app = app
        self.chat = page.locator("#chat")
        self.message = page.locator("#message textarea")
        self.model = page.get_by_role("combobox", name="Model")
        self.notice = page.locator("#notice")
        self.estimate = page.locator("#estimate")
        self.spend = page.locator("#spend")
        self.conversations = page.locator("#conversations")
        self.questions = self.chat.get_by_test_id("user")
        self.replies = self.chat.locator("[data-testid=bot] > .message-content")
        self.receipts = self.chat.locator(".thought-group .title").filter(has_text=" · ")

    def open(self, conversation_id: str = "") -> "ChatPage":
        """Go to a new chat or a conversation; returns once a message can be written."""
        self.page.goto(f"{self._app.url}/?c={conversation_id}" if conversation_id else self._app.url)
        self.wait_until_ready()
        return self

    def reload(self) -> None:
        """Load the page anew."""
        self.page.reload()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait for the lists that the server fills after the page is there."""
        expect(self.message).to_be_enabled()
        expect(self.model).not_to_have_value("")
        expect(self.spend).to_contain_text("This month")

    def new_chat(self) -> None:
        """Begin a new chat; returns once all that follows from it is done."""
        self.page.locator("#new-chat").click()
        expect(self.questions).to_have_count(0)
        expect(self.message).to_be_focused()

    @property
    def conversation_id(self) -> str:
        """The conversation that the address names."""
        return self.page.url.partition("?c=")[2]

    def send(self, text: str) -> None:
        """Write a message and press Enter."""
        self.message.fill(text)
        self.message.press("Enter")

    def ask(self, text: str) -> str:
        """Send a message and wait for the receipt of its reply; returns the receipt."""
        shown = self.receipts.count()
        self.send(text)
        return self.receipt(shown)

    def receipt(self, position: int = 0) -> str:
        """The text of a receipt, once that many stand before it and it is the last."""
        expect(self.receipts).to_have_count(position + 1)
        expect(self.page.locator("#send")).to_be_visible()
        return self.receipts.nth(position).inner_text().strip()

    def choose_model(self, name: str) -> None:
        """Type a model's name, whether or not it is on the list."""
        self.model.click()
        self.model.fill(name)
        self.model.press("Enter")
        expect(self.model).to_have_value(re.compile(rf"^{re.escape(name)}( · .+)?$"))

    def set_up(self, **values: str) -> None:
        """Fill in settings by their labels, with _ for a blank."""
        opener = self.page.locator("#settings").get_by_role("button", name="Settings")
        if not self.setting("System prompt").is_visible():
            opener.click()
            expect(self.setting("System prompt")).to_be_visible()
            self.page.evaluate(TWO_FRAMES)
        for label, value in values.items():
            self.setting(label.replace("_", " ")).fill(value)
            self.setting(label.replace("_", " ")).press("Tab")

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a setting."""
        self.setting(label).click()
        self.page.get_by_role("option", name=option, exact=True).click()

    def setting(self, label: str) -> Locator:
        """The control with this label."""
        return self.page.locator("#settings").get_by_label(label)

    def press_last(self, name: str) -> None:
        """Press the last message's button of this name."""
        button = self.chat.get_by_role("button", name=name, exact=True).last
        button.hover()
        button.click()

    def edit(self, position: int, text: str | None) -> None:
        """Put a text in place of a question, or leave it as it is, and send it."""
        self.questions.nth(position).hover()
        self.chat.get_by_role("button", name="Edit", exact=True).nth(position).click()
        if text is not None:
            self.chat.locator("textarea").fill(text)
        self.chat.get_by_role("button", name="Submit", exact=True).click()

    def details(self, position: int) -> Row:
        """What a receipt opens to."""
        self.receipts.nth(position).click()
        opened = self.chat.locator(".thought-group").filter(has_text=" · ").nth(position)
        expect(opened.locator("tbody tr").first).to_be_visible()
        texts = [row.locator("td").all_inner_texts() for row in opened.locator("tbody tr").all()]
        return dict(texts)

    def spent(self, what: str) -> str:
        """The exact figure in the sidebar: "This chat", "Today" or "This month"."""
        return self.amount(what).get_attribute("data-exact") or ""

    def amount(self, what: str) -> Locator:
        """Where that figure stands."""
        return self.spend.locator("dt", has_text=what).locator("xpath=following-sibling::dd[1]")


def endpoint_variables(endpoint: ScriptedServer) -> dict[str, str]:
    """The environment of an app that has this endpoint behind it."""
    return {
        "OPENAI_BASE_URL": endpoint.url,
        "OPENAI_API_KEY": APP_KEY,
        "TALLY_MODEL": PRICED_MODEL,
        "TALLY_TIMEZONE": "UTC",
    }


def ledger(data_dir: Path, conversation_id: str = "") -> list[Row]:
    """The rows of usage.csv, of one conversation where it is named."""
    with (data_dir / "usage.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if conversation_id in ("", row["conversation_id"])]
