from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.helpers.fakes import CALL, ENTRY, MODEL, NOW, FakeLedger, meter_for
from tests.helpers.given_prices import own_price
from tests.helpers.ledger_entries import changed, price_source
from usage.forecast import Prompt, TokenCount, Tokenizer
from usage.ledger import LedgerError
from usage.meter import Meter, Outcome
from usage.prices import OwnPrices, PriceBook
from usage.units import Endpoint, TokenUsage, free_price

OPENAI = Endpoint("api.openai.com", "openai")


def outcome(**changes: Any) -> Outcome:
    """A call that went well, as its endpoint reported it."""
    reported = TokenUsage(input=100, output=10)
    whole = Outcome(
        status="completed",
        usage=reported,
        reply="Because.",
        first_token_ms=120,
        duration_ms=900,
    )
    return replace(whole, **changes)


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger()


@pytest.fixture
def meter(ledger: FakeLedger) -> Meter:
    return meter_for(ledger)


def test_a_reported_call_is_recorded_whole(meter: Meter, ledger: FakeLedger) -> None:
    assert meter.record(CALL, outcome()) == ENTRY
    assert ledger.rows == [ENTRY]


def test_a_call_is_recorded_once(meter: Meter, ledger: FakeLedger) -> None:
    entry = meter.record(CALL, outcome())
    meter.append(entry)
    assert meter.record(CALL, outcome()) == entry
    assert ledger.rows == [entry]


@pytest.mark.parametrize("status", ["stopped", "failed", "interrupted", "completed"])
def test_a_call_whose_counts_were_not_reported_is_estimated(meter: Meter, status: Any) -> None:
    call = replace(CALL, estimated_input_tokens=8)
    entry = meter.record(call, outcome(status=status, usage=None))
    assert entry == replace(
        ENTRY,
        call=call,
        status=status,
        usage=TokenUsage(input=8, output=2),
        usage_source="estimated",
        cost_usd=Decimal("0.000028"),
    )


def test_a_refused_call_cost_nothing_and_counts_nothing(meter: Meter) -> None:
    entry = meter.record(CALL, outcome(status="failed", usage=None, refused=True, first_token_ms=None))
    assert entry == replace(
        ENTRY,
        status="failed",
        usage=TokenUsage(),
        usage_source="none",
        cost_usd=Decimal(0),
        first_token_ms=None,
    )


def test_an_unknown_price_leaves_the_cost_unknown(meter: Meter) -> None:
    entry = meter.record(replace(CALL, model="nobody-knows"), outcome())
    assert entry == changed(
        ENTRY,
        model="nobody-knows",
        price=None,
        cost_usd=None,
    )


def test_impossible_counts_leave_counts_and_cost_unknown_and_are_noted(meter: Meter) -> None:
    entry = meter.record(CALL, outcome(usage=None, impossible="output tokens cannot be negative: -1"))
    assert entry == replace(
        ENTRY,
        usage=TokenUsage(),
        usage_source="reported",
        note="impossible counts: output tokens cannot be negative: -1",
        price=None,
        cost_usd=None,
    )


def test_what_is_odd_about_a_call_is_noted(meter: Meter) -> None:
    assert meter.record(CALL, outcome(note="odd")) == replace(ENTRY, note="odd")


def test_a_refused_call_cost_nothing_even_where_the_price_is_unknown(meter: Meter) -> None:
    refused = outcome(status="failed", usage=None, refused=True)
    assert meter.record(replace(CALL, model="nobody-knows"), refused).cost_usd == Decimal(0)


def test_half_a_report_leaves_the_cost_unknown(meter: Meter) -> None:
    assert meter.record(CALL, outcome(usage=TokenUsage(input=100))).cost_usd is None


def test_a_local_endpoint_is_free(meter: Meter) -> None:
    entry = meter.record(replace(CALL, endpoint=Endpoint("localhost", "local"), model="llama3.2"), outcome())
    assert (entry.price, entry.cost_usd) == (free_price("local"), Decimal(0))


@pytest.mark.parametrize(
    ("asked", "resolved", "source"),
    [
        (MODEL, "other", "prices.toml"),
        ("other", MODEL, "prices.toml"),
        ("other", None, "unknown"),
    ],
)
def test_the_model_that_answered_is_billed_else_the_one_asked_for(
    meter: Meter, asked: str, resolved: str | None, source: str
) -> None:
    entry = meter.record(replace(CALL, model=asked), outcome(resolved_model=resolved))
    assert (entry.call.model, entry.resolved_model, price_source(entry)) == (asked, resolved, source)


