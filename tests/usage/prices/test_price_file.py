import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.helpers.given_prices import own_price
from usage.prices.book import PriceBook
from usage.prices.own_prices import OwnPrices
from usage.prices.price_fields import PricesError
from usage.prices.price_file import PriceFile
from usage.units import Endpoint

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
GOOD = '[models."x"]\ninput_usd_per_mtok = {rate}\noutput_usd_per_mtok = 2\n'
BAD = '[models."x"]\ninput_usd_per_mtok = "abc"\noutput_usd_per_mtok = 2\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "prices.toml"
    path.write_text(GOOD.format(rate=1))
    return path


def prices(rate: int) -> OwnPrices:
    return OwnPrices({"x": own_price(rate, 2)})


def write(path: Path, content: str) -> None:
    """Put a new file in place of the old, as most editors do."""
    fresh = path.with_suffix(".new")
    fresh.write_text(content)
    fresh.replace(path)


def test_a_price_that_changes_in_the_file_changes_in_the_book(path: Path) -> None:
    book = PriceBook(PriceFile(path).current)
    write(path, GOOD.format(rate=5))
    price = book.price(Endpoint("host"), "x", 1, AT)
    assert price is not None
    assert price.input_usd_per_mtok == 5


def test_a_change_in_place_of_the_same_length_is_seen_too(path: Path) -> None:
    file = PriceFile(path)
    path.write_text(GOOD.format(rate=5))
    # The clock of the file system may not have moved since the first writing.
    os.utime(path, ns=(1, 1))
    assert file.current() == prices(5)


def test_while_the_file_is_wrong_the_last_good_prices_hold_and_it_is_logged_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = PriceFile(path)
    before = file.current()
    write(path, BAD)
    assert file.problem is not None  # even before anybody asks for prices
    assert file.current() is file.current() is before
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert file.problem == (f'{path} line 2, [models."x"] input_usd_per_mtok is "abc": expected a number')
    write(path, GOOD.format(rate=5))
    assert file.current() == prices(5)
    assert file.problem is None


def test_a_file_that_comes_or_goes_counts(path: Path) -> None:
    path.unlink()
    file = PriceFile(path)
    assert file.current() == OwnPrices()
    write(path, GOOD.format(rate=1))
    assert file.current() == prices(1)
    path.unlink()
    assert file.current() == OwnPrices()
    assert file.problem is None


def test_a_file_that_is_wrong_at_the_start_is_an_error(path: Path) -> None:
    write(path, BAD)
    with pytest.raises(PricesError) as caught:
        PriceFile(path)
    assert str(caught.value).startswith(f"{path} line 2, ")


def test_many_threads_see_only_whole_prices(path: Path) -> None:
    file = PriceFile(path)
    seen: list[OwnPrices] = []

    def look() -> None:
        seen.extend(file.current() for _ in range(300))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for rate in (5, 1, 5, 1, 5):
        write(path, GOOD.format(rate=rate))
    for thread in threads:
        thread.join()
    assert all(each in (prices(1), prices(5)) for each in seen)
    assert file.current() == prices(5)
    assert file.problem is None
