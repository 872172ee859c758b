"""Bill: OpenAI's own figures, from its cost file or its costs API, against the ledger. For the owner only."""

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, date
from html import escape
from typing import Any

import gradio as gr

from texts import _
from usage.accounts import Bill, BillError, bill_sheet, read_cost_file
from usage.ledger import LedgerError
from usage.prices import PricesError, read_day
from usage.reports import ChatNames, sheet_csv, sheet_html
from usage.ui.snippets import lead, notice_html
from usage.ui.view import QUIETLY, WAITING, Asker, Shown, UsageServices, Values, View

LARGEST_SENT = 5_000_000  # bytes; in base64 it fits into an event, which may have 8 MB (access/gate.py)
# The file goes to the server as part of an event, so that no copy of it is kept in a folder of uploads.
_READ = """
element.addEventListener('change', async ({target}) => {
  const file = target.files && target.files[0];
  if (!file) return;
  const tooLarge = file.size > Number(target.dataset.mostBytes);
  const content = tooLarge ? '' : await tallyUsage.base64(file);
  target.value = '';
  trigger('upload', {content, tooLarge});
});
"""


class BillView:
    """The view, which lays itself out inside the tabs."""

    def __init__(self, services: UsageServices) -> None:
        self._services = services
        with gr.Tab(_("Bill"), id="bill", elem_id="usage-bill") as tab:
            lead(_what_for())
            file = gr.HTML(
                _file_html(), js_on_load=_READ, elem_id="usage-cost-file", elem_classes="usage-owners"
            )
            with gr.Row(elem_classes=["usage-form", "usage-owners"]):
                self._first = gr.Textbox(label=_("From (UTC)"), max_lines=1, elem_id="usage-bill-from")
                self._last = gr.Textbox(label=_("To (UTC)"), max_lines=1, elem_id="usage-bill-to")
                self._key = gr.Textbox(
                    label=_("Admin key"),
                    type="password",
                    placeholder="sk-admin-…",
                    elem_id="usage-admin-key",
                    html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
                )
                fetch = gr.Button(_("Fetch from OpenAI"), elem_id="usage-fetch-costs")
            text = _("The key is sent to OpenAI once and then forgotten. It is never stored or logged.")
            lead(text, elem_classes="usage-owners")
            self._result = gr.HTML(elem_id="usage-bill-table", apply_default_css=False)
            self._days = [self._first, self._last]
            outputs = [self._result, *self._days]
            file.upload(self._read, None, self._result, **QUIETLY)
            # The page lets go of the key as soon as it is sent.
            fetch.click(self._fetch, [*self._days, self._key], [self._result, self._key], **WAITING)
        self.view = View(tab, self._days, outputs, [], self._show)

    def _show(self, values: Values, asker: Asker) -> Shown:
        """Fill in the days to ask for, this month's until somebody enters others; a comparison stays."""
        if not asker.is_owner:
            return {self._result: _only_owner_html()}
        today = asker.now.astimezone(UTC).date()
        return {
            self._first: values[self._first] or today.replace(day=1).isoformat(),
            self._last: values[self._last] or today.isoformat(),
        }

    def _read(self, event: gr.EventData, request: gr.Request) -> str:
        sent: dict[str, Any] = event._data if isinstance(event._data, dict) else {}

        def bill() -> Bill:
            if sent.get("tooLarge"):
                text = _("The cost file is larger than {bytes} bytes. Export a shorter period.")
                raise BillError(text.format(bytes=f"{LARGEST_SENT:,}"))
            try:
                content = base64.b64decode(str(sent.get("content", "")), validate=True)
                return read_cost_file(content, LARGEST_SENT)
            except binascii.Error as exc:
                raise BillError(_("The cost file arrived incomplete. Choose it again.")) from exc

        return self._against(bill, request)

    def _fetch(self, first: str, last: str, key: str, request: gr.Request) -> Shown:
        def bill() -> Bill:
            return self._services.fetch_costs(key, _day(_("From"), first), _day(_("To"), last))

        return {self._result: self._against(bill, request), self._key: ""}

    def _against(self, bill_of: Callable[[], Bill], request: gr.Request) -> str:
        """Return the comparison with a bill, or why there is none."""
        asker = self._services.asker(request)
        if not asker.is_owner:
            return _only_owner_html()
        try:
            sheet = bill_sheet(self._services.calls, bill_of()).also_in(asker.currency)
        except (BillError, LedgerError) as exc:
            return notice_html(str(exc))
        # Nothing of the bill is kept, so that its download is in the page itself.
        csv = base64.b64encode(sheet_csv(sheet).encode()).decode()
        nothing = _("Neither the bill nor the ledger has anything for these days.")
        return sheet_html(sheet, ChatNames(), nothing=nothing, download=f"data:text/csv;base64,{csv}")


def _what_for() -> str:
    return _(
        "Compare OpenAI’s bill with what Tally recorded, by model and UTC day. Export the costs from "
        "OpenAI’s dashboard as CSV, grouped by line item, or fetch them with your organization’s admin key."
    )


def _file_html() -> str:
    return (
        f'<label class="usage-button usage-file">{escape(_("Choose a cost file …"))}\n'
        f'<input type="file" accept=".csv,text/csv" data-most-bytes="{LARGEST_SENT}"></label>'
    )


def _only_owner_html() -> str:
    return notice_html(_("Only the owner of this app can compare its ledger with the bill."))


def _day(label: str, typed: str) -> date:
    try:
        return read_day(typed.strip())
    except PricesError as exc:
        raise BillError(f"{label} {exc}.") from exc
