"""Drives the budgets on the page: the fields in the settings, and what is drawn of them elsewhere."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.driving import PRICES, ChatPage, endpoint_variables
from tests.conftest import StartApp
from tests.helpers.ledger_entries import an_entry
from tests.servers.app_process import AppProcess
from tests.servers.scripted import ScriptedServer
from usage.ledger import CsvLedger

DAY, MONTH, HERE = "Daily budget", "Monthly budget", "Budget of this conversation"


class Budgets:
    """The fields in the settings, and what is drawn of budgets elsewhere."""

    def __init__(self, chat: ChatPage) -> None:
        self.chat = chat
        self.note = chat.page.locator("#budget-note")
        self.line = chat.estimate.locator("summary")
        self.bars = chat.spend.locator(".limit")
        self.warning = chat.spend.locator("p")
        self.toast = chat.page.get_by_test_id("toast-body")

    def field(self, label: str) -> Locator:
        """A field, once the settings are open."""
        self.chat.set_up()
        return self.chat.setting(label)

    def set(self, label: str, amount: str, shown: str) -> None:
        """Type an amount, leave the field, and wait until it is shown as it was read."""
        field = self.field(label)
        field.fill(amount)
        field.press("Tab")
        expect(field).to_have_value(shown)


def start(
    app_process: StartApp, scripted: ScriptedServer, folder: Path, spent: str = "0", **budgets: str
) -> AppProcess:
    """The app with prices and these budgets, where one person has spent so much today."""
    own = PRICES.replace("usage-none", "full-length")
    (folder / "prices.toml").write_text(own)
    if Decimal(spent):
        call = an_entry(call_id="earlier", started_at=datetime.now(UTC), cost_usd=Decimal(spent))
        CsvLedger(folder / "usage.csv").append(call)
    given = {f"TALLY_{name}_USD": usd for name, usd in budgets.items()}
    return app_process(variables={**endpoint_variables(scripted), **given}, data_dir=folder)
