import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from genai_prices import __version__

from tests.helpers.published import GPT, Publisher, published, publisher
from usage.prices.book import PriceBook
from usage.prices.own_prices import OwnPrices
from usage.prices.price_fields import PricesError
from usage.prices.price_updates import PriceUpdates
from usage.units import Endpoint

NOW = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
BUILT_IN = f"genai-prices {__version__}"
FETCHED = "genai-prices of 2026-11-25"
OPENAI = Endpoint("api.openai.com", "openai")
KEPT = "The prices in force stay as they are."


@pytest.fixture
def server() -> Iterator[Publisher]:
    with publisher() as state:
        yield state


def updates(server: Publisher, folder: Path) -> PriceUpdates:
    return PriceUpdates(folder, server.url)


@pytest.fixture
def newer(server: Publisher, tmp_path: Path) -> PriceUpdates:
    """The updates before anything was fetched."""
    return updates(server, tmp_path)


def rates(book: PriceBook, at: datetime, tokens: int = 1000, tier: str | None = None) -> str:
    price = book.price(OPENAI, "gpt-7", tokens, at, tier)
    if price is None:
        return "unknown"
    return f"{price.input_usd_per_mtok} {price.cached_input_usd_per_mtok} {price.output_usd_per_mtok}"


def test_without_a_fetched_list_the_built_in_one_holds_and_nobody_is_asked(
    server: Publisher, newer: PriceUpdates
) -> None:
    current = newer.current()
    assert (current.source, current.fetched_on, server.asked) == (BUILT_IN, None, [])
    assert rates(PriceBook(OwnPrices, newer.current), NOW) == "unknown"
    assert current.as_of(date(2026, 7, 29)) < current.as_of(date(2026, 7, 30)) == date(2026, 7, 30)  # type: ignore[operator]
    assert current.as_of(date(2000, 1, 1)) is None


def test_a_fetched_list_is_in_force_at_once_with_all_its_conditions(
    server: Publisher, newer: PriceUpdates
) -> None:
    book = PriceBook(OwnPrices, newer.current)
    newer.fetch(NOW)
    october, night = datetime(2026, 10, 31, 12, tzinfo=UTC), datetime(2026, 11, 26, 3, 59, tzinfo=UTC)
    assert rates(book, NOW) == "0.1 0.18 2"
    assert rates(book, NOW, tokens=1001) == "0.3 0.18 2"
    assert rates(book, NOW, tier="flex") == "0.1 0.18 1"
    assert rates(book, october) == "1 1 4.5"
    assert rates(book, night) == "9 9 9"
    assert book.context_window(OPENAI, "gpt-7") == 500_000
    price = book.price(OPENAI, "gpt-7", 1, NOW)
    assert price is not None
    assert price.source == FETCHED
    assert newer.current().as_of(date(2026, 12, 31)) == date(2026, 11, 25)
    assert server.asked == ["/data.json"]


def test_a_fetched_list_holds_in_every_copy_of_the_app_until_it_is_forgotten(
    server: Publisher, newer: PriceUpdates, tmp_path: Path
) -> None:
    other = updates(server, tmp_path)
    assert other.current().source == BUILT_IN
    newer.fetch(NOW)
    later = updates(server, tmp_path)
    assert (other.current().source, later.current().source) == (FETCHED, FETCHED)
    later.forget()
    assert (later.current().source, updates(server, tmp_path).current().source) == (BUILT_IN, BUILT_IN)
    later.forget()
    assert server.asked == ["/data.json"]


