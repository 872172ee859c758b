"""What is left in the accounts that pay for calls: a button that asks the endpoints. For the owner only."""

import asyncio
from collections.abc import AsyncGenerator

import gradio as gr

from texts import _
from usage.ui.snippets import done_html, notice_html
from usage.ui.view import QUIETLY, Account, AccountError, Asker, UsageServices


def create_balance_check(services: UsageServices) -> None:
    """Lay out the button and, below its line, what comes of it; called inside a `gr.Row`.

    CSS shows the button where there is an account to ask about.
    """
    button = gr.Button(_("Check balance"), elem_id="usage-check-balance", elem_classes="usage-button")
    told = gr.HTML(elem_id="usage-account-balances", apply_default_css=False)

    async def check_balances(request: gr.Request) -> AsyncGenerator[str, None]:
        asker = services.asker(request)
        if not asker.is_owner:
            yield notice_html(_("Only the owner of this app can do this."))
            return
        yield done_html(_("Asking …"))
        yield "".join(await asyncio.gather(*(_told(each, asker) for each in services.accounts())))

    button.click(check_balances, None, told, **QUIETLY | {"trigger_mode": "once"})


async def _told(account: Account, asker: Asker) -> str:
    """Ask about an account; return what is left there, or why that is not known."""
    try:
        balance = await account.balance()
    except AccountError as exc:
        reason = str(exc)
        if not reason.startswith(account.name):
            reason = _("{account}: {reason}").format(account=account.name, reason=reason)
        return notice_html(reason)
    text = _("{account}: {balance} (asked at {time})")
    return done_html(text.format(account=account.name, balance=balance, time=f"{asker.now:%H:%M}"))
