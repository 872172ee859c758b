"""The line under a reply, and what it opens to."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from chat.markup.receipts import receipt_html, receipt_line
from tests.helpers.fakes import ENTRY
from tests.helpers.ledger_entries import changed
from usage.ledger import LedgerEntry
from usage.units import Currency, TokenUsage

ESTIMATED = replace(ENTRY, usage_source="estimated", usage=TokenUsage(input=8, output=3))
LOST = replace(ESTIMATED, status="failed", note="fate unknown: the connection was lost after sending")
IMPOSSIBLE = replace(
    ENTRY,
    usage=TokenUsage(),
    price=None,
    cost_usd=None,
    note="impossible counts: completion_tokens is -1",
)
COUNTED_HERE = (
    "≈ The endpoint did not report token counts, so Tally counted them. Hidden reasoning is not included."
)
BILLED_OR_NOT = "It is not known whether this call was billed; if it was, this is about what it cost."


def cells(entry: LedgerEntry, currency: Currency | None = None) -> dict[str, str]:
    """The table of a receipt."""
    html = receipt_html(entry, currency=currency)
    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td></tr>', html)
    return {unescape(name): unescape(value) for name, value in rows}


def line(entry: LedgerEntry, *, names_model: bool = True) -> str:
    """The line of a receipt as it is read on the page."""
    html = receipt_html(entry, names_model=names_model)
    return unescape(re.sub(r"<[^>]*>", "", html.partition("</summary>")[0]))


def explanation(entry: LedgerEntry) -> str:
    """What a receipt says below its table."""
    below = re.search(r"<p>(.*)</p>", receipt_html(entry))
    return unescape(below[1]) if below else ""


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (ENTRY, "$0.0002 · 100 in + 10 out · priced · 0.9 s"),
        (replace(ENTRY, resolved_model="priced-2026"), "$0.0002 · 100 in + 10 out · priced-2026 · 0.9 s"),
        (ESTIMATED, "≈ $0.0002 · 8 in + 3 out · priced · 0.9 s"),
        (LOST, "≈ $0.0002 · 8 in + 3 out · priced · 0.9 s"),
        (replace(ENTRY, cost_usd=None), "price unknown · 100 in + 10 out · priced · 0.9 s"),
        (IMPOSSIBLE, "price unknown · impossible counts · priced · 0.9 s"),
        (
            replace(ENTRY, usage_source="none", usage=TokenUsage(), cost_usd=Decimal(0), duration_ms=None),
            "not billed · priced",
        ),
    ],
)
def test_the_line_says_what_a_call_cost(entry: LedgerEntry, said: str) -> None:
    assert receipt_line(entry) == line(entry) == said


def test_each_figure_of_the_line_stays_whole_and_the_exact_cost_is_a_hover_away() -> None:
    summary = "<summary>{}<span>100 in + 10 out</span> · <span>priced</span> · <span>0.9 s</span></summary>"
    dear = receipt_html(replace(ENTRY, cost_usd=Decimal("9.2508321")))
    assert '<summary><span title="$9.2508321">$9.25' in dear
    assert summary.format("<span>price unknown</span> · ") in receipt_html(replace(ENTRY, cost_usd=None))


def test_a_receipt_opens_to_the_cost_in_the_readers_currency() -> None:
    euro = Currency("EUR", Decimal("0.895095"), date(2026, 10, 30))
    opened = cells(ENTRY, euro)
    assert opened == cells(ENTRY) | {
        "In EUR": "EUR 0.00018",
        "Exchange rate": "1 USD = 0.895095 EUR, the ECB rate of 2026-10-30",
    }
    assert cells(ESTIMATED, euro)["In EUR"] == "≈ EUR 0.00018"
    for cost_usd in (None, Decimal(0)):
        entry = replace(ENTRY, cost_usd=cost_usd)
        assert cells(entry, euro) == cells(entry)


def test_a_receipt_that_is_replaced_says_by_what_it_is_known() -> None:
    assert receipt_html(ENTRY).startswith('<details class="receipt"><summary>')
    kept = receipt_html(ENTRY, kept='"receipt"')
    assert kept.startswith('<details class="receipt" data-kept="&quot;receipt&quot;"><summary>')


def test_it_opens_to_counts_prices_and_circumstances() -> None:
    assert cells(ENTRY) == {
        "Input tokens": "100",
        "Output tokens": "10",
        "Input price": "$1.00 per million tokens",
        "Output price": "$10.00 per million tokens",
        "Price source": "prices.toml",
        "Exact cost": "$0.0002",
        "Counts": "reported",
        "Model asked for": "priced",
        "Endpoint": "api.example.com",
        "First word after": "0.12 s",
    }
    assert explanation(ENTRY) == ""


def test_it_opens_to_every_price_that_was_used() -> None:
    dear = changed(
        ENTRY,
        usage=TokenUsage(input=100, cached_input=20, cache_write=30, output=10, reasoning=5),
        cache_write_usd_per_mtok=Decimal("1.25"),
        reasoning_usd_per_mtok=Decimal(20),
        per_request_usd=Decimal("0.005"),
        service_tier="flex",
    )
    shown = cells(dear)
    assert {name: shown[name] for name in shown if name.endswith((" price", " tokens", " tier"))} == {
        "Input tokens": "100",
        "Cached input tokens": "20",
        "Cache write tokens": "30",
        "Output tokens": "10",
        "Reasoning tokens": "5",
        "Input price": "$1.00 per million tokens",
        "Cached input price": "$1.00 per million tokens",
        "Cache write price": "$1.25 per million tokens",
        "Output price": "$10.00 per million tokens",
        "Reasoning price": "$20.00 per million tokens",
        "Request price": "$0.005",
        "Service tier": "flex",
    }


@pytest.mark.parametrize(
    ("changes", "explained"),
    [
        ({"status": "stopped", "note": ""}, COUNTED_HERE),
        ({"status": "completed", "note": ""}, COUNTED_HERE),
        ({"status": "failed", "note": ""}, f"{COUNTED_HERE} {BILLED_OR_NOT}"),
        ({"status": "interrupted", "note": ""}, f"{COUNTED_HERE} {BILLED_OR_NOT}"),
        ({}, f"{COUNTED_HERE} {BILLED_OR_NOT}"),
        ({"status": "stopped"}, f"{COUNTED_HERE} {BILLED_OR_NOT}"),
    ],
)
def test_an_estimate_is_explained(changes: dict[str, Any], explained: str) -> None:
    assert explanation(replace(LOST, **changes)) == explained


CHARGED = replace(
    ENTRY,
    cost_usd=Decimal("0.0005"),
    cost_source="reported",
    reported_cost_usd=Decimal("0.0005"),
    listed_cost_usd=Decimal("0.0002"),
)
MORE = "The endpoint says it charged $0.0003 more than the list price for these counts."


@pytest.mark.parametrize(
    ("changes", "rows", "explained"),
    [
        ({}, ["$0.0005", "$0.0002"], MORE),
        ({"listed_cost_usd": Decimal("0.0008")}, ["$0.0005", "$0.0008"], MORE.replace("more", "less")),
        ({"listed_cost_usd": Decimal("0.000499")}, ["$0.0005", None], ""),
        ({"listed_cost_usd": None}, ["$0.0005", None], ""),
        ({"reported_cost_usd": None}, [None, None], ""),
        ({"cost_source": "listed"}, ["$0.0005", "$0.0002"], f"{MORE} The list price applies."),
        ({"cost_source": "own"}, ["$0.0005", "$0.0002"], f"{MORE} Your own price applies."),
        ({"usage_source": "estimated"}, ["$0.0005", None], ""),
    ],
)
def test_what_the_endpoint_charged_stands_beside_what_the_list_says(
    changes: dict[str, Any], rows: list[str | None], explained: str
) -> None:
    entry = replace(CHARGED, **changes)
    assert [cells(entry).get(name) for name in ("Charged by the endpoint", "By the price list")] == rows
    assert explanation(entry) == explained
    assert line(entry).startswith("$0.0005")


CACHED = changed(
    ENTRY,
    usage=TokenUsage(input=100_000, cached_input=90_000, cache_write=0, output=10),
    cached_input_usd_per_mtok=Decimal("0.10"),
    cache_write_usd_per_mtok=Decimal("1.25"),
)


@pytest.mark.parametrize(
    ("changes", "explained"),
    [
        ({}, "The cache saved $0.08."),  # 90,000 × 0.9 millionths
        ({"usage": TokenUsage(100_000, 90_000, 8_000, 10)}, "The cache saved $0.08."),  # less 8,000 × 0.25
        ({"usage": TokenUsage(100_000, 0, 8_000, 10)}, "Writing to the cache cost $0.002 extra."),
        ({"usage": TokenUsage(100_000, 0, 0, 10)}, ""),
        ({"usage": TokenUsage(100_000, output=10)}, ""),
        ({"cached_input_usd_per_mtok": Decimal(1)}, ""),
    ],
)
def test_a_receipt_says_what_the_cache_saved_or_cost(changes: dict[str, Any], explained: str) -> None:
    assert explanation(changed(CACHED, **changes)) == explained


def test_nothing_is_said_of_the_cache_where_counts_are_estimated_or_the_price_is_unknown() -> None:
    assert "cache" not in explanation(replace(CACHED, usage_source="estimated"))
    assert "cache" not in explanation(replace(CACHED, price=None, cost_usd=None))


def test_what_is_odd_about_a_call_is_in_its_note() -> None:
    assert cells(LOST)["Note"] == "fate unknown: the connection was lost after sending"


def test_impossible_counts_are_not_taken_for_an_unknown_price() -> None:
    assert cells(IMPOSSIBLE)["Note"] == "impossible counts: completion_tokens is -1"
    assert cells(IMPOSSIBLE)["Exact cost"] == "unknown"
    assert explanation(IMPOSSIBLE) == (
        "The endpoint reported impossible token counts, so the cost of this call is not "
        "known. "
        "Check the endpoint’s own bill."
    )


def test_an_unknown_price_can_be_given() -> None:
    assert explanation(replace(ENTRY, cost_usd=None)) == (
        "The price of this model is not known here. Set one in the Usage tab, under Prices."
    )


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        ("priced-2026-11-01", ""),
        ("vendor/priced", ""),
        ("daybreak", "daybreak answered, not priced. "),
        ("<b>", "<b> answered, not priced. "),
    ],
)
def test_a_model_of_unknown_price_that_answered_in_place_of_another_is_named(
    answered: str, said: str
) -> None:
    entry = replace(ENTRY, cost_usd=None, resolved_model=answered)
    assert line(entry, names_model=False) == f"price unknown · 100 in + 10 out · {answered} · 0.9 s"
    assert cells(entry)["Model that answered"] == answered
    assert explanation(entry).startswith(f"{said}The price of this model is not known here.")


def test_an_estimate_without_a_price_is_both() -> None:
    assert explanation(replace(ESTIMATED, cost_usd=None)).startswith(f"{COUNTED_HERE} The price of")


def test_a_name_is_shown_letter_for_letter() -> None:
    assert cells(changed(ENTRY, model="<b>$$a|b$$"))["Model asked for"] == "<b>$$a|b$$"
    assert "<b>" not in receipt_html(changed(ENTRY, model="<b>$$a|b$$"))


@pytest.mark.parametrize(
    ("asked", "answered", "said"),
    [
        ("flex", "default", "You asked for Flex, but Standard answered, and that is what you pay for."),
        ("priority", "flex", "You asked for Priority, but Flex answered, and that is what you pay for."),
        (
            "flex",
            None,
            "You asked for Flex, but the reply does not name a tier, so the standard price applies.",
        ),
        ("flex", "flex", ""),
        ("flex", "Flex", ""),
        (None, "flex", ""),
        (None, None, ""),
    ],
)
def test_a_tier_that_answered_in_place_of_another_is_told(
    asked: str | None, answered: str | None, said: str
) -> None:
    entry = replace(ENTRY, service_tier=answered, cost_source="listed")
    below = re.search(r"<p>(.*)</p>", receipt_html(entry, asked_tier=asked))
    assert (unescape(below[1]) if below else "") == said


def test_what_an_endpoint_charged_needs_no_tier() -> None:
    charged = replace(ENTRY, cost_source="reported", reported_cost_usd=Decimal("0.0001"))
    assert "was asked for" not in receipt_html(charged, asked_tier="flex")


def test_of_a_call_that_was_refused_no_tier_answered() -> None:
    refused = replace(ENTRY, usage_source="none", usage=TokenUsage(), cost_usd=Decimal(0))
    assert "<p>" not in receipt_html(refused, asked_tier="flex")
