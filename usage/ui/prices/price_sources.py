"""Where prices come from: the list in force and how to update it, and the file of own prices."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from html import escape
from pathlib import Path
from typing import TypeAlias

import gradio as gr
from gradio.components import Component

from texts import N_, _
from usage.prices import OwnPrices, PriceList
from usage.ui.snippets import done_html, lead, notice_html
from usage.ui.view import WAITING, Asker, Shown, UsageServices, Values, owner_only
from usage.units import format_day

_UPDATE = N_(
    "Updating downloads the latest genai-prices list from GitHub, only when you press the button. "
    "Nothing about you is sent."
)
_IN_FORCE = N_("The earlier prices still apply.")

ShowAll: TypeAlias = Callable[[Asker], Shown]


class PriceSources:
    """The list, the file, and the buttons. `show_all` fills the whole view once prices have changed."""

    def __init__(self, services: UsageServices, show_all: ShowAll) -> None:
        self._services = services
        self._show_all = show_all
        self._sources = gr.HTML(elem_id="usage-price-sources", apply_default_css=False)
        with gr.Row(elem_classes=["usage-form", "usage-owners"]):
            self._update = gr.Button(_("Update prices now"), elem_id="usage-update-prices")
            self._forget = gr.Button(_("Use the built-in list"), elem_id="usage-forget-prices")
        lead(_(_UPDATE), elem_classes="usage-owners")
        self._told = gr.HTML(elem_id="usage-prices-told", apply_default_css=False)
        self.outputs = [self._sources]

    def wire(self, outputs: list[Component]) -> None:
        """Connect the buttons; `outputs` are what `show_all` fills."""
        for button, act in ((self._update, self._fetch), (self._forget, self._go_back)):
            handler = owner_only(self._services, self._told, act)
            button.click(handler, set(), [*outputs, self._told], **WAITING)

    def show(self, asker: Asker) -> Shown:
        """Show the list, the file, and what is wrong with either."""
        own, updates = self._services.own_prices, self._services.price_updates
        html = sources_html(updates.current(), own.path, own.current(), asker.now, is_owner=asker.is_owner)
        if not asker.is_owner:
            return {self._sources: html}
        problems = [f"{text}. {_(_IN_FORCE)}" for text in (own.problem, updates.problem) if text]
        return {self._sources: html + "".join(map(notice_html, problems))}

    def _fetch(self, _values: Values, asker: Asker) -> Shown:
        self._services.price_updates.fetch(self._services.clock())
        return self._show_all(asker) | {self._told: done_html(_("Prices are up to date."))}

    def _go_back(self, _values: Values, asker: Asker) -> Shown:
        self._services.price_updates.forget()
        return self._show_all(asker) | {self._told: done_html(_("The built-in prices apply again."))}


def sources_html(price_list: PriceList, path: Path, own: OwnPrices, now: datetime, *, is_owner: bool) -> str:
    """Say which list is in force, how old it is, and what is in the file of own prices; `now` is local.

    Only the owner is told where the file is on the server.
    """
    as_of = price_list.as_of(now.date())
    if price_list.fetched_on:
        listed = _("{source}, fetched at your request")
    else:
        listed = _("{source}, built in, prices of {day}") if as_of else _("{source}, built in")
    shown = path if is_owner else Path(path.name)
    return (
        f'<dl class="usage-sources"><dt>{escape(_("Price list"))}</dt>'
        f"<dd>{escape(listed.format(source=price_list.source, day=as_of and format_day(as_of)))}</dd>"
        f"<dt>{escape(_('Your prices'))}</dt><dd>{escape(_file(path, shown, own, now.tzinfo))}</dd></dl>"
    )


def _file(path: Path, shown: Path, own: OwnPrices, zone: tzinfo | None) -> str:
    try:
        changed = datetime.fromtimestamp(path.stat().st_mtime, zone).date()
    except OSError:
        return _("none yet; they go into {path}").format(path=shown)
    text = _("{count} in {path}, changed on {day}")
    return text.format(count=f"{len(list(own)):,}", path=shown, day=format_day(changed))
