"""Prices in the Usage tab: the list in force, and what becomes of calls without a price."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

from tests.helpers.usage_tab import NOON, PRICES, TYPED, tab
from usage.ledger import CsvLedger
from usage.prices import PriceList, PricesError
from usage.prices.published import built_in_list
from usage.ui.snippets import notice_html


class Updates:
    """A price list that can be updated, or not."""

    problem: str | None = None

    def __init__(self, trouble: str = "") -> None:
        self._trouble = trouble
        self._list = built_in_list()

    def current(self) -> PriceList:
        return self._list

    def fetch(self, now: datetime) -> None:
        if self._trouble:
            raise PricesError(self._trouble)
        self._list = PriceList(built_in_list().snapshot, f"genai-prices of {now.date()}", now.date())

    def forget(self) -> None:
        self._list = built_in_list()


async def test_the_view_names_the_list_and_the_file(tmp_path: Path) -> None:
    sources = tab(tmp_path).refresh(view=PRICES)["usage-price-sources"]
    assert f"<dd>{built_in_list().source}, built in, prices of " in sources
    assert f"none yet; they go into {tmp_path / 'prices.toml'}" in sources


async def test_the_list_is_updated_and_forgotten_only_when_somebody_says_so(tmp_path: Path) -> None:
    prices = tab(tmp_path, price_updates=Updates())
    shown = prices.press("usage-update-prices")
    assert "Prices are up to date." in shown["usage-prices-told"]
    assert "genai-prices of 2026-11-22, fetched at your request" in shown["usage-price-sources"]
    shown = prices.press("usage-forget-prices")
    assert "The built-in prices apply again." in shown["usage-prices-told"]
    assert "built in" in shown["usage-price-sources"]


async def test_a_list_that_cannot_be_fetched_is_said(tmp_path: Path) -> None:
    shown = tab(tmp_path, price_updates=Updates("GitHub cannot be reached.")).press("usage-update-prices")
    assert shown == {"usage-prices-told": notice_html("GitHub cannot be reached.")}


async def test_calls_get_the_price_that_is_known_by_now_as_corrections(tmp_path: Path) -> None:
    prices = tab(tmp_path)
    assert '<td class="figure" data-exact="2">2</td>' in prices.refresh(view=PRICES)["usage-unpriced"]
    assert (
        "No price is known for these calls yet" in prices.press("usage-look-for-prices")["usage-corrections"]
    )
    prices.press("usage-save-price", TYPED)
    before = (tmp_path / "usage.csv").read_bytes()
    ready = prices.press("usage-look-for-prices")["usage-corrections"]
    assert 'class="usage-ready"' in ready
    assert '<td class="figure" data-exact="3" title="$3.00">$3.00</td>' in ready
    assert (tmp_path / "usage.csv").read_bytes() == before
    shown = prices.press("usage-apply-prices")
    assert "2 calls now have a price: $3.00 in total." in shown["usage-corrections"]
    assert "Every call has a price." in shown["usage-unpriced"]
    assert '<dt>Today <small>everyone</small></dt><dd title="$3.00">$3.00</dd>' in shown["usage-figures"]
    assert (tmp_path / "usage.csv").read_bytes().startswith(before)
    corrections = [each for each in CsvLedger(tmp_path / "usage.csv").entries() if each.corrects]
    assert [(each.corrects, each.cost_usd, each.recorded_at) for each in corrections] == [
        ("ann", Decimal("1.5"), NOON),
        ("bob", Decimal("1.5"), NOON),
    ]


async def test_a_price_that_begins_later_does_not_reach_back(tmp_path: Path) -> None:
    prices = tab(tmp_path)
    prices.press("usage-save-price", TYPED | {"usage-price-from": "2026-11-23"})
    assert (
        "No price is known for these calls yet" in prices.press("usage-look-for-prices")["usage-corrections"]
    )


async def test_a_person_sees_only_the_own_calls_without_a_price(tmp_path: Path) -> None:
    shown = tab(tmp_path, person="ann").refresh(view=PRICES)
    assert '<td class="figure" data-exact="1">1</td>' in shown["usage-unpriced"]
    assert 'data-exact="2"' not in shown["usage-unpriced"]
    assert str(tmp_path) not in shown["usage-price-sources"]
    nobody = tab(tmp_path, person="eve").refresh(view=PRICES)
    assert "Every call has a price." in nobody["usage-unpriced"]
    assert "nobody-1" not in str(nobody)
