"""Own prices: which holds where and when, how the file is read, and how what is wrong in it is named."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.given_prices import own_price
from usage.prices.book import PriceBook
from usage.prices.own_prices import OwnPrice, OwnPrices, line_of, load_own_prices
from usage.prices.price_fields import PricesError
from usage.units import Endpoint

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)
HOST = "api.example.com"
FIELDS = (
    "endpoint, from, input_usd_per_mtok, cached_input_usd_per_mtok, cache_write_usd_per_mtok, "
    "output_usd_per_mtok, reasoning_usd_per_mtok, cache_write_1h_usd_per_mtok, "
    "same_as, per_request_usd, context_window"
)
PRICED = "input_usd_per_mtok = 1\noutput_usd_per_mtok = 2\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "prices.toml"


def own(rate: int, day: date | None = None, endpoint: str | None = None) -> OwnPrice:
    return own_price(rate, 2 * rate, day=day, endpoint=endpoint)


OLD, NEW, HERE = own(1), own(2, date(2026, 11, 25)), own(9, date(2026, 1, 1), HOST)


@pytest.mark.parametrize(
    ("prices", "host", "model", "at", "found"),
    [
        ((HERE,), "API.example.com", "x", AT, HERE),
        ((HERE,), "other.example.com", "x", AT, None),
        ((OLD,), "other.example.com", "x", AT, OLD),
        ((OLD,), "other.example.com", "x-2", AT, None),
        # Before its first day there is no price.
        ((NEW,), HOST, "x", AT - timedelta(days=1), None),
        ((NEW,), HOST, "x", AT, NEW),
        # A price for the host goes before a later one for all.
        ((OLD, HERE, NEW), HOST, "x", AT, HERE),
        ((OLD, HERE, NEW), "other.example.com", "x", AT, NEW),
        ((OLD, HERE, NEW), HOST, "x", datetime(2025, 12, 31, tzinfo=UTC), OLD),
        # A day begins at midnight UTC, wherever the call was made.
        *(
            ((NEW, OLD), HOST, "x", moment.astimezone(timezone(timedelta(hours=hours))), found)
            for hours in (-12, 0, 14)
            for moment, found in ((MIDNIGHT - timedelta(microseconds=1), OLD), (MIDNIGHT, NEW))
        ),
    ],
)
def test_the_latest_price_that_has_begun_holds(
    prices: tuple[OwnPrice, ...], host: str, model: str, at: datetime, found: OwnPrice | None
) -> None:
    assert OwnPrices({"x": prices}).find(host, model, at) == found


def test_before_an_own_price_begins_the_listed_one_holds() -> None:
    book = PriceBook(lambda: OwnPrices({"gpt-4o": own(7, date(2026, 11, 25))}))
    prices = [book.price(Endpoint(HOST, "openai"), "gpt-4o", 1, at) for at in (AT - timedelta(days=1), AT)]
    assert [str(price.input_usd_per_mtok) for price in prices if price] == ["2.5", "7"]


def test_the_context_window_is_that_of_the_newest_price_that_names_one() -> None:
    first = own_price(1, 1, context_window=1000)
    second = own_price(1, 1, context_window=2000, day=date(2026, 11, 1))
    prices = OwnPrices({"x": (second, first, NEW)})
    assert prices.context_window(HOST, "x") == 2000
    assert prices.context_window(HOST, "y") is None


def test_without_a_file_or_in_an_empty_one_there_are_no_prices(path: Path) -> None:
    assert load_own_prices(path) == OwnPrices()
    path.touch()
    assert load_own_prices(path) == OwnPrices()


def test_every_field_is_read_exactly(path: Path) -> None:
    path.write_bytes(b"""\xef\xbb\xbf
[models."llama3.2"]
input_usd_per_mtok = 0.1
output_usd_per_mtok = 3
cached_input_usd_per_mtok = 0
cache_write_usd_per_mtok = 0.000001
context_window = 8192
endpoint = "LLM.example.com"
reasoning_usd_per_mtok = 4.5
per_request_usd = 0.005
from = 2026-11-25

[models.mine]
input_usd_per_mtok = 0
output_usd_per_mtok = 10_000
""")
    assert load_own_prices(path) == OwnPrices(
        {
            "llama3.2": own_price(
                "0.1",
                3,
                cached_input_usd_per_mtok=0,
                cache_write_usd_per_mtok="0.000001",
                context_window=8192,
                endpoint="llm.example.com",
                reasoning_usd_per_mtok="4.5",
                per_request_usd="0.005",
                day=date(2026, 11, 25),
            ),
            "mine": own_price(0, 10_000),
        }
    )


def test_a_model_may_have_prices_from_several_days(path: Path) -> None:
    path.write_text("""
[[models."x"]]
input_usd_per_mtok = 1
output_usd_per_mtok = 2

