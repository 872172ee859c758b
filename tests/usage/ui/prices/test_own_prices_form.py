"""Own prices in the Usage tab: saved, changed and removed by the owner, wrong ones named by field or line."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.given_prices import own_price
from tests.helpers.usage_tab import EVIL, KEY, PRICES, TYPED, tab
from usage.prices.own_prices import load_own_prices
from usage.prices.price_fields import PricesError
from usage.ui.prices.own_prices_form import read_price
from usage.ui.snippets import notice_html

LEAST = {"model": "x", "input_usd_per_mtok": "1", "output_usd_per_mtok": "2"}
PRICE = own_price("0.50", 2, endpoint="api.example.com", day=date(2026, 11, 1), context_window=8000)


async def test_an_own_price_is_saved_as_typed(tmp_path: Path) -> None:
    shown = tab(tmp_path).press("usage-save-price", TYPED)
    assert "Saved for new calls." in shown["usage-price-saved"]
    assert load_own_prices(tmp_path / "prices.toml").of("nobody-1") == (PRICE,)
    assert (
        '<th scope="row">nobody-1</th><td>api.example.com</td><td data-exact="20261101">Nov 1, 2026</td>'
        in shown["usage-own-prices"]
    )
    assert f"1 in {tmp_path / 'prices.toml'}, changed on " in shown["usage-price-sources"]
    assert shown["usage-price"]["value"] == KEY


async def test_a_price_that_is_wrong_names_its_field_and_is_not_saved(tmp_path: Path) -> None:
    prices = tab(tmp_path)
    shown = prices.press("usage-save-price", TYPED | {"usage-price-from": "1 November"})
    assert shown["usage-price-saved"] == ""
    assert {name: field["info"] for name, field in shown.items() if name != "usage-price-saved"} == {
        **dict.fromkeys(TYPED, ""),
        "usage-price-from": 'Valid from is "1 November": expected a day such as 2026-11-25',
    }
    assert not (tmp_path / "prices.toml").exists()
    saved = prices.press("usage-save-price", TYPED)
    assert [saved[name]["info"] for name in TYPED] == [""] * len(TYPED)


async def test_a_link_fills_in_a_model_and_where_it_has_no_price(tmp_path: Path) -> None:
    prices = tab(tmp_path)
    shown = prices.press("usage-price-wanted", {"usage-price-wanted": "nobody-1"}, "change")
    assert typed(shown) == {
        **dict.fromkeys(TYPED, ""),
        "usage-price-model": "nobody-1",
        "usage-price-endpoint": "api.example.com",
    }
    other = prices.press("usage-price-wanted", {"usage-price-wanted": EVIL}, "change")
    assert (typed(other)["usage-price-model"], typed(other)["usage-price-endpoint"]) == (EVIL, "")
    assert prices.press("usage-price-wanted", {"usage-price-wanted": ""}, "change") == {
        "usage-price-saved": ""
    }
    refused = tab(tmp_path, person="bob").press("usage-price-wanted", {"usage-price-wanted": "x"}, "change")
    assert refused.keys() == {"usage-price-saved"}


async def test_a_price_that_is_chosen_fills_the_form(tmp_path: Path) -> None:
    prices = tab(tmp_path)
    prices.press("usage-save-price", TYPED)
    shown = prices.press("usage-price", {"usage-price": KEY}, "input")
    assert typed(shown) == {
        **TYPED,
        "usage-price-endpoint": "api.example.com",
        "usage-price-input-usd-per-mtok": "0.5",
        "usage-price-output-usd-per-mtok": "2",
        "usage-price-context-window": "8000",
    }


def typed(shown: Mapping[str, Any]) -> dict[str, str]:
    """What the fields of the form are to hold."""
    return {name: shown[name]["value"] for name in TYPED}


async def test_a_model_without_a_price_fills_its_name_and_endpoint(tmp_path: Path) -> None:
    prices = tab(tmp_path)
    choices = prices.refresh(view=PRICES)["usage-price"]["choices"]
    [(name, key)] = [choice for choice in choices if choice[0].startswith("New: ")]
    assert name == "New: nobody-1 at api.example.com"
    filled = typed(prices.press("usage-price", {"usage-price": key}, "input"))
    assert (filled["usage-price-model"], filled["usage-price-endpoint"]) == ("nobody-1", "api.example.com")
    assert filled["usage-price-input-usd-per-mtok"] == ""


async def test_a_price_is_removed_once_it_is_chosen(tmp_path: Path) -> None:
    prices = tab(tmp_path)
    prices.press("usage-save-price", TYPED)
    for nothing in ("", "no key", '["nobody-1", null, null]'):
        shown = prices.press("usage-remove-price", {"usage-price": nothing})
        assert "Choose the price to remove." in shown["usage-price-saved"]
    assert prices.press("usage-remove-price", {"usage-price": None}) == {"usage-price-saved": ""}
    shown = prices.press("usage-remove-price", {"usage-price": KEY})
    assert "Removed the price of nobody-1." in shown["usage-price-saved"]
    assert typed(shown)["usage-price-model"] == ""
    assert load_own_prices(tmp_path / "prices.toml").of("nobody-1") == ()


async def test_a_broken_file_is_named_by_line_and_the_last_good_prices_hold(tmp_path: Path) -> None:
    prices = tab(tmp_path)
    prices.press("usage-save-price", TYPED)
    file = tmp_path / "prices.toml"
    file.write_text(file.read_text().replace("input_usd_per_mtok", "imput_usd_per_mtok"))
    shown = prices.refresh(view=PRICES)
    assert "imput_usd_per_mtok" in shown["usage-price-sources"]
    assert "line " in shown["usage-price-sources"]
    assert "The earlier prices still apply." in shown["usage-price-sources"]
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


def test_every_field_is_read() -> None:
    typed = {
        "model": " gpt-x ",
        "endpoint": "https://API.example.com:8080/v1",
        "from": "2026-11-25",
        "input_usd_per_mtok": "0.1",
        "cached_input_usd_per_mtok": "$0.01",
        "cache_write_usd_per_mtok": "$ 0,125",
        "output_usd_per_mtok": "10",
        "reasoning_usd_per_mtok": "3",
        "per_request_usd": ".01",
        "context_window": "128,000",
    }
    price = own_price(
        "0.1",
        10,
        date(2026, 11, 25),
        cached_input_usd_per_mtok="0.01",
        cache_write_usd_per_mtok="0.125",
        context_window=128_000,
        endpoint="api.example.com",
        reasoning_usd_per_mtok=3,
        per_request_usd="0.01",
    )
    assert read_price(typed) == ("gpt-x", price)


def test_what_is_left_empty_is_left_out() -> None:
    assert read_price(LEAST | {"cached_input_usd_per_mtok": " "}) == ("x", own_price(1, 2))


@pytest.mark.parametrize(
    ("field", "typed", "reason"),
    [
        ("model", " ", "Model is missing: expected its name as the endpoint calls it"),
        ("input_usd_per_mtok", "", "Input price is missing: expected a number, 0 if it is free"),
        ("output_usd_per_mtok", " ", "Output price is missing: expected a number, 0 if it is free"),
        ("input_usd_per_mtok", "abc", 'Input price is "abc": expected an amount in USD such as 12.50'),
        (
            "input_usd_per_mtok",
            "1,250",
            'Input price is "1,250": expected 1250 or 1.250, as a comma could mean either',
        ),
        (
            "cached_input_usd_per_mtok",
            "0.0000001",
            "Cached input price is 0.0000001: expected at most 6 decimals",
        ),
        (
            "cache_write_usd_per_mtok",
            "10000.01",
            "Cache write price is 10000.01: expected 0 to 10,000 USD",
        ),
        ("per_request_usd", "x", 'Per request price is "x": expected an amount in USD such as 12.50'),
        ("endpoint", "a/b", 'Endpoint is "a/b": expected a host such as api.example.com'),
        ("endpoint", "https://", 'Endpoint is "": expected a host such as api.example.com'),
        ("from", "25.11.2026", 'Valid from is "25.11.2026": expected a day such as 2026-11-25'),
        ("context_window", "0", "Context window is 0: expected a whole number of tokens, 1 or more"),
        ("context_window", "8k", 'Context window is "8k": expected a whole number of tokens, 1 or more'),
    ],
)
def test_what_is_wrong_is_named_by_its_field(field: str, typed: str, reason: str) -> None:
    with pytest.raises(PricesError) as refused:
        read_price(LEAST | {field: typed})
    assert str(refused.value) == reason