@pytest.mark.parametrize(
    ("billed_by", "resolved"), [("openai", "gpt-6.1-sol"), ("local", "some/other-name"), ("unknown", "x")]
)
def test_an_own_price_of_the_model_asked_for_wins_over_listed_and_free_ones(
    meter: Meter, billed_by: str, resolved: str
) -> None:
    entry = meter.record(
        replace(CALL, endpoint=Endpoint("api.example.com", billed_by)), outcome(resolved_model=resolved)
    )
    assert (price_source(entry), entry.cost_usd) == ("prices.toml", Decimal("0.0002"))


def test_an_own_price_holds_for_a_service_tier_that_no_list_knows(meter: Meter) -> None:
    call = replace(CALL, endpoint=OPENAI)
    entry = meter.record(call, outcome(resolved_model="gpt-6-luna", service_tier="scale"))
    assert (price_source(entry), entry.service_tier) == ("prices.toml", "scale")


def test_a_model_that_answered_at_another_price_is_billed_at_its_own() -> None:
    prices = OwnPrices({"a": own_price(1, 10), "b": own_price(2, 20)})
    meter = Meter(FakeLedger(), PriceBook(lambda: prices), Tokenizer())
    entry = meter.record(replace(CALL, model="a"), outcome(resolved_model="b"))
    assert entry.cost_usd == Decimal("0.0004")


@pytest.mark.parametrize(("tokens", "cost"), [(272_000, "0.0272"), (272_001, "0.0544002")])
def test_a_long_call_is_billed_at_the_price_of_its_size(meter: Meter, tokens: int, cost: str) -> None:
    call = replace(CALL, endpoint=OPENAI, model="gpt-6-luna")
    entry = meter.record(call, outcome(usage=TokenUsage(input=tokens, output=0)))
    assert entry.cost_usd == Decimal(cost)


LISTED = replace(CALL, endpoint=OPENAI, model="gpt-6-luna")


@pytest.mark.parametrize(
    ("tier", "cost", "source"),
    [
        (None, "0.000015", "genai-prices 0.2.3"),
        ("default", "0.000015", "genai-prices 0.2.3"),
        ("flex", "0.0000075", "genai-prices 0.2.3"),
        ("priority", "0.00003", "genai-prices 0.2.3"),
        ("scale", None, "unknown"),
    ],
)
def test_a_call_is_billed_at_the_tier_that_its_reply_names(
    meter: Meter, tier: str | None, cost: str | None, source: str
) -> None:
    entry = meter.record(LISTED, outcome(service_tier=tier))  # 100 tokens in at $0.10, 10 out at $0.50
    expected = None if cost is None else Decimal(cost)
    assert (entry.service_tier, entry.cost_usd, price_source(entry)) == (tier, expected, source)


def test_a_tier_without_a_price_is_not_billed_as_the_model_that_was_asked_for(meter: Meter) -> None:
    entry = meter.record(LISTED, outcome(resolved_model="gpt-4o", service_tier="flex"))
    assert entry.cost_usd is None


def test_an_entry_is_not_written_by_itself(meter: Meter, ledger: FakeLedger) -> None:
    assert meter.entry(CALL, outcome()) == ENTRY
    assert ledger.rows == []


def test_a_ledger_that_cannot_be_written_is_an_error(meter: Meter, ledger: FakeLedger) -> None:
    ledger.trouble = "The disk is full."
    with pytest.raises(LedgerError, match="The disk is full"):
        meter.record(CALL, outcome())


def test_a_recorded_call_is_found(meter: Meter) -> None:
    assert meter.recorded(CALL.id) is None
    entry = meter.record(CALL, outcome())
    assert meter.recorded(CALL.id) == entry


def test_a_prompt_is_counted_and_the_context_known(meter: Meter) -> None:
    assert meter.count(Prompt.of_texts(("user", "Why?")), MODEL) == TokenCount(8, exact=False)
    windows = [meter.context_window(Endpoint("api.example.com"), model) for model in (MODEL, "nobody-knows")]
    assert windows == [1000, None]


def test_prices_and_the_cheapest_model_are_asked_of_the_price_book(meter: Meter) -> None:
    price = meter.price(Endpoint("api.example.com"), MODEL, NOW)
    assert price is not None
    assert price.output_usd_per_mtok == Decimal(10)
    models = ("gpt-6-luna", "gpt-6-astra", "text-embedding-3-small")
    assert meter.cheapest(OPENAI, models, NOW) == "gpt-6-luna"
