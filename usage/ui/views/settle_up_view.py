"""Settle up: what each person who shares the key owes, statements of it, and marks of what was paid."""

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import gradio as gr

from texts import _
from usage.accounts import settle_entry
from usage.ledger import LedgerError
from usage.reports import ChatNames, Sheet, balances, sheet_html
from usage.ui.routes import statement_links_html
from usage.ui.snippets import done_html, lead, notice_html
from usage.ui.view import QUIETLY, Asker, Shown, UsageServices, Values, View, owner_only
from usage.units import EXACT, AmountError, editable_usd, format_amount, read_usd


class SettleUp:
    """The view, which lays itself out inside the tabs."""

    def __init__(self, services: UsageServices) -> None:
        self._services = services
        with gr.Tab(_("Settle up"), id="settle", elem_id="usage-settle") as tab:
            lead(_("Who owes what for the shared key."))
            self._balances = gr.HTML(elem_id="usage-balances", apply_default_css=False)
            with gr.Row(elem_classes=["usage-form", "usage-owners"]):
                self._person = gr.Dropdown(
                    [], label=_("Person"), elem_id="usage-person", allow_custom_value=True
                )
                self._amount = gr.Textbox(label=_("Amount (USD)"), max_lines=1, elem_id="usage-amount")
                settle = gr.Button(_("Record payment"), elem_id="usage-mark-settled", variant="primary")
            self._told = gr.HTML(elem_id="usage-settled", apply_default_css=False)
            self._statements = gr.HTML(elem_id="usage-statements", apply_default_css=False)
            self._outputs = [self._balances, self._person, self._amount, self._statements, self._told]
            self._person.input(self._choose, self._person, self._outputs, **QUIETLY)
            once: dict[str, Any] = {**QUIETLY, "trigger_mode": "once"}
            write = owner_only(services, self._told, self._settle)
            settle.click(write, {self._person, self._amount}, self._outputs, js=_ask_first(), **once)
        self.view = View(tab, [self._person], self._outputs, [], self._show)

    def _show(self, values: Values, asker: Asker) -> Shown:
        sheet = balances(self._services.calls, asker.sees)
        people = _people(sheet)
        person = values[self._person] if values[self._person] in people else next(iter(people), None)
        nothing = _("After somebody has used the shared key, this shows who owes how much.")
        return {
            self._balances: sheet_html(
                sheet.also_in(asker.currency),
                ChatNames(),
                nothing=nothing,
                download=asker.download("settle"),
                heading=False,
            ),
            self._person: gr.update(choices=people, value=person),
            self._amount: _open_amount(sheet, person),
            self._statements: statement_links_html(person, asker.currency) if person else "",
            self._told: "",
        }

    def _choose(self, person: str | None, request: gr.Request) -> Shown:
        try:
            return self._show({self._person: person}, self._services.asker(request))
        except LedgerError as exc:
            return {self._told: notice_html(str(exc))}

    def _settle(self, values: Values, asker: Asker) -> Shown:
        person, typed = values[self._person], values[self._amount]
        if not person:
            return {self._told: ""}
        try:
            usd = self._append(person, typed)
        except ValueError as exc:
            return {self._told: notice_html(str(exc))}
        done = _("Recorded: {person} paid {amount}.").format(amount=format_amount(usd), person=person)
        return {**self._show(values, asker), self._told: done_html(done)}

    def _append(self, person: str, typed: str) -> Decimal:
        """Write the payment and return its amount. Raises ValueError and LedgerError."""
        if person not in _people(balances(self._services.calls)):
            text = _("{person} has not used the shared key. Choose somebody in the list.")
            raise ValueError(text.format(person=person))
        if not typed.strip():
            raise ValueError(_("Enter the amount that was paid, in USD."))
        try:
            usd = read_usd(typed)
        except AmountError as exc:
            text = _("The amount is “{typed}”: {reason}.")
            raise ValueError(text.format(typed=typed, reason=exc)) from exc
        entry = settle_entry(person, usd, self._services.clock(), self._services.new_id())
        self._services.calls.ledger.append(entry)
        return usd


def _ask_first() -> str:
    """Return the script that asks whether to go on; when the answer is no, it sends no name and no amount."""
    question = _("Record that {person} paid {amount} USD? The ledger keeps this for good.")
    asked = f'{json.dumps(question)}.replace("{{amount}}", () => amount).replace("{{person}}", () => person)'
    return f'(person, amount) => person && confirm({asked}) ? [person, amount] : ["", ""]'


def _people(sheet: Sheet) -> list[str]:
    return [str(row[0]) for row in sheet.rows]


def _open_amount(sheet: Sheet, person: str | None) -> str:
    """Return what a person owes, in whole cents, as that is what people pay; empty when that is nothing."""
    place = [column.name for column in sheet.columns].index("open_usd")
    usd = next((row[place] for row in sheet.rows if row[0] == person), None)
    cents = usd.quantize(Decimal("0.01"), ROUND_HALF_UP, EXACT) if isinstance(usd, Decimal) else Decimal(0)
    return editable_usd(cents) if cents > 0 else ""
