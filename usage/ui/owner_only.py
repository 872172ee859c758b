"""What only the owner of the app may do: each such event asks by itself who it is."""

from collections.abc import Callable
from typing import TypeAlias

import gradio as gr

from usage.accounts import BillError
from usage.ledger import LedgerError
from usage.prices import PricesError
from usage.ui.snippets import notice_html
from usage.ui.usage_services import Asker, UsageServices
from usage.ui.view import Shown, Values

ONLY_OWNER = "Only the owner of this app can do this."

Act: TypeAlias = Callable[[Values, Asker], Shown]
Handler: TypeAlias = Callable[[Values, gr.Request], Shown]


def owner_only(services: UsageServices, told: gr.HTML, act: Act) -> Handler:
    """A listener that does it for the owner and puts into `told` why it could not be done.

    Its event's inputs are a set, whose values `act` gets. LedgerError, PricesError and BillError are said.
    """

    def handle(values: Values, request: gr.Request) -> Shown:
        asker = services.asker(request)
        if not asker.is_owner:
            return {told: notice_html(ONLY_OWNER)}
        try:
            return act(values, asker)
        except (LedgerError, PricesError, BillError) as exc:
            return {told: notice_html(str(exc))}

    return handle
