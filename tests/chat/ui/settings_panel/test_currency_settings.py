"""The currency beside USD that a person chooses: how it is read, kept, and taken back."""

from dataclasses import dataclass, replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from chat.store import StoreError
from chat.ui import ChatServices
from chat.ui.settings_panel.currency_settings import CurrencyFields, CurrencySettings
from tests.helpers.chats import services_of
from tests.helpers.fakes import Rig
from usage.ledger import NOBODY
from usage.units import Currency, ecb_currencies

EURO = ecb_currencies()["EUR"]
GIVEN = Currency("CHF", Decimal("0.8"))
REQUEST: Any = SimpleNamespace(session_hash="one")


@dataclass
class Page:
    """The fields of somebody, whose events can be called."""

    services: ChatServices
    fields: CurrencyFields

    async def leave(self, code: str, rate: str = "") -> dict[str, Any]:
        """Type into both fields and leave them; gives what changes, by name."""
        return self._named(await self._settings.save(code, rate, REQUEST))

    async def load(self) -> dict[str, Any]:
        return self._named(await self._settings.show(REQUEST))

    def as_if(self, **changes: Any) -> "Page":
        """Return the page with other services."""
        return Page(replace(self.services, **changes), self.fields)

    @property
    def kept(self) -> dict[str, str]:
        return self.services.preferences.all("ada")

    @property
    def currency(self) -> Currency | None:
        """What this person sees amounts in."""
        return self.services.currency(REQUEST)

    @property
    def _settings(self) -> CurrencySettings:
        return CurrencySettings(self.services, self.fields)

    def _named(self, updates: dict[Any, Any]) -> dict[str, Any]:
        names = {self.fields.code: "code", self.fields.rate: "rate", self.fields.kept: "kept"}
        return {names[control]: update for control, update in updates.items()}


@pytest.fixture
async def page(rig: Rig) -> Page:
    """Ada's page. Gradio would make an event loop, which nobody closes, where none is running."""
    with gr.Blocks(analytics_enabled=False):
        return Page(services_of(rig), CurrencyFields())


async def test_without_a_choice_amounts_are_in_usd_alone(page: Page) -> None:
    assert page.currency is None
    shown = await page.load()
    assert (shown["code"]["value"], shown["code"]["info"], shown["rate"]["value"]) == ("", "", "")
    assert shown["code"]["choices"][:2] == [("USD only", ""), ("AUD", "AUD")]


async def test_a_currency_is_kept_and_says_its_rate_and_day(page: Page) -> None:
    left = await page.leave("EUR")
    assert (page.kept, page.currency) == ({"currency": "EUR"}, EURO)
    assert (left["code"]["info"], left["code"]["elem_classes"]) == (EURO.basis, ["set"])
    assert ("value" in left["code"], "value" in left["rate"]) == (False, False)
    shown = await page.load()
    assert (shown["code"]["value"], shown["code"]["info"]) == ("EUR", EURO.basis)


async def test_a_rate_of_ones_own_counts_before_the_ecbs(page: Page) -> None:
    left = await page.leave(" eur ", "0,92")
    assert page.currency == Currency("EUR", Decimal("0.92"))
    assert (left["code"]["value"], left["rate"]["value"], left["kept"]) == ("EUR", "0.92", "EUR 0.92")
    assert left["code"]["info"] == "1 USD = 0.92 EUR, set by hand"
    assert (await page.load())["rate"]["value"] == "0.92"
    await page.leave("EUR", "")
    assert page.currency == EURO


async def test_the_rate_of_one_currency_is_not_taken_for_another(page: Page) -> None:
    await page.leave("EUR", "0.92")
    refused = await page.leave("UAH", "0.92")
    assert (refused["rate"]["value"], page.currency) == ("", Currency("EUR", Decimal("0.92")))
    left = await page.leave("GBP", "0.92")
    assert (left["rate"]["value"], page.currency) == ("", ecb_currencies()["GBP"])


async def test_a_currency_that_the_ecb_does_not_list_takes_a_rate(page: Page) -> None:
    refused = await page.leave("UAH")
    assert refused["code"]["info"].startswith("Expected one of AUD, ")
    assert refused["code"]["info"].endswith("; any other needs a rate of its own.")
    assert (page.kept, "kept" in refused) == ({}, False)
    await page.leave("UAH", "41.50")
    assert page.currency == Currency("UAH", Decimal("41.50"))


@pytest.mark.parametrize(
    ("code", "rate", "field", "says"),
    [
        ("<€>", "", "code", "Expected a currency code, such as EUR."),
        ("EUR", "0", "rate", "Expected the value of 1 USD, such as 0.92."),
        ("EUR", "1,234", "rate", "Expected 1234 or 1.234, as a comma could mean either."),
    ],
)
async def test_what_cannot_be_read_is_told_at_its_field_and_nothing_is_kept(
    page: Page, code: str, rate: str, field: str, says: str
) -> None:
    await page.leave("GBP")
    told = await page.leave(code, rate)
    assert (told[field]["info"], told[field]["elem_classes"]) == (says, ["wrong"])
    assert all("value" not in update for update in told.values())
    assert page.kept == {"currency": "GBP"}
    right = await page.leave("EUR", "0.92")
    assert (right["rate"]["info"], right["rate"]["elem_classes"]) == ("", ["set"])


async def test_usd_only_takes_the_currency_and_its_rate_back(page: Page) -> None:
    await page.leave("EUR", "0.92")
    left = await page.leave("", "0.92")
    assert (left["rate"]["value"], page.kept, page.currency) == ("", {}, None)


async def test_what_is_set_for_everyone_holds_until_a_person_chooses(page: Page) -> None:
    given = page.as_if(given_currency=GIVEN)
    shown = (await given.load())["code"]
    assert shown["choices"][:2] == [("CHF, as set for everyone", ""), ("USD only", "USD")]
    assert (given.currency, shown["info"]) == (GIVEN, GIVEN.basis)
    await given.leave("USD", "0.92")
    assert (given.currency, given.kept) == (None, {"currency": "USD"})
    await given.leave("EUR")
    assert given.currency == EURO


async def test_a_currency_is_one_persons_or_one_pages(page: Page) -> None:
    await page.leave("EUR")
    assert page.as_if(user_of=lambda _: "bob").currency is None
    shared = page.as_if(user_of=lambda _: "guest", shares_name=lambda _: True)
    await shared.leave("GBP")
    assert shared.currency == ecb_currencies()["GBP"]
    other: Any = SimpleNamespace(session_hash="two")
    assert shared.services.currency(other) is None
    nobody = page.as_if(user_of=lambda _: NOBODY)
    await nobody.leave("EUR")
    assert nobody.currency is None


async def test_a_rate_there_is_no_more_is_told_and_amounts_are_in_usd_alone(page: Page) -> None:
    page.services.preferences.set("ada", {"currency": "DEM"})
    shown = (await page.load())["code"]
    assert (shown["value"], shown["elem_classes"], page.currency) == ("DEM", ["wrong"], None)


async def test_a_store_that_cannot_be_written_is_told(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> dict[str, str]:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(type(page.services.preferences), "set", fail)
    assert (await page.leave("EUR"))["code"]["info"] == "The disk is full."
    monkeypatch.setattr(type(page.services.preferences), "all", fail)
    assert page.currency is None
