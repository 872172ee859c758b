"""Recount: every row looked at, each kind counted by itself, what does not fit named by its line."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.ledger_entries import BERLIN, an_entry, changed, many_entries, summed
from usage.accounts import settle_entry
from usage.ledger import CostSource, CsvLedger, exact_correction
from usage.ledger.csv_records import LedgerProblem, csv_line
from usage.ledger.csv_rows import COLUMNS, line_of
from usage.ledger.entry import LedgerEntry
from usage.ledger.recount import Recount, recount, recount_text
from usage.reports import Calls, Filter, total
from usage.units import TokenUsage

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
UNKNOWN = an_entry(call_id="unknown", cost_usd=None, input_usd_per_mtok=None)
CORRECTION = an_entry(
    call_id="unknown:price",
    purpose="correction",
    usage=TokenUsage(),
    corrects="unknown",
)
SETTLEMENT = settle_entry("local", Decimal("20.00"), NOW, "settled")


def written(path: Path, *entries: LedgerEntry) -> Recount:
    """What recount finds in a ledger of these."""
    path.write_bytes(csv_line(COLUMNS) + b"".join(line_of(entry, COLUMNS) for entry in entries))
    return recount(CsvLedger(path))


def test_calls_corrections_and_settlements_are_counted_by_themselves(path: Path) -> None:
    other = an_entry(call_id="other", cost_usd=None)
    assert written(path, an_entry(), UNKNOWN, SETTLEMENT, CORRECTION, other) == Recount(
        calls=3,
        corrections=1,
        settlements=1,
        cost_usd=Decimal("0.0004668"),
        by_rates_usd=Decimal("0.0004668"),
        settled_usd=Decimal("20.00"),
        unknown_price_calls=1,
    )


def test_a_call_may_come_after_its_correction(path: Path) -> None:
    found = written(path, CORRECTION, UNKNOWN)
    assert (found.calls, found.unknown_price_calls, found.misfits) == (1, 0, [])


def test_corrections_that_correct_nothing_are_named_and_stay_in_the_total(path: Path) -> None:
    stray = changed(CORRECTION, call_id="stray", corrects="gone")
    priced = changed(CORRECTION, call_id="priced", corrects="call-1")
    again = changed(CORRECTION, call_id="again")
    found = written(path, an_entry(), stray, UNKNOWN, CORRECTION, priced, again)
    assert found.misfits == [
        LedgerProblem(3, "corrects call 'gone', which is not there"),
        LedgerProblem(6, "corrects call call-1, whose cost is in line 2"),
        LedgerProblem(7, "corrects call unknown, whose cost is in line 5"),
    ]
    assert (found.corrections, found.unknown_price_calls) == (4, 0)
    reported = total(Calls(CsvLedger(path), BERLIN), Filter())
    assert found.cost_usd == reported.cost_usd == Decimal("0.001167")


@pytest.mark.parametrize("is_first", [True, False])
def test_an_exact_amount_corrects_an_estimate_once(path: Path, is_first: bool) -> None:
    estimated = an_entry(usage_source="estimated")
    exact = exact_correction(estimated, Decimal("0.0003"), NOW)
    again = changed(exact, call_id="again")
    found = written(path, *([estimated, exact] if is_first else [exact, estimated]), again)
    assert found.misfits == [
        LedgerProblem(4, f"corrects call call-1, whose cost is in line {3 if is_first else 2}")
    ]
    assert (found.corrections, found.odd_costs) == (2, [])


def test_a_price_corrects_no_estimate_that_has_one(path: Path) -> None:
    estimated = an_entry(usage_source="estimated")
    found = written(path, estimated, changed(CORRECTION, corrects="call-1", usage_source="estimated"))
    assert found.misfits == [LedgerProblem(3, "corrects call call-1, whose cost is in line 2")]


def test_a_correction_that_is_in_twice_is_a_duplicate_and_counts_once(path: Path) -> None:
    found = written(path, UNKNOWN, CORRECTION, CORRECTION)
    assert found.duplicates == [LedgerProblem(4, "call unknown:price is in line 3 already")]
    assert (found.corrections, found.cost_usd, found.misfits) == (1, Decimal("0.0002334"), [])


def test_the_total_of_many_rows_is_exact(path: Path) -> None:
    entries = many_entries(3000)
    found, total = written(path, *entries), summed(entries)
    assert (found.calls, found.cost_usd) == (total.calls, total.cost_usd)
    assert found.unknown_price_calls == total.unknown_price_calls


REPORTED: dict[str, Any] = {
    "cost_source": "reported",
    "cost_usd": Decimal("0.0003"),
    "reported_cost_usd": Decimal("0.0003"),
    "listed_cost_usd": Decimal("0.0002334"),
}
FITTING = {
    "a call": an_entry(),
    "an estimated call": an_entry(usage_source="estimated"),
    "a refused call": an_entry(
        usage_source="none", usage=TokenUsage(), cost_usd=Decimal(0), cost_source="none"
    ),
    "a call of unknown price": UNKNOWN,
    "a call whose cost a hand took out": an_entry(cost_usd=None),
    "impossible counts": changed(UNKNOWN, usage=TokenUsage(), note="impossible counts: -1"),
    "a free call": an_entry(
        cost_usd=Decimal(0),
        cost_source="free",
        **dict.fromkeys(("input_usd_per_mtok", "cached_input_usd_per_mtok"), Decimal(0)),
        **dict.fromkeys(("cache_write_usd_per_mtok", "output_usd_per_mtok"), Decimal(0)),
    ),
    "a fee for the request": an_entry(per_request_usd=Decimal("0.005"), cost_usd=Decimal("0.0052334")),
    "a rate for reasoning": an_entry(reasoning_usd_per_mtok=Decimal(2), cost_usd=Decimal("0.0003834")),
    "the endpoint's amount": an_entry(**REPORTED),
    "the endpoint's amount without rates": an_entry(**REPORTED, input_usd_per_mtok=None),
    "the endpoint's amount for estimated counts": an_entry(
        **REPORTED | {"listed_cost_usd": Decimal(1)}, usage_source="estimated"
    ),
    "zeros and an exponent": an_entry(cost_usd=Decimal("2.33400E-4")),
    "a payment": SETTLEMENT,
    "the first version, which wrote no rate for cache writes": an_entry(
        usage=TokenUsage(input=1000, cache_write=1000, output=0),
        cache_write_usd_per_mtok=Decimal("0.10"),
        cost_usd=Decimal("0.000125"),
    ),
}


@pytest.mark.parametrize("kind", FITTING)
def test_a_cost_that_its_row_explains_is_not_named(path: Path, kind: str) -> None:
    found = written(path, FITTING[kind])
    assert found.odd_costs == []
    assert found.by_rates_usd == found.cost_usd


NO_REASON = "costs 5 USD, and nothing in its row says why"
ODD: dict[str, tuple[dict[str, Any], str]] = {
    "a cost without its point": (
        {"cost_usd": Decimal(2334)},
        "costs 2334 USD, but its counts and rates come to 0.0002334",
    ),
    "a rounded cost": (
        {"cost_usd": Decimal("0.00023")},
        "costs 0.00023 USD, but its counts and rates come to 0.0002334",
    ),
    "a cost that is wrong in its last digit": (
        {"cost_usd": Decimal("0.000233400001")},
        "costs 0.000233400001 USD, but its counts and rates come to 0.0002334",
    ),
    "a rate without its point": (
        {"output_usd_per_mtok": Decimal(500)},
        "costs 0.0002334 USD, but its counts and rates come to 0.2000334",
    ),
    "a rate that a hand emptied, so that the part costs what the whole costs": (
        {"cached_input_usd_per_mtok": Decimal("0.10")},
        "costs 0.0002334 USD, but its counts and rates come to 0.0003234",
    ),
    "a count without its point": (
        {"usage": TokenUsage(input=1234, cached_input=1000, output=400_000)},
        "costs 0.0002334 USD, but its counts and rates come to 0.2000334",
    ),
    "an estimated call": (
        {"usage_source": "estimated", "cost_usd": Decimal(5)},
        "costs 5 USD, but its counts and rates come to 0.0002334",
    ),
    "a refused call": (
        {"usage_source": "none", "usage": TokenUsage(), "cost_usd": Decimal(5)},
        "costs 5 USD, but its counts and rates come to 0",
    ),
    "a cost without rates": ({"cost_usd": Decimal(5), "input_usd_per_mtok": None}, NO_REASON),
    "a cost without counts": ({"cost_usd": Decimal(5), "usage": TokenUsage()}, NO_REASON),
    "not the endpoint's amount": (
        REPORTED | {"cost_usd": Decimal(3)},
        "costs 3 USD, but the endpoint's amount comes to 0.0003",
    ),
    "the endpoint's amount is gone": (
        REPORTED | {"cost_usd": Decimal(5), "reported_cost_usd": None},
        NO_REASON,
    ),
    "the list's figure beside the endpoint's amount": (
        REPORTED | {"listed_cost_usd": Decimal(2334)},
        "listed_cost_usd is 2334, but its counts and rates come to 0.0002334",
    ),
    "cache writes of a newer version": (
        {
            "usage": TokenUsage(input=1000, cache_write=1000, output=0),
            "cache_write_usd_per_mtok": Decimal("0.10"),
            "cost_usd": Decimal("0.000125"),
            "cost_source": "listed",
        },
        "costs 0.000125 USD, but its counts and rates come to 0.0001",
    ),
}


@pytest.mark.parametrize("kind", ODD)
def test_a_cost_that_its_row_does_not_explain_is_named_with_both_figures(path: Path, kind: str) -> None:
    changes, reason = ODD[kind]
    found = written(path, an_entry(call_id="fits"), an_entry(**changes))
    assert found.odd_costs == [LedgerProblem(3, reason)]


def test_odd_costs_count_as_they_stand_and_beside_it_as_their_rows_make_them(path: Path) -> None:
    found = written(
        path,
        an_entry(),
        an_entry(call_id="point", cost_usd=Decimal(2334)),
        an_entry(call_id="no rates", cost_usd=Decimal(5), input_usd_per_mtok=None),
    )
    assert (found.cost_usd, found.by_rates_usd) == (Decimal("2339.0002334"), Decimal("5.0004668"))


def correction(usd: str, *, source: CostSource | None = None, reported: str | None = None) -> LedgerEntry:
    """A correction of `call-1`."""
    return changed(
        CORRECTION,
        corrects="call-1",
        cost_usd=Decimal(usd),
        cost_source=source,
        reported_cost_usd=None if reported is None else Decimal(reported),
    )


ESTIMATED = {"usage_source": "estimated"}


@pytest.mark.parametrize(
    ("call", "corrected", "reason"),
    [
        ({"cost_usd": None}, correction("0.0002334"), None),
        ({"cost_usd": None}, correction("0.0002334", source="none"), None),
        ({"cost_usd": None}, correction("2334"), "but its counts and rates come to 0.0002334"),
        ({"cost_usd": None}, correction("0.5", source="reported", reported="0.5"), None),
        (ESTIMATED, correction("0.0000666", source="reported", reported="0.0003"), None),
        (ESTIMATED, correction("-0.0000334", source="reported", reported="0.0002"), None),
        (
            ESTIMATED,
            correction("666", source="reported", reported="0.0003"),
            "the endpoint's amount comes to 0.0000666",
        ),
        (
            ESTIMATED,
            changed(
                correction("0.0000666", source="reported", reported="0.0003"),
                per_request_usd=Decimal(1),
                listed_cost_usd=Decimal("0.0002334"),
                **dict.fromkeys(("input_usd_per_mtok", "output_usd_per_mtok"), Decimal(0)),
            ),
            None,
        ),
        ({"cost_usd": None}, correction("0", source="reported", reported="0"), None),
        # What a hand did to the call's row is no reason to doubt what corrects it.
        (
            ESTIMATED | {"cost_usd": Decimal(2334)},
            correction("0.0000666", source="reported", reported="0.0003"),
            None,
        ),
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_correction_is_held_against_what_its_call_lacks(
    path: Path, call: dict[str, Any], corrected: LedgerEntry, reason: str | None, is_first: bool
) -> None:
    called = an_entry(**call)
    entries = [called, corrected] if is_first else [corrected, called]
    line = 2 + entries.index(corrected)
    found = [each.reason for each in written(path, *entries).odd_costs if each.line_number == line]
    assert [reason is not None and reason in each for each in found] == ([] if reason is None else [True])


def test_odd_costs_are_named_in_the_order_of_their_lines(path: Path) -> None:
    first, last = correction("5"), an_entry(call_id="2", cost_usd=Decimal(5))
    found = written(path, first, an_entry(cost_usd=None), last)
    assert [each.line_number for each in found.odd_costs] == [2, 4]


def test_corrections_that_correct_nothing_are_not_held_against_a_call(path: Path) -> None:
    again = changed(CORRECTION, call_id="again", cost_usd=Decimal(5))
    stray = changed(CORRECTION, call_id="stray", corrects="gone", cost_usd=Decimal(5))
    assert written(path, UNKNOWN, CORRECTION, again, stray).odd_costs == []


SPREADSHEET_COLUMNS = (
    "call_id,started_at,user,conversation_id,turn_id,purpose,endpoint,key_owner,model,resolved_model,status,"
    "input_tokens,cached_input_tokens,cache_write_tokens,output_tokens,reasoning_tokens,usage_source,"
    "input_usd_per_mtok,cached_input_usd_per_mtok,output_usd_per_mtok,price_source,cost_usd\n"
)
SPREADSHEET_ROW = (
    "{id},2026-11-03T09:05:07.123Z,ann,12,300000,reply,api.openai.com,app,gpt-6-luna,gpt-6-luna,completed,"
    "{input},,,{output},,reported,{rate},0.01,1.5,genai-prices 0.2.3,{cost}\n"
)


def test_points_that_a_spreadsheet_took_for_thousands_are_named(path: Path) -> None:
    rows = [
        SPREADSHEET_ROW.format(id="1", input=1_000_000, output=100_000, rate="1.084", cost="1.234"),
        SPREADSHEET_ROW.format(id="2", input=1_000_000, output=100_000, rate="1.084", cost="1234"),
        SPREADSHEET_ROW.format(id="3", input=1_000_000, output=100_000, rate="1084", cost="1234"),
    ]
    path.write_text(SPREADSHEET_COLUMNS + "".join(rows))
    found = recount(CsvLedger(path))
    assert found.odd_costs == [
        LedgerProblem(3, "costs 1234 USD, but its counts and rates come to 1.234"),
        LedgerProblem(4, "costs 1234 USD, but its counts and rates come to 1084.15"),
    ]


def test_the_text_has_one_finding_a_line_and_the_total_last() -> None:
    found = Recount(
        calls=12_345,
        corrections=2,
        settlements=1,
        cost_usd=Decimal("1234.500000000001"),
        settled_usd=Decimal("20.00"),
        by_rates_usd=Decimal("34.5"),
        unknown_price_calls=1,
        unreadable=[LedgerProblem(4, f"has 1 fields, expected {len(COLUMNS)}")],
        misfits=[LedgerProblem(9, "corrects call 'gone', which is not there")],
        odd_costs=[LedgerProblem(7, "costs 1200.000000000001 USD, but its counts and rates come to 0")],
    )
    assert recount_text(found) == (
        "unreadable rows: 1\n"
        f"  line 4: has 1 fields, expected {len(COLUMNS)}\n"
        "duplicate rows: 0\n"
        "corrections that correct nothing: 1\n"
        "  line 9: corrects call 'gone', which is not there\n"
        "rows whose cost does not fit: 1\n"
        "  line 7: costs 1200.000000000001 USD, but its counts and rates come to 0\n"
        "calls: 12,345, without a price: 1\n"
        "corrections: 2\n"
        "settlements: 1, 20 USD in all\n"
        "total: 1234.500000000001 USD (1 row does not fit; corrected, it would be 34.5 USD)\n"
    )


def test_no_ledger_yet_is_an_empty_one(path: Path) -> None:
    found = recount(CsvLedger(path))
    assert (found.calls, found.cost_usd, found.unreadable) == (0, Decimal(0), [])
