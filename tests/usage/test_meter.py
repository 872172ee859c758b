from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.helpers.fakes import CALL, ENTRY, MODEL, FakeLedger, meter_for
from tests.helpers.given_prices import own_price
from tests.helpers.ledger_entries import changed, price_source
from usage.forecast import Prompt, TokenCount, Tokenizer
from usage.ledger import Call, LedgerEntry, LedgerError
from usage.meter import Meter, Outcome
from usage.prices import OwnPrices, PriceBook
from usage.units import Endpoint, TokenUsage

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


def record(meter: Meter, call: Call, ended: Outcome) -> LedgerEntry:
    entry = meter.entry(call, ended)
    meter.append(entry)
    return entry


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger()


@pytest.fixture
def meter(ledger: FakeLedger) -> Meter:
    return meter_for(ledger)


def test_a_reported_call_is_recorded_whole(meter: Meter, ledger: FakeLedger) -> None:
    assert record(meter, CALL, outcome()) == ENTRY
    assert ledger.rows == [ENTRY]


def test_a_call_is_recorded_once(meter: Meter, ledger: FakeLedger) -> None:
    entry = record(meter, CALL, outcome())
    meter.append(entry)
    assert record(meter, CALL, outcome()) == entry
    assert ledger.rows == [entry]


@pytest.mark.parametrize("status", ["stopped", "failed", "interrupted", "completed"])
def test_a_call_whose_counts_were_not_reported_is_estimated(meter: Meter, status: Any) -> None:
    call = replace(CALL, estimated_input_tokens=8)
    entry = record(meter, call, outcome(status=status, usage=None))
    assert entry == replace(
        ENTRY,
        call=call,
        status=status,
        usage=TokenUsage(input=8, output=2),
        usage_source="estimated",
        cost_usd=Decimal("0.000028"),
    )


REFUSED = {"status": "failed", "usage": None, "refused": True}
NOTHING_COUNTED = {
    "status": "failed",
    "usage": TokenUsage(),
    "usage_source": "none",
    "cost_usd": Decimal(0),
    "cost_source": "none",
}
UNKNOWN: dict[str, Any] = {"cost_usd": None, "cost_source": "none"}
IMPOSSIBLE = "output tokens cannot be negative: -1"


@pytest.mark.parametrize(
    ("model", "changes", "expected"),
    [
        # A refused call cost nothing, even where the price is unknown.
        (MODEL, REFUSED, NOTHING_COUNTED),
        ("nobody-knows", REFUSED, NOTHING_COUNTED | {"price": None}),
        ("nobody-knows", {}, {"price": None} | UNKNOWN),
        # Half a report leaves the cost unknown, and counts that no call can have are not believed.
        (MODEL, {"usage": TokenUsage(input=100)}, {"usage": TokenUsage(input=100)} | UNKNOWN),
        (
            MODEL,
            {"usage": None, "impossible": IMPOSSIBLE},
            {
                "usage": TokenUsage(),
                "price": None,
                "note": f"impossible counts: {IMPOSSIBLE}",
            }
            | UNKNOWN,
        ),
        (MODEL, {"note": "odd"}, {"note": "odd"}),
    ],
)
def test_what_is_odd_about_a_call_is_in_its_entry(
    meter: Meter, model: str, changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert record(meter, replace(CALL, model=model), outcome(**changes)) == changed(
        ENTRY, model=model, **expected
    )


LUNA, LIST = "gpt-6-luna", "genai-prices 0.2.3"


@pytest.mark.parametrize(
    ("billed_by", "model", "resolved", "tier", "source", "cost"),
    [
        # The model that answered is billed, else the one asked for; at listed prices by the reply's tier.
        ("unknown", MODEL, "other", None, "prices.toml", "0.0002"),
        ("unknown", "other", MODEL, None, "prices.toml", "0.0002"),
        ("unknown", "other", None, None, "unknown", None),
        ("local", "llama3.2", None, None, "local", "0"),
        ("openai", LUNA, None, None, LIST, "0.000015"),  # 100 tokens in at $0.10, 10 out at $0.50
        ("openai", LUNA, None, "default", LIST, "0.000015"),
        ("openai", LUNA, None, "flex", LIST, "0.0000075"),
        ("openai", LUNA, None, "priority", LIST, "0.00003"),
        ("openai", LUNA, None, "scale", "unknown", None),
        # A tier without a price is not billed as the model that was asked for.
        ("openai", LUNA, "gpt-4o", "flex", "unknown", None),
        # An own price of the model asked for wins over listed and free ones, whatever the tier.
        ("openai", MODEL, "gpt-6.1-sol", None, "prices.toml", "0.0002"),
        ("local", MODEL, "some/other-name", None, "prices.toml", "0.0002"),
        ("openai", MODEL, LUNA, "scale", "prices.toml", "0.0002"),
    ],
)
def test_a_call_is_billed_at_the_price_that_holds_for_it(
    meter: Meter,
    billed_by: str,
    model: str,
    resolved: str | None,
    tier: str | None,
    source: str,
    cost: str | None,
) -> None:
    call = replace(CALL, endpoint=Endpoint("api.example.com", billed_by), model=model)
    entry = record(meter, call, outcome(resolved_model=resolved, service_tier=tier))
    assert (entry.call, entry.resolved_model, entry.service_tier) == (call, resolved, tier)
    assert (price_source(entry), entry.cost_usd) == (source, None if cost is None else Decimal(cost))


def test_a_model_that_answered_at_another_price_is_billed_at_its_own() -> None:
    prices = OwnPrices({"a": own_price(1, 10), "b": own_price(2, 20)})
    meter = Meter(FakeLedger(), PriceBook(lambda: prices), Tokenizer())
    entry = record(meter, replace(CALL, model="a"), outcome(resolved_model="b"))
    assert entry.cost_usd == Decimal("0.0004")


@pytest.mark.parametrize(("tokens", "cost"), [(272_000, "0.0272"), (272_001, "0.0544002")])
def test_a_long_call_is_billed_at_the_price_of_its_size(meter: Meter, tokens: int, cost: str) -> None:
    call = replace(CALL, endpoint=OPENAI, model=LUNA)
    entry = record(meter, call, outcome(usage=TokenUsage(input=tokens, output=0)))
    assert entry.cost_usd == Decimal(cost)


def test_an_entry_is_not_written_by_itself(meter: Meter, ledger: FakeLedger) -> None:
    assert meter.entry(CALL, outcome()) == ENTRY
    assert ledger.rows == []


def test_a_ledger_that_cannot_be_written_is_an_error(meter: Meter, ledger: FakeLedger) -> None:
    ledger.trouble = "The disk is full."
    with pytest.raises(LedgerError, match="The disk is full"):
        record(meter, CALL, outcome())


def test_a_recorded_call_is_found(meter: Meter) -> None:
    assert meter.recorded(CALL.id) is None
    entry = record(meter, CALL, outcome())
    assert meter.recorded(CALL.id) == entry


def test_a_prompt_is_counted(meter: Meter) -> None:
    assert meter.count(Prompt.of_texts(("user", "Why?")), MODEL) == TokenCount(8, exact=False)