[[models."x"]]
from = 2026-11-25
input_usd_per_mtok = 2
output_usd_per_mtok = 4

[[models."x"]]
from = "2027-01-01"
endpoint = "api.example.com"
input_usd_per_mtok = 3
output_usd_per_mtok = 6
""")
    assert load_own_prices(path) == OwnPrices({"x": (OLD, NEW, own(3, date(2027, 1, 1), HOST))})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            '# mine\n\n[model."x"]\n',
            'line 3, "model": not known here, prices go into tables named [models."NAME"]',
        ),
        ("models = 1\n", 'line 1, "models": expected tables named [models."NAME"]'),
        (
            "[models]\nx = 1\n",
            'line 2, [models."x"]: expected a table with input_usd_per_mtok, output_usd_per_mtok',
        ),
        ('[models."x"]\ninput_usd_per_mtok = 1\n', 'line 1, [models."x"] output_usd_per_mtok: missing'),
        (
            f'[models."x"]\n{PRICED}input_usd_mtok = 1\n',
            f'line 4, [models."x"] input_usd_mtok: not a known field, expected one of {FIELDS}',
        ),
        (
            f"[models.llama3.2]\n{PRICED}",
            f'line 1, [models."llama3"] 2: not a known field, expected one of {FIELDS}; '
            "a model name with dots needs quotes",
        ),
        (
            f'[models."x"]\n{PRICED}context_window = 0\n',
            'line 4, [models."x"] context_window is 0: expected a whole number of tokens, 1 or more',
        ),
        (
            f'[models."x"]\n{PRICED}context_window = true\n',
            'line 4, [models."x"] context_window is true: expected a whole number of tokens, 1 or more',
        ),
        (
            f'[models."x"]\n{PRICED}endpoint = "https://llm.example.com"\n',
            'line 4, [models."x"] endpoint is "https://llm.example.com": '
            "expected a host such as api.example.com",
        ),
        (
            f"[[models.x]]\n{PRICED}\n# again\n[[models.x]]\n{PRICED}",
            'line 6, [[models."x"]]: a second price for the same endpoint and day, expected one',
        ),
        (
            f'[[models.x]]\n{PRICED}from = 2026-11-25\nendpoint = "A.example.com"\n\n'
            f'[[models.x]]\n{PRICED}from = "2026-11-25"\nendpoint = "a.example.com"\n',
            'line 7, [[models."x"]]: a second price for the same endpoint and day, expected one',
        ),
        (
            f"[[models.x]]\n{PRICED}[[models.x]]\n{PRICED}from = 2026-11-25T00:00:00Z\n",
            'line 7, [[models."x"]] from is 2026-11-25 00:00:00+00:00: expected a day such as 2026-11-25',
        ),
        (
            f'[models.x]\n{PRICED}from = "2026-02-30"\n',
            'line 4, [models."x"] from is "2026-02-30": expected a day such as 2026-11-25',
        ),
        (
            f'[models.x]\n{PRICED}from = "20261125"\n',
            'line 4, [models."x"] from is "20261125": expected a day such as 2026-11-25',
        ),
        (
            f"[models.x]\n{PRICED}per_request_usd = 10_001\n",
            'line 4, [models."x"] per_request_usd is 10001: expected 0 to 10,000 USD',
        ),
        (
            "models.x = [1]\n",
            'line 1, [[models."x"]]: expected a table with input_usd_per_mtok, output_usd_per_mtok',
        ),
        ("[[models.x]]\nfrom = 2026-11-25\n", 'line 1, [[models."x"]] input_usd_per_mtok: missing'),
        *(
            (
                f'[models."x"]\noutput_usd_per_mtok = 2\ninput_usd_per_mtok = {value}\n',
                f'line 3, [models."x"] input_usd_per_mtok {reason}',
            )
            for value, reason in (
                ("-0.000001", "is -0.000001: expected 0 to 10,000 USD"),
                ("10000.000001", "is 10000.000001: expected 0 to 10,000 USD"),
                ("nan", "is nan: expected 0 to 10,000 USD"),
                ("inf", "is infinity: expected 0 to 10,000 USD"),
                ("0.0000001", "is 0.0000001: expected at most 6 decimals"),
                ("true", "is true: expected a number"),
                ('"1"', 'is "1": expected a number'),
                ("2026-11-22", "is 2026-11-22: expected a number"),
            )
        ),
    ],
)
def test_what_is_wrong_is_named_by_line_table_and_field(path: Path, content: str, reason: str) -> None:
    path.write_text(content)
    with pytest.raises(PricesError) as caught:
        load_own_prices(path)
    assert str(caught.value) == f"{path} {reason}"


@pytest.mark.parametrize("content", [b"[models", b"\xff\xfe", None])
def test_what_is_no_toml_or_no_file_is_refused_in_one_line(path: Path, content: bytes | None) -> None:
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(PricesError) as caught:
        load_own_prices(path)
    reason = "is not a TOML file: " if content else "cannot be read: Is a directory"
    assert str(caught.value).startswith(f"{path} {reason}")
    assert "\n" not in str(caught.value)


TEXT = '''# comment
[models."a.b"]   # first

x = 1
words = """
[models.c]
x = 2
"""

[[models.c]]
x = 3
[[models.c]]
y = [
  4,
]
x = 5

[models.d]
inline = {x = 6, y = 7}
dotted.x = 8'''


LINES: dict[tuple[str | int, ...], int] = {
    ("models",): 2,
    ("models", "a.b", "x"): 4,
    ("models", "a.b", "words"): 5,
    ("models", "c"): 10,
    ("models", "c", 0, "x"): 11,
    ("models", "c", 1): 12,
    ("models", "c", 1, "y"): 13,
    ("models", "c", 1, "y", 0): 13,
    ("models", "c", 1, "x"): 16,
    ("models", "d", "inline", "y"): 19,
    ("models", "d", "dotted"): 20,
    ("models", "d", "dotted", "x"): 20,
}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_each_value_is_on_the_line_where_it_begins(line_end: str) -> None:
    text = TEXT.replace("\n", line_end)
    assert {keys: line_of(text, keys) for keys in LINES} == LINES


def test_the_line_in_a_long_file_is_found_too() -> None:
    text = "".join(f'[models."m{number}"]\nx = {number}\n' for number in range(2000))
    assert line_of(text, ("models", "m1234", "x")) == 2470


def test_a_model_may_cost_what_another_costs(path: Path) -> None:
    path.write_text('[models."x"]\nsame_as = " gpt-6-luna "\n')
    assert load_own_prices(path).of("x") == (OwnPrice({"same_as": "gpt-6-luna"}),)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ('same_as = "y"\ninput_usd_per_mtok = 1', "input_usd_per_mtok: expected no rates beside same_as"),
        ('same_as = "y"\nper_request_usd = 1', "per_request_usd: expected no rates beside same_as"),
        ("same_as = 1", "same_as is 1: expected the name of a model"),
        ('same_as = " "', 'same_as is " ": expected the name of a model'),
    ],
)
def test_what_no_model_costs_is_named(path: Path, fields: str, reason: str) -> None:
    path.write_text(f'[models."x"]\n{fields}\n')
    with pytest.raises(PricesError, match=rf"line \d, \[models.\"x\"\] {re.escape(reason)}$"):
        load_own_prices(path)


LUNA, SOL = OwnPrice({"same_as": "gpt-6-luna"}), OwnPrice({"same_as": "gpt-6.1-sol"})


@pytest.mark.parametrize(
    ("prices", "billed_by", "tier", "rate"),
    [
        ({"x": LUNA}, "openai", None, "0.1"),
        # What cannot be had is unknown: not free, and not what the list says of the model itself.
        ({"x": LUNA}, "local", None, None),
        ({"gpt-6-astra": OwnPrice({"same_as": "in-no-list"})}, "openai", None, None),
        ({"x": LUNA}, "openai", "flex", "0.05"),
        ({"x": LUNA, "gpt-6-luna": own(7)}, "openai", None, "7"),
        ({"x": LUNA, "gpt-6-luna": own(7)}, "unknown", None, "7"),
        ({"x": LUNA}, "unknown", None, None),
        ({"x": OwnPrice({"same_as": "in-no-list"})}, "openai", None, None),
        # No chain, and no circle.
        ({"x": OwnPrice({"same_as": "y"}), "y": LUNA}, "openai", None, None),
        ({"x": OwnPrice({"same_as": "x"})}, "openai", None, None),
        ({"gpt-6-luna": SOL}, "openai", None, "2"),
    ],
)
def test_the_same_price_is_that_of_the_other_model(
    prices: dict[str, OwnPrice], billed_by: str, tier: str | None, rate: str | None
) -> None:
    book, name = PriceBook(lambda: OwnPrices(prices)), next(iter(prices))
    endpoint = Endpoint(HOST, billed_by)
    found = book.price(endpoint, name, 1000, AT, tier)
    assert book.prices_of_answer(endpoint, name, name, 1000, AT, tier).in_force == found
    assert (found.input_usd_per_mtok if found else None) == (Decimal(rate) if rate else None)
    if found:
        assert found.source == f"prices.toml: as {prices[name].same_as}"


def test_a_budget_expects_every_service_tier_of_the_model_that_costs_the_same() -> None:
    book = PriceBook(lambda: OwnPrices({"x": LUNA}))
    openai = Endpoint(HOST, "openai")
    rates = {steps[0][1].input_usd_per_mtok for steps in book.in_every_tier(openai, "x", AT)}
    listed = {steps[0][1].input_usd_per_mtok for steps in book.in_every_tier(openai, "gpt-6-luna", AT)}
    assert rates == listed
    assert len(rates) > 2
