"""The currency that a person sees amounts in beside USD, and its rate: kept as soon as a field is left."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr
from gradio.events import Dependency

from chat.store import Keeper, StoreError
from chat.ui.chat_services import CURRENCY, CURRENCY_RATE, ChatServices
from texts import _
from usage.budgets import sentence
from usage.ledger import NOBODY
from usage.units import (
    USD,
    AmountError,
    CurrencyError,
    currency_of,
    ecb_currencies,
    editable_usd,
    read_code,
    read_rate,
)

Updates = dict[Any, Any]


class CurrencyFields:
    """The controls. A field says itself what it cannot read; `kept` changes when something else is kept."""

    def __init__(self) -> None:
        """Lay out the fields inside the settings."""
        with gr.Row():
            self.code = gr.Dropdown(
                [(_("USD only"), "")],
                value="",
                label=_("Also show amounts in"),
                allow_custom_value=True,
                elem_id="currency",
            )
            self.rate = gr.Textbox(
                label=_("Rate (1 USD =)"), placeholder=_("The ECB’s"), max_lines=1, elem_id="currency-rate"
            )
        self.kept = gr.Textbox(visible="hidden", label="Kept")


@dataclass(frozen=True)
class CurrencySettings:
    """The handlers. Budgets and what is recorded stay in USD."""

    services: ChatServices
    fields: CurrencyFields

    def wire(self, built: Dependency, how: dict[str, Any], then: dict[str, Any]) -> None:
        """Connect the fields, there after `built`; `then` is what follows when something else is kept."""
        code, rate, kept = self.fields.code, self.fields.rate, self.fields.kept
        built.then(self.show, None, [code, rate], **how)
        left = [code.input, rate.blur, rate.submit]
        gr.on(left, self.save, [code, rate], [code, rate, kept], trigger_mode="always_last", **how)
        kept.change(**then)

    async def show(self, request: gr.Request) -> Updates:
        """Show what a person has set, and offer the currencies that the ECB has a rate for."""
        return await asyncio.to_thread(self._show, self.services.keeper(request))

    def _show(self, keeper: Keeper) -> Updates:
        own, fields = self._own(keeper), self.fields
        code, rate = own.get(CURRENCY, ""), own.get(CURRENCY_RATE, "")
        shown, _kept = self._read(code, rate)
        kept: Updates = {
            fields.code: {"value": code, "choices": self._choices()},
            fields.rate: {"value": rate},
        }
        return {field: {**shown.get(field, gr.update()), **values} for field, values in kept.items()}

    async def save(self, code: str | None, rate: str | None, request: gr.Request) -> Updates:
        """Keep what stands in the fields; what cannot be read is told at its field, and nothing is kept."""
        return await asyncio.to_thread(self._save, code or "", rate or "", self.services.keeper(request))

    def _save(self, code: str, rate: str, keeper: Keeper) -> Updates:
        fields = self.fields
        try:
            own = self._own(keeper)
            is_of_another = rate == own.get(CURRENCY_RATE) and code != own.get(CURRENCY)
            its_rate = "" if is_of_another else rate
            shown, kept = self._read(code, its_rate)
            if kept and keeper.user != NOBODY:
                self.services.preferences.set(keeper.user, kept, keeper.page)
        except StoreError as exc:
            return {fields.code: _wrong(str(exc))}
        texts = kept or {CURRENCY: code, CURRENCY_RATE: its_rate}
        for field, typed, text in (
            (fields.code, code, texts[CURRENCY]),
            (fields.rate, rate, texts[CURRENCY_RATE]),
        ):
            if text != typed:  # what stays as it is is not sent: the person may be typing there by now
                shown[field]["value"] = text
        return shown | ({fields.kept: " ".join(kept.values())} if kept else {})

    def _read(self, code: str, rate: str) -> tuple[Updates, Mapping[str, str] | None]:
        """Return what the fields say to these texts, and what of them is kept: None of what is wrong."""
        fields = self.fields
        try:
            read = read_rate(rate)
        except AmountError as exc:
            return {fields.rate: _wrong(sentence(f"{exc}."))}, None
        try:
            known = read_code(code)
            currency = currency_of(known, read)
        except CurrencyError as exc:
            return {fields.code: _wrong(sentence(f"{exc}.")), fields.rate: _right(rate)}, None
        kept = {CURRENCY: known, CURRENCY_RATE: editable_usd(read) if currency else ""}
        shown = currency if known else self.services.given_currency
        told = {
            fields.code: _right(known, shown.basis if shown else ""),
            fields.rate: _right(kept[CURRENCY_RATE]),
        }
        return told, kept

    def _choices(self) -> list[tuple[str, str]]:
        given = self.services.given_currency
        first = [(_("USD only"), "")]
        if given:
            first = [(_("{code}, as set for everyone").format(code=given.code), ""), (_("USD only"), USD)]
        return [*first, *((code, code) for code in ecb_currencies())]

    def _own(self, keeper: Keeper) -> dict[str, str]:
        return {} if keeper.user == NOBODY else self.services.preferences.all(*keeper)


def _right(text: str, info: str = "") -> Any:
    return gr.update(info=escape(info), elem_classes=["set"] if text else [])


def _wrong(reason: str) -> Any:
    return gr.update(info=escape(reason), elem_classes=["wrong"])
