"""Ledger entries for tests: one plain call, changed where a test cares, and many different ones."""

import functools
import random
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from usage.ledger import COLUMNS, Call, CsvLedger, LedgerEntry, csv_line
from usage.ledger.csv_rows import line_of, values_of
from usage.reports import Calls, Cell, Totals
from usage.units import EXACT, Endpoint, Price, TokenUsage

BERLIN = ZoneInfo("Europe/Berlin")

PLAIN = LedgerEntry(
    call=Call(
        id="call-1",
        started_at=datetime(2026, 11, 22, 8, 30, 0, 123_000, UTC),
        user="local",
        conversation_id="chat-1",
        turn_id="turn-1",
        purpose="reply",
        endpoint=Endpoint("api.openai.com"),
        key_owner="app",
        model="gpt-6-luna",
        estimated_input_tokens=1240,
        history_tokens=1100,
    ),
    status="completed",
    usage=TokenUsage(input=1234, cached_input=1000, cache_write=0, output=400, reasoning=100),
    usage_source="reported",
    price=Price(Decimal("0.10"), Decimal("0.01"), Decimal("0.125"), Decimal("0.50"), "genai-prices 0.2.3"),
    cost_usd=Decimal("0.0002334"),
    resolved_model="gpt-6-luna-2026-09-01",
    first_token_ms=210,
    duration_ms=2400,
    service_tier="default",
)

HEADER = (
    "call_id,started_at,user,conversation_id,turn_id,purpose,endpoint,key_owner,model,resolved_model,status,"
    "input_tokens,cached_input_tokens,cache_write_tokens,output_tokens,reasoning_tokens,usage_source,"
    "input_usd_per_mtok,cached_input_usd_per_mtok,output_usd_per_mtok,price_source,cost_usd,"
    "first_token_ms,duration_ms,service_tier,cache_write_usd_per_mtok,reasoning_usd_per_mtok,per_request_usd,"
    "estimated_input_tokens,history_tokens,note,corrects,settled_usd,recorded_at,"
    "cost_source,reported_cost_usd,listed_cost_usd,usage_json,"
    "cache_write_1h_tokens,input_audio_tokens,input_image_tokens,output_audio_tokens,output_image_tokens,"
    "cache_write_1h_usd_per_mtok,input_audio_usd_per_mtok,input_image_usd_per_mtok,"
    "output_audio_usd_per_mtok,output_image_usd_per_mtok\n"
)
PLAIN_LINE = (
    "call-1,2026-11-22T08:30:00.123Z,local,chat-1,turn-1,reply,api.openai.com,app,gpt-6-luna,"
    "gpt-6-luna-2026-09-01,completed,1234,1000,0,400,100,reported,0.10,0.01,0.50,genai-prices 0.2.3,"
    "0.0002334,210,2400,default,0.125,,0,1240,1100" + "," * 18 + "\n"
)


def an_entry(**changes: Any) -> LedgerEntry:
    """Return PLAIN with these fields changed, wherever in it they are."""
    return changed(PLAIN, **changes)


def changed(entry: LedgerEntry, **changes: Any) -> LedgerEntry:
    """Return an entry with these fields changed, those of its call and its price among them.

    They go by the names of the ledger's columns. A price without a rate for input or output is none.
    """
    changes |= {"id": changes.pop("call_id")} if "call_id" in changes else {}
    changes |= {"endpoint": Endpoint(changes.pop("endpoint"))} if "endpoint" in changes else {}
    changes |= {"source": changes.pop("price_source")} if "price_source" in changes else {}
    call, rates = (
        {field.name: changes.pop(field.name) for field in fields(kind) if field.name in changes}
        for kind in (Call, Price)
    )
    price = entry.price
    if None in (rates.get("input_usd_per_mtok", ""), rates.get("output_usd_per_mtok", "")):
        price = None
    elif rates:
        assert price is not None
        price = replace(price, **rates)
    return replace(entry, **{"call": replace(entry.call, **call), "price": price} | changes)


def price_source(entry: LedgerEntry) -> str:
    """Return where an entry's price is from, as its row says it."""
    return str(values_of(entry)["price_source"])


ONE_PLAIN = Totals(1, 1234, 1000, 400, 100, Decimal("0.0002334"))


def written(path: Path, *entries: LedgerEntry) -> Calls:
    """Write a ledger of these entries; returns its calls."""
    path.write_bytes(csv_line(COLUMNS) + b"".join(line_of(entry, COLUMNS) for entry in entries))
    return Calls(CsvLedger(path), BERLIN)


def many_entries(number: int, seed: int = 1) -> list[LedgerEntry]:
    """Return different calls, with unknown, estimated and refused ones among them."""
    chance = random.Random(seed)  # noqa: S311
    start = datetime(2026, 10, 20, tzinfo=UTC)
    return [
        an_entry(
            call_id=f"{chance.getrandbits(128):032x}",
            started_at=start + timedelta(seconds=chance.randrange(40 * 86_400), milliseconds=7),
            user=chance.choice(["local", "ann", "=1+1"]),
            conversation_id=f"chat-{chance.randrange(50)}",
            model=chance.choice(["gpt-6-luna", "llama 3", "modèle"]),
            usage=chance.choice(
                [TokenUsage(), TokenUsage(input=chance.randrange(300_000), output=chance.randrange(9))]
            ),
            usage_source=chance.choice(["reported", "estimated", "none"]),
            cost_usd=chance.choice([None, Decimal(0), Decimal(chance.randrange(10**15)).scaleb(-12)]),
        )
        for _ in range(number)
    ]


def summed(entries: Sequence[LedgerEntry]) -> Totals:
    """Return the totals of these entries, by plain loops."""
    return Totals(
        calls=len(entries),
        input_tokens=sum(entry.usage.input or 0 for entry in entries),
        cached_input_tokens=sum(entry.usage.cached_input or 0 for entry in entries),
        output_tokens=sum(entry.usage.output or 0 for entry in entries),
        reasoning_tokens=sum(entry.usage.reasoning or 0 for entry in entries),
        cost_usd=sum_of(entry.cost_usd for entry in entries),
        estimated_usd=sum_of(entry.cost_usd for entry in entries if entry.usage_source == "estimated"),
        unknown_price_calls=sum(entry.cost_usd is None for entry in entries),
    )


def sum_of(costs: Iterable[Decimal | None]) -> Decimal:
    """Return the exact sum of the costs that are known."""
    return functools.reduce(EXACT.add, (cost or Decimal(0) for cost in costs), Decimal(0))


def cells(totals: Totals) -> list[Cell]:
    """Return totals as the cells of a sheet's row."""
    return list(astuple(totals))


# A ledger that lacks the columns after the 24th.
OLD_COLUMNS = COLUMNS[: COLUMNS.index("duration_ms") + 1]
NEW_COLUMNS = COLUMNS[len(OLD_COLUMNS) :]
MORE_NAMES = "," + ",".join(NEW_COLUMNS)
MORE_FIELDS = "," * len(NEW_COLUMNS)
OLD_HEADER = ",".join(OLD_COLUMNS) + "\n"
OLD_LINE = ",".join(PLAIN_LINE.split(",")[: len(OLD_COLUMNS)]) + "\n"
OLD_PLAIN = changed(
    PLAIN,
    service_tier=None,
    cache_write_usd_per_mtok=Decimal("0.10"),  # as the input
    estimated_input_tokens=None,
    history_tokens=None,
)


def kept(path: Path, number: int = 1) -> Path:
    """Return where the old file stays."""
    return path.with_name(f"usage.csv.before-{number}")
