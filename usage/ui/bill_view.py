"""Bill: OpenAI's own figures, from its cost file or its costs API, against the ledger. For the owner only."""

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, date
from typing import Any

import gradio as gr

from usage.accounts import Bill, BillError, bill_sheet, read_cost_file
from usage.ledger import LedgerError
from usage.prices import PricesError, read_day
from usage.reports import ChatNames, sheet_csv, sheet_html
from usage.ui.snippets import lead_html, notice_html
from usage.ui.usage_services import Asker, UsageServices
from usage.ui.view import QUIETLY, WAITING, Shown, Values, View

LARGEST_SENT = 5_000_000  # bytes; in base64 it fits into an event, which may have 8 MB (access/gate.py)
_LEAD = (
    "What OpenAI billed against what Tally recorded, by model and day of UTC. Export the costs from OpenAI’s "
    "dashboard, grouped by line item, as CSV; or let them be fetched with an admin key of the organisation."
)
_ONLY_OWNER = "Only the owner of this app can hold its ledger against the bill."
_NOTHING = "Neither the bill nor the ledger has anything on these days."
# The file goes to the server as part of an event, so that no copy of it is kept in a folder of uploads.
_CHOOSE = f"""<label class="usage-button usage-file">Choose a cost file …
<input type="file" accept=".csv,text/csv" data-most-bytes="{LARGEST_SENT}"></label>"""
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


def create_bill(services: UsageServices) -> View:
    """Lay the view out and wire what is in it; called inside the tabs."""
    with gr.Tab("Bill", id="bill", elem_id="usage-bill") as tab:
        bill = _Bill(services)
    return View(tab, bill.days, bill.outputs, [], bill.show)


class _Bill:
    def __init__(self, services: UsageServices) -> None:
        self._services = services
        gr.HTML(lead_html(_LEAD), apply_default_css=False)
        file = gr.HTML(_CHOOSE, js_on_load=_READ, elem_id="usage-cost-file", elem_classes="usage-owners")
        with gr.Row(elem_classes=["usage-form", "usage-owners"]):
            self._first = gr.Textbox(label="From (UTC)", max_lines=1, elem_id="usage-bill-from")
            self._last = gr.Textbox(label="To (UTC)", max_lines=1, elem_id="usage-bill-to")
            self._key = gr.Textbox(
                label="Admin key",
                type="password",
                placeholder="sk-admin-…",
                elem_id="usage-admin-key",
                html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
            )
            fetch = gr.Button("Fetch from OpenAI", elem_id="usage-fetch-costs")
        gr.HTML(
            lead_html(
                "The key is used for this one question and then forgotten: it is never stored or logged."
            ),
            elem_classes="usage-owners",
            apply_default_css=False,
        )
        self._result = gr.HTML(elem_id="usage-bill-table", apply_default_css=False)
        self.days = [self._first, self._last]
        self.outputs = [self._result, *self.days]
        file.upload(self._read, None, self._result, **QUIETLY)
        # The page lets go of the key as soon as it is sent.
        fetch.click(self._fetch, [*self.days, self._key], [self._result, self._key], **WAITING)

    def show(self, values: Values, asker: Asker) -> Shown:
        """The days to ask for, this month's until somebody enters others; a comparison stays."""
        if not asker.is_owner:
            return {self._result: notice_html(_ONLY_OWNER)}
        today = asker.now.astimezone(UTC).date()
        return {
            self._first: values[self._first] or today.replace(day=1).isoformat(),
            self._last: values[self._last] or today.isoformat(),
        }

    def _read(self, event: gr.EventData, request: gr.Request) -> str:
        sent: dict[str, Any] = event._data or {}

        def bill() -> Bill:
            if sent.get("tooLarge"):
                raise BillError(
                    f"The cost file is larger than {LARGEST_SENT:,} bytes. Export a shorter period."
                )
            try:
                content = base64.b64decode(str(sent.get("content", "")), validate=True)
                return read_cost_file(content, LARGEST_SENT)
            except binascii.Error as exc:
                raise BillError("The cost file did not arrive whole. Choose it again.") from exc

        return self._against(bill, request)

    def _fetch(self, first: str, last: str, key: str, request: gr.Request) -> Shown:
        def bill() -> Bill:
            return self._services.fetch_costs(key, _day("From", first), _day("To", last))

        return {self._result: self._against(bill, request), self._key: ""}

    def _against(self, bill_of: Callable[[], Bill], request: gr.Request) -> str:
        """The comparison with a bill, or why there is none."""
        if not self._services.asker(request).is_owner:
            return notice_html(_ONLY_OWNER)
        try:
            sheet = bill_sheet(self._services.calls, bill_of())
        except (BillError, LedgerError) as exc:
            return notice_html(str(exc))
        # Nothing of the bill is kept, so that its download is in the page itself.
        csv = base64.b64encode(sheet_csv(sheet).encode()).decode()
        download = f"data:text/csv;base64,{csv}"
        return sheet_html(sheet, ChatNames(), nothing=_NOTHING, download=download)


def _day(label: str, typed: str) -> date:
    try:
        return read_day(typed.strip())
    except PricesError as exc:
        raise BillError(f"{label} {exc}.") from exc
