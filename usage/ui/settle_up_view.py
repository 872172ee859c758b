"""Settle up: what each person who shares the key owes, statements of it, and marks of what was paid."""

from decimal import Decimal
from typing import Any

import gradio as gr

from usage.accounts import settle_entry
from usage.ledger import LedgerError
from usage.reports import ChatNames, Sheet, balances, sheet_html
from usage.ui.routes import statement_links_html
from usage.ui.snippets import done_html, lead_html, notice_html
from usage.ui.usage_services import Asker, UsageServices
from usage.ui.view import QUIETLY, Shown, Values, View
from usage.units import AmountError, exact_usd, format_amount, read_usd

_LEAD = "For a key that several people share: what each has used and not yet paid for."
_NOTHING = "Here you will see who owes how much for the shared key."
_ASK_FIRST = """(person, amount) => person && confirm(
  `Mark ${amount} USD of ${person} as settled? This adds an entry to the ledger that stays.`
) ? [person, amount] : ["", ""]"""


def create_settle_up(services: UsageServices) -> View:
    """Lay the view out and wire what is in it; called inside the tabs."""
    with gr.Tab("Settle up", id="settle", elem_id="usage-settle") as tab:
        settling = _SettleUp(services)
    return View(tab, [settling.person], settling.outputs, [], settling.show)


class _SettleUp:
    def __init__(self, services: UsageServices) -> None:
        self._services = services
        gr.HTML(lead_html(_LEAD), apply_default_css=False)
        self._balances = gr.HTML(elem_id="usage-balances", apply_default_css=False)
        with gr.Row(elem_classes=["usage-form", "usage-owners"]):
            self.person = gr.Dropdown([], label="Person", elem_id="usage-person", allow_custom_value=True)
            self._amount = gr.Textbox(label="Amount (USD)", max_lines=1, elem_id="usage-amount")
            settle = gr.Button("Mark as settled", elem_id="usage-mark-settled", variant="primary")
        self._told = gr.HTML(elem_id="usage-settled", apply_default_css=False)
        self._statements = gr.HTML(elem_id="usage-statements", apply_default_css=False)
        self.outputs = [self._balances, self.person, self._amount, self._statements, self._told]
        self.person.input(self._choose, self.person, self.outputs, **QUIETLY)
        once: dict[str, Any] = {**QUIETLY, "trigger_mode": "once"}
        settle.click(self._settle, [self.person, self._amount], self.outputs, js=_ASK_FIRST, **once)

    def show(self, values: Values, asker: Asker) -> Shown:
        """The balances, and what the person who is chosen has open."""
        sheet = balances(self._services.calls, asker.sees)
        people = _people(sheet)
        person = values[self.person] if values[self.person] in people else next(iter(people), None)
        download = "download/settle.csv"
        return {
            self._balances: sheet_html(
                sheet, ChatNames(), nothing=_NOTHING, download=download, heading=False
            ),
            self.person: gr.update(choices=people, value=person),
            self._amount: _open_amount(sheet, person),
            self._statements: statement_links_html(person) if person else "",
            self._told: "",
        }

    def _choose(self, person: str | None, request: gr.Request) -> Shown:
        try:
            return self.show({self.person: person}, self._services.asker(request))
        except LedgerError as exc:
            return {self._told: notice_html(str(exc))}

    def _settle(self, person: str, typed: str, request: gr.Request) -> Shown:
        asker = self._services.asker(request)
        if not asker.is_owner:
            return {self._told: notice_html("Only the owner of this app can mark something as settled.")}
        if not person:
            return {self._told: ""}
        try:
            usd = self._append(person, typed)
            shown = self.show({self.person: person}, asker)
        except AmountError as exc:
            return {self._told: notice_html(f"The amount is “{typed}”: {exc}.")}
        except (ValueError, LedgerError) as exc:
            return {self._told: notice_html(str(exc))}
        return {**shown, self._told: done_html(f"{format_amount(usd)} of {person} is settled.")}

    def _append(self, person: str, typed: str) -> Decimal:
        """Write the settlement and return its amount. Raises ValueError and LedgerError."""
        people = _people(balances(self._services.calls))
        if person not in people:
            raise ValueError(f"{person} has not used the shared key: choose one of the people in the list.")
        if not typed.strip():
            raise ValueError("Enter the amount that was paid, in USD.")
        usd = read_usd(typed)
        self._services.ledger.append(
            settle_entry(person, usd, self._services.clock(), self._services.new_id())
        )
        return usd


def _people(sheet: Sheet) -> list[str]:
    return [str(row[0]) for row in sheet.rows]


def _open_amount(sheet: Sheet, person: str | None) -> str:
    """What a person owes, with every digit; empty when that is nothing."""
    place = [column.name for column in sheet.columns].index("open_usd")
    usd = next((row[place] for row in sheet.rows if row[0] == person), None)
    return exact_usd(usd) if isinstance(usd, Decimal) and usd > 0 else ""
