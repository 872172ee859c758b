"""Many calls of every kind for tests of the insights, and tables of them, read in bulk and row by row."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from tests.helpers.ledger_entries import BERLIN, an_entry, written
from usage.accounts import settle_entry
from usage.ledger import CALL_PURPOSES, CsvLedger, LedgerEntry
from usage.reports import SHEETS, Asked, Calls, Filter, PricedModels, Sheet
from usage.units import Price, TokenUsage, cost_of

Way = Literal["in bulk", "row by row"]
WAYS: tuple[Way, ...] = ("in bulk", "row by row")
_START = datetime(2026, 9, 1, tzinfo=UTC)


def a_price(rates: str, reasoning: str | None = None, per_request: str = "0") -> Price:
    """Return a price with rates of input, cached input, cache write and output in USD per million tokens."""
    sent, cached, written, output = map(Decimal, rates.split())
    given = None if reasoning is None else Decimal(reasoning)
    return Price(sent, cached, written, output, "list", given, Decimal(per_request))


_PRICES = (
    a_price("0.10 0.01 0.125 0.50"),
    a_price("2 0.1 2.5 10", reasoning="12", per_request="0.01"),
    a_price("0 0 0 0"),
)


def varied_entries(number: int, seed: int = 3) -> list[LedgerEntry]:
    """Return this number of calls as a ledger has them, with corrections and settlements among them."""
    chance = random.Random(seed)  # noqa: S311
    entries: list[LedgerEntry] = []
    for place in range(number):
        call = _call(chance, f"{place:08}")
        correction = _correction(call, chance)
        if correction and chance.random() < 0.05:
            entries.append(correction)
            correction = None
        entries.append(call)
        if correction:
            entries.append(correction)
        if chance.random() < 0.005:
            at = _START + timedelta(days=chance.randrange(80))
            usd = Decimal(chance.randrange(1, 10**9)).scaleb(-6)
            entries.append(settle_entry(chance.choice(["ann", "bob", "dan"]), usd, at, f"paid-{place}"))
    return entries


def calls_among(entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    return [entry for entry in entries if entry.call.purpose in CALL_PURPOSES]


def costs_of(entries: Iterable[LedgerEntry]) -> dict[str, Decimal]:
    """Return the known costs by the ids of the calls, corrections included."""
    entries = list(entries)
    costs = {entry.call.id: entry.cost_usd for entry in calls_among(entries) if entry.cost_usd is not None}
    corrections = {entry.corrects: entry.cost_usd or Decimal(0) for entry in entries if entry.corrects}
    return corrections | costs


def chosen_entries(entries: Iterable[LedgerEntry], chosen: Filter) -> list[LedgerEntry]:
    """Return the entries that a filter lets through, by a plain loop."""
    return [
        entry
        for entry in entries
        if (chosen.first_day is None or entry.call.started_at.astimezone(BERLIN).date() >= chosen.first_day)
        and (chosen.last_day is None or entry.call.started_at.astimezone(BERLIN).date() <= chosen.last_day)
        and chosen.user in (None, entry.call.user)
        and chosen.conversation_id in (None, entry.call.conversation_id)
    ]


def read(path: Path, way: Way, zone: ZoneInfo = BERLIN) -> Calls:
    """Return the calls of a ledger, read in bulk or row by row however many they are."""
    return Calls(CsvLedger(path), zone, bulk_bytes=0 if way == "in bulk" else 10**12)


def calls_of(path: Path, entries: Sequence[LedgerEntry], way: Way = "in bulk") -> Calls:
    """Return the calls of these entries in Berlin, read in bulk or row by row however many they are."""
    written(path, *entries)
    calls = read(path, way)
    assert calls.problems() == ()
    return calls


def answer_of(calls: Calls, name: str, chosen: Filter) -> Sheet:
    """Return a registered sheet with its default options."""

    def no_models() -> PricedModels:
        raise AssertionError("this sheet needs no prices")

    now = datetime(2026, 11, 22, 12, tzinfo=BERLIN)
    return SHEETS[name].answer(Asked(calls=calls, chosen=chosen, now=now, models=no_models))


def _call(chance: random.Random, call_id: str) -> LedgerEntry:
    usage, source = _usage(chance)
    price = chance.choice([*_PRICES, None])
    known = None if price is None else cost_of(price, usage)
    model = chance.choice(["gpt-6-luna", "gpt-6.1-sol", "llama 3", "=modèle"])
    counted = chance.choice([None, chance.randrange(1, 9000)])
    return an_entry(
        call_id=call_id,
        started_at=_START + timedelta(seconds=chance.randrange(90 * 86_400), milliseconds=7),
        user=chance.choice(["ann", "bob", "=1+1"]),
        conversation_id=f"chat-{chance.randrange(40)}",
        purpose=chance.choice(CALL_PURPOSES),
        endpoint=chance.choice(["api.openai.com", "gateway.example"]),
        key_owner=chance.choice(["app", "app", "user"]),
        model=model,
        resolved_model=chance.choice([None, f"{model}-2026-09-01"]),
        status=chance.choice(["completed", "completed", "stopped", "failed"]),
        usage=usage,
        usage_source=source,
        price=price,
        cost_usd=Decimal(0) if source == "none" else known,
        estimated_input_tokens=counted,
        history_tokens=counted and chance.choice([None, 0, chance.randrange(counted + 1)]),
        note=chance.choice(["", "", "", "fate unknown: no answer came in time"]),
    )


def _usage(chance: random.Random) -> tuple[TokenUsage, Literal["reported", "estimated", "none"]]:
    sent, output = chance.randrange(10_000), chance.randrange(2000)
    cached = chance.randrange(sent + 1)
    usage = chance.choice(
        [
            TokenUsage(
                sent, cached, chance.randrange(sent - cached + 1), output, chance.randrange(output + 1)
            ),
            TokenUsage(sent, cached, None, output, None),
            TokenUsage(sent, None, None, output, None),
            TokenUsage(),
        ]
    )
    if usage == TokenUsage():
        return usage, chance.choice(["reported", "none"])
    return usage, chance.choice(["reported", "reported", "estimated"])


def _correction(call: LedgerEntry, chance: random.Random) -> LedgerEntry | None:
    """Return the correction of a call without a price, for half of them."""
    cost = None if call.cost_usd is not None else cost_of(_PRICES[1], call.usage)
    if cost is None or chance.random() < 0.5:
        return None
    return replace(
        call,
        call=replace(
            call.call,
            id=f"{call.call.id}:price",
            turn_id="turn-1",
            purpose="correction",
            estimated_input_tokens=None,
            history_tokens=None,
        ),
        usage=TokenUsage(),
        price=_PRICES[1],
        cost_usd=cost,
        note="",
        corrects=call.call.id,
        recorded_at=call.call.started_at + timedelta(days=1),
    )
