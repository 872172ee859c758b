"""Calls without a price get their cost by correcting entries: once, exactly, on the day of the call."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.fakes import CALL
from tests.helpers.ledger_entries import BERLIN, PLAIN, an_entry, cells, changed, price_source
from usage.accounts.corrections import Applied, apply, correctable
from usage.forecast import Tokenizer
from usage.ledger import CsvLedger, LedgerEntry, LedgerError
from usage.meter import Meter, Outcome
from usage.prices import OwnPrices, PriceBook
from usage.reports import Calls, Filter, total, usage_by
from usage.units import Price, TokenUsage, free_price

NOW = datetime(2026, 11, 25, 9, 0, 0, 5_000, UTC)
PRICE = Price(
    input_usd_per_mtok=Decimal(2),
    cached_input_usd_per_mtok=Decimal("0.2"),
    cache_write_usd_per_mtok=Decimal("2.5"),
    output_usd_per_mtok=Decimal(8),
    source="prices.toml",
    reasoning_usd_per_mtok=Decimal(9),
    per_request_usd=Decimal("0.001"),
)
UNKNOWN = an_entry(
    user="ann",
    conversation_id="chat-7",
    purpose="compare",
    endpoint="llm.example.com",
    key_owner="user",
    status="stopped",
    usage=TokenUsage(input=1000, cached_input=400, output=50, reasoning=10),
    usage_source="estimated",
    price=None,
    cost_usd=None,
    service_tier="flex",
    note="the connection broke",
)
# 600 × 2 + 400 × 0.2 + 40 × 8 + 10 × 9 = 1,690 millionths, and 0.001 for the request
CORRECTION = an_entry(
    call_id="call-1:price",
    user="ann",
    conversation_id="chat-7",
    purpose="correction",
    endpoint="llm.example.com",
    key_owner="user",
    status="stopped",
    usage=TokenUsage(),
    usage_source="estimated",
    price=PRICE,
    cost_usd=Decimal("0.00269"),
    first_token_ms=None,
    duration_ms=None,
    service_tier="flex",
    estimated_input_tokens=None,
    history_tokens=None,
    corrects="call-1",
    recorded_at=NOW,
    cost_source="own",
)


@pytest.fixture
def ledger(tmp_path: Path) -> CsvLedger:
    return CsvLedger(tmp_path / "usage.csv")


def always(_: LedgerEntry) -> Price:
    """Return one price for every call."""
    return PRICE


def test_a_call_without_a_price_gets_its_cost_in_an_entry_of_its_own(ledger: CsvLedger) -> None:
    ledger.append(UNKNOWN)
    assert apply(ledger, always, NOW) == Applied(1, Decimal("0.00269"))
    assert list(ledger.entries()) == [UNKNOWN, CORRECTION]


def test_what_is_possible_is_said_before_anything_is_written() -> None:
    assert correctable([PLAIN, changed(UNKNOWN, call_id="2")], always) == [
        changed(CORRECTION, call_id="2:price", corrects="2", recorded_at=None)
    ]


BY_HAND = changed(CORRECTION, call_id="my own")


@pytest.mark.parametrize(
    ("entries", "corrected"),
    [
        ([PLAIN], []),  # known
        ([an_entry(cost_usd=Decimal(0))], []),
        ([replace(UNKNOWN, usage=TokenUsage())], []),  # no counts
        ([replace(UNKNOWN, usage=TokenUsage(input=1000))], []),
        ([replace(UNKNOWN, note="impossible counts: output tokens cannot be negative: -1")], []),
        ([changed(UNKNOWN, purpose="settlement")], []),
        ([replace(CORRECTION, cost_usd=None)], []),
        ([UNKNOWN, BY_HAND], []),
        ([BY_HAND, UNKNOWN], []),
        ([an_entry(), UNKNOWN], []),  # of a call that is in twice the first row counts
        ([UNKNOWN, an_entry(), UNKNOWN], ["call-1"]),
    ],
)
def test_what_lacks_only_a_price_is_corrected_once(entries: list[LedgerEntry], corrected: list[str]) -> None:
    assert [entry.corrects for entry in correctable(entries, always)] == corrected


def test_counts_that_the_meter_does_not_believe_are_not_priced(ledger: CsvLedger) -> None:
    outcome = Outcome(status="completed", usage=None, reply="", duration_ms=1, impossible="-1 tokens")
    entry = Meter(ledger, PriceBook(OwnPrices), Tokenizer()).entry(CALL, outcome)
    assert (entry.cost_usd, correctable([entry], lambda _: replace_free(PRICE))) == (None, [])


def test_a_price_of_nothing_is_a_price() -> None:
    [correction] = correctable([UNKNOWN], lambda _: replace_free(PRICE))
    assert correction.cost_usd == Decimal("0.001")
    [correction] = correctable([UNKNOWN], lambda _: free_price("local"))
    assert (correction.cost_usd, price_source(correction)) == (Decimal(0), "local")


def replace_free(price: Price) -> Price:
    """Return a price that would make a cost even of counts that are not known."""
    nothing = Decimal(0)
    return replace(
        price,
        input_usd_per_mtok=nothing,
        cached_input_usd_per_mtok=nothing,
        cache_write_usd_per_mtok=nothing,
        output_usd_per_mtok=nothing,
        reasoning_usd_per_mtok=None,
    )


def test_each_call_is_priced_as_itself_and_a_price_that_stays_unknown_changes_nothing() -> None:
    def price_of(entry: LedgerEntry) -> Price | None:
        return PRICE if entry.call.model == "known" else None

    calls = [changed(UNKNOWN, call_id=model, model=model) for model in ("known", "unknown")]
    assert [entry.corrects for entry in correctable(calls, price_of)] == ["known"]


def test_applied_again_it_does_nothing(ledger: CsvLedger) -> None:
    ledger.append(UNKNOWN)
    apply(ledger, always, NOW)
    assert apply(ledger, always, NOW) == Applied(0, Decimal(0))
    ledger.append(changed(UNKNOWN, call_id="call-2"))
    assert apply(ledger, always, NOW) == Applied(1, Decimal("0.00269"))
    assert [entry.call.id for entry in ledger.entries()] == [
        "call-1",
        "call-1:price",
        "call-2",
        "call-2:price",
    ]


def test_a_correction_that_a_power_cut_tore_is_written_again(ledger: CsvLedger, tmp_path: Path) -> None:
    ledger.append(UNKNOWN)
    apply(ledger, always, NOW)
    path = tmp_path / "usage.csv"
    path.write_bytes(path.read_bytes()[:-40])
    assert apply(CsvLedger(path), always, NOW) == Applied(1, Decimal("0.00269"))
    assert list(ledger.entries()) == [UNKNOWN, CORRECTION]


def test_the_reports_have_the_cost_on_the_day_of_the_call_and_no_call_more(
    ledger: CsvLedger, tmp_path: Path
) -> None:
    ledger.append(UNKNOWN)
    calls = Calls(CsvLedger(tmp_path / "usage.csv"), BERLIN)
    before = total(calls, Filter())
    apply(ledger, always, NOW)
    cost = Decimal("0.00269")
    after = replace(before, cost_usd=cost, estimated_usd=cost, unknown_price_calls=0)
    assert before.unknown_price_calls == 1
    assert usage_by(calls, "day", Filter()).rows == [["2026-11-22", *cells(after)]]


def test_a_ledger_that_cannot_be_written_keeps_all_calls_open(tmp_path: Path) -> None:
    class Kept(CsvLedger):
        def entries(self) -> Iterator[LedgerEntry]:
            yield UNKNOWN

    (tmp_path / "usage.csv").mkdir()
    with pytest.raises(LedgerError, match="Is a directory"):
        apply(Kept(tmp_path / "usage.csv"), always, NOW)
