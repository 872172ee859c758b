"""Own prices in the Usage tab: saved, changed and removed by the owner, wrong ones named by field or line."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from tests.helpers.given_prices import own_price
from tests.helpers.usage_tab import EVIL, KEY, PRICES, TYPED, tab
from usage.prices.own_prices import load_own_prices
from usage.ui.snippets import notice_html

PRICE = own_price("0.50", 2, endpoint="api.example.com", day=date(2026, 11, 1), context_window=8000)


async def test_an_own_price_is_saved_as_typed(tmp_path: Path) -> None:
    shown = tab(tmp_path).press("usage-save-price", TYPED)
    assert "Saved." in shown["usage-price-saved"]
    assert load_own_prices(tmp_path / "prices.toml").of("nobody-1") == (PRICE,)
    assert (
        '<th scope="row">nobody-1</th><td>api.example.com</td><td>2026-11-01</td>'
        in shown["usage-own-prices"]
    )
    assert f"1 in {tmp_path / 'prices.toml'}, changed on " in shown["usage-price-sources"]
    assert shown["usage-price"]["value"] == KEY


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("model", " ", "Model is missing"),
        ("input-usd-per-mtok", "", "Input price is missing"),
        ("output-usd-per-mtok", "two", "Output price is"),
        ("from", "1 November", "Valid from is"),
        ("endpoint", "a/b", "Endpoint is"),
    ],
)
async def test_a_price_that_is_wrong_names_its_field(
    tmp_path: Path, field: str, typed: str, says: str
) -> None:
    shown = tab(tmp_path).press("usage-save-price", TYPED | {f"usage-price-{field}": typed})
    assert says in shown["usage-price-saved"]
    assert not (tmp_path / "prices.toml").exists()


async def test_a_price_that_is_chosen_fills_the_form(tmp_path: Path) -> None:
    prices = tab(tmp_path)
    prices.press("usage-save-price", TYPED)
    shown = prices.press("usage-price", {"usage-price": KEY}, "input")
    assert shown == {
        **TYPED,
        "usage-price-endpoint": "api.example.com",
        "usage-price-input-usd-per-mtok": "0.5",
        "usage-price-output-usd-per-mtok": "2",
        "usage-price-context-window": "8000",
        "usage-price-saved": "",
    }


async def test_a_model_without_a_price_fills_its_name_and_endpoint(tmp_path: Path) -> None:
    prices = tab(tmp_path)
    choices = prices.refresh(view=PRICES)["usage-price"]["choices"]
    [(name, key)] = [choice for choice in choices if choice[0].startswith("New: ")]
    assert name == "New: nobody-1 at api.example.com"
    filled = prices.press("usage-price", {"usage-price": key}, "input")
    assert (filled["usage-price-model"], filled["usage-price-endpoint"]) == ("nobody-1", "api.example.com")
    assert filled["usage-price-input-usd-per-mtok"] == ""


async def test_a_price_is_removed_once_it_is_chosen(tmp_path: Path) -> None:
    prices = tab(tmp_path)
    prices.press("usage-save-price", TYPED)
    for nothing in ("", "no key", '["nobody-1", null, null]'):
        shown = prices.press("usage-remove-price", {"usage-price": nothing})
        assert "Choose the price that is to be removed." in shown["usage-price-saved"]
    assert prices.press("usage-remove-price", {"usage-price": None}) == {"usage-price-saved": ""}
    shown = prices.press("usage-remove-price", {"usage-price": KEY})
    assert "The price of nobody-1 is removed." in shown["usage-price-saved"]
    assert shown["usage-price-model"] == ""
    assert load_own_prices(tmp_path / "prices.toml").of("nobody-1") == ()


async def test_a_broken_file_is_named_by_line_and_the_last_good_prices_hold(tmp_path: Path) -> None:
    prices = tab(tmp_path)
    prices.press("usage-save-price", TYPED)
    file = tmp_path / "prices.toml"
    file.write_text(file.read_text().replace("input_usd_per_mtok", "imput_usd_per_mtok"))
    shown = prices.refresh(view=PRICES)
    assert "imput_usd_per_mtok" in shown["usage-price-sources"]
    assert "line " in shown["usage-price-sources"]
    assert "What was read before stays in force." in shown["usage-price-sources"]
    assert '<th scope="row">nobody-1</th>' in shown["usage-own-prices"]
    assert "imput_usd_per_mtok" in prices.press("usage-save-price", TYPED)["usage-price-saved"]


@pytest.mark.parametrize(
    ("button", "told"),
    [
        ("usage-update-prices", "usage-prices-told"),
        ("usage-forget-prices", "usage-prices-told"),
        ("usage-look-for-prices", "usage-corrections"),
        ("usage-apply-prices", "usage-corrections"),
        ("usage-save-price", "usage-price-saved"),
        ("usage-remove-price", "usage-price-saved"),
    ],
)
async def test_nobody_but_the_owner_changes_prices(tmp_path: Path, button: str, told: str) -> None:
    tab(tmp_path).press("usage-save-price", TYPED)
    files = contents(tmp_path)
    shown = tab(tmp_path, person="bob").press(button, TYPED | {"usage-price": KEY})
    assert shown == {told: notice_html("Only the owner of this app can do this.")}
    assert contents(tmp_path) == files


def contents(folder: Path) -> Mapping[str, bytes]:
    """All files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


async def test_names_are_escaped(tmp_path: Path) -> None:
    shown = tab(tmp_path).press("usage-save-price", TYPED | {"usage-price-model": EVIL})
    assert "<img" not in shown["usage-own-prices"]