def model(**fields: Any) -> bytes:
    return json.dumps(published(GPT | fields)).encode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>", "it is not what was fetched"),
        (b"\xef\xbb\xbf[]", "it is not what was fetched"),
        (b"[" * 100_000, "it is not what was fetched"),
        (b"{}", "it is not a list of providers"),
        (b"[1]", "it is not a list of providers"),
        (b"[]", "it has 0 providers, expected 20 or more"),
        (json.dumps(published(providers=19)).encode(), "it has 19 providers, expected 20 or more"),
        (json.dumps(published()[1:] * 2).encode(), "it has no prices for OpenAI"),
        (json.dumps([{"id": "x"}] * 20).encode(), "it has another form than expected: "),
        (model(prices=[]), "it has no price for gpt-7"),
        (model(prices={"input_mtok": -1}), "it has a price of -1 for gpt-7"),
        (model(prices={"input_mtok": 1e9}), "it has a price of 1000000000"),
        (model(prices={"input_mtok": "much"}), "it has another form than expected: "),
        (model(match={"regex": "("}), "it has another form than expected: "),
        (model(match={}), "it has another form than expected: "),
        (model(match=[]), "it has another form than expected: "),
    ],
)
def test_what_is_no_price_list_changes_nothing(
    server: Publisher, newer: PriceUpdates, tmp_path: Path, body: bytes, reason: str
) -> None:
    newer.fetch(NOW)
    before = (tmp_path / "genai-prices.json").read_bytes()
    server.body = body
    with pytest.raises(PricesError) as refused:
        newer.fetch(NOW)
    assert str(refused.value).startswith(f"What 127.0.0.1 sent is not a price list: {reason}")
    assert str(refused.value).endswith(f". {KEPT}")
    assert "\n" not in str(refused.value)
    assert (tmp_path / "genai-prices.json").read_bytes() == before
    assert newer.current().source == FETCHED


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        *((status, b"", f"answered {status} and no prices") for status in (304, 404, 500)),
        (200, b" " * 32_000_001, "sends far more than a price list"),
    ],
)
def test_an_answer_without_a_list_says_so(
    server: Publisher, newer: PriceUpdates, status: int, body: bytes, reason: str
) -> None:
    server.status, server.body = status, body
    with pytest.raises(PricesError, match=f"^127.0.0.1 {reason}. {KEPT}$"):
        newer.fetch(NOW)


@pytest.mark.slow
def test_offline_it_says_that_nobody_can_be_reached(tmp_path: Path) -> None:
    with publisher() as gone:
        pass
    newer = updates(gone, tmp_path)
    with pytest.raises(PricesError) as refused:
        newer.fetch(NOW)
    assert str(refused.value) == f"Cannot reach 127.0.0.1. Check your connection, then try again. {KEPT}"
    assert newer.current().source == BUILT_IN


def test_an_answer_that_takes_too_long_is_cut_off(server: Publisher, tmp_path: Path) -> None:
    moments = iter([0.0, 60.0, 60.1])
    server.body = b" " * 1_000_000
    slow = PriceUpdates(tmp_path, server.url, lambda: next(moments))
    with pytest.raises(PricesError, match=f"^127.0.0.1 took more than 60 seconds. {KEPT}$"):
        slow.fetch(NOW)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b'{"fetched_at": 1, "providers": []}', b'{"fetched_at": "2026-11-25"}'],
)
def test_a_damaged_file_is_reported_and_the_built_in_list_holds(
    newer: PriceUpdates, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "genai-prices.json"
    path.write_bytes(content)
    assert newer.current().source == BUILT_IN
    assert (newer.problem or "").startswith(f"{path} is damaged (")
    newer.fetch(NOW)
    assert newer.problem is None
    assert newer.current().source == FETCHED


def test_a_file_that_is_damaged_later_leaves_the_list_in_force(newer: PriceUpdates, tmp_path: Path) -> None:
    newer.fetch(NOW)
    (tmp_path / "genai-prices.json").write_bytes(b"{")
    assert newer.current().source == FETCHED
    assert newer.problem is not None


def test_a_folder_that_cannot_be_written_is_named(server: Publisher, tmp_path: Path) -> None:
    folder = tmp_path / "missing"
    with pytest.raises(PricesError) as refused:
        updates(server, folder).fetch(NOW)
    path = folder / "genai-prices.json"
    assert str(refused.value) == f"{path} cannot be written: No such file or directory. {KEPT}"
