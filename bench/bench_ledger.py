"""Measures reports and insights on a ledger of 1,000,000 calls: time, memory, exactness."""

import importlib
import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from bench.figures import Figure, table
from usage.ledger import COLUMNS, CsvLedger, csv_line
from usage.prices import OwnPrices, PriceBook
from usage.reports import (
    GROUPINGS,
    SHEETS,
    Asked,
    Calls,
    Filter,
    PricedModels,
    Sheet,
    UsualReplies,
    conversation_costs,
    model_costs,
    our_days,
    spend,
    statement,
    usage_by,
)
from usage.units import Endpoint

CALLS = 1_000_000
_Answer = TypeVar("_Answer")
_DAYS = 730
_LISTED = 300  # conversations in the sidebar
_PRICES = {
    "gpt-6-luna": (100, 10, 500),
    "gpt-6.1-terra": (1000, 50, 5000),
    "gpt-6.1-sol": (2000, 100, 10_000),
}
_USAGE = (
    '{{"prompt_tokens":{0},"completion_tokens":{2},"total_tokens":{3},'
    '"prompt_tokens_details":{{"cached_tokens":{1},"audio_tokens":0}},'
    '"completion_tokens_details":{{"reasoning_tokens":0,"audio_tokens":0}}}}'
)


def main() -> None:
    """Print the figures alone."""
    print(table(measure()))


def measure() -> list[Figure]:
    """Write the ledger into a folder of its own and measure in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "usage.csv"
        expected = write_ledger(path)
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("spawn").Process(target=_measure, args=(theirs, path, expected))
        process.start()
        theirs.close()
        found: list[Figure] = ours.recv()
        process.join()
    return found


def write_ledger(path: Path, calls: int = CALLS) -> Decimal:
    """Write a ledger of two years in order of time, and return its exact total."""
    total = 0
    with path.open("wb") as file:
        file.write(csv_line(COLUMNS))
        for line, nanodollars in islice(_lines(), calls):
            file.write(line)
            total += nanodollars
    return Decimal(total).scaleb(-9)


def _lines() -> Iterator[tuple[bytes, int]]:
    chance = random.Random(1)  # noqa: S311
    conversation = 0
    for number in range(CALLS):
        conversation += chance.random() < 0.1
        model = chance.choice(list(_PRICES))
        rates = _PRICES[model]
        counts = (chance.randrange(20_000), chance.randrange(10_000), chance.randrange(2000))
        fresh = max(0, counts[0] - counts[1])
        nanodollars = fresh * rates[0] + (counts[0] - fresh) * rates[1] + counts[2] * rates[2]
        yield (
            _line(number, conversation, model, (counts[0], counts[0] - fresh, counts[2]), nanodollars),
            nanodollars,
        )


def _line(
    number: int, conversation: int, model: str, counts: tuple[int, int, int], nanodollars: int
) -> bytes:
    seconds = number * _DAYS * 86_400 // CALLS
    started_at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(1_731_000_000 + seconds))
    input_tokens, cached, output = counts
    rates = [f"{Decimal(rate).scaleb(-3):f}" for rate in _PRICES[model]]
    cost = f"{Decimal(nanodollars).scaleb(-9):f}"
    is_reported = bool(number % 50)
    told = _USAGE.format(*counts, input_tokens + output) if is_reported else ""
    written = {
        "call_id": f"{number:032x}",
        "started_at": f"{started_at}.123Z",
        "user": "ann" if number % 3 else "bob",
        "conversation_id": f"{conversation:016x}",
        "turn_id": f"{number:016x}",
        "purpose": "reply",
        "endpoint": "api.openai.com",
        "key_owner": "app",
        "model": model,
        "resolved_model": model,
        "status": "completed",
        "input_tokens": f"{input_tokens}",
        "cached_input_tokens": f"{cached}",
        "cache_write_tokens": "0",
        "output_tokens": f"{output}",
        "reasoning_tokens": "0",
        "usage_source": "reported" if is_reported else "estimated",
        "input_usd_per_mtok": rates[0],
        "cached_input_usd_per_mtok": rates[1],
        "output_usd_per_mtok": rates[2],
        "price_source": "genai-prices 0.2.3",
        "cost_usd": cost,
        "first_token_ms": "210",
        "duration_ms": "2400",
        "service_tier": "default",
        "per_request_usd": "0",
        "estimated_input_tokens": f"{input_tokens + 7}",
        "history_tokens": f"{input_tokens // 2}",
        "cost_source": "listed",
        "listed_cost_usd": cost,
        "usage_json": told,
    }
    return csv_line([written.get(name, "") for name in COLUMNS])


def _measure(answer: Connection, path: Path, expected: Decimal) -> None:
    importlib.import_module("pandas")  # Gradio has loaded it before anybody asks
    calls = Calls(CsvLedger(path), ZoneInfo("Europe/Berlin"))
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    first_s, first = _timed(lambda: _cost(usage_by(calls, "day", Filter())))
    with path.open("ab") as file:
        file.write(_line(CALLS, 0, "gpt-6-luna", (1234, 0, 400), 1_000_000_001))
    next_s, after = _timed(lambda: _cost(usage_by(calls, "day", Filter())))
    spend_s, _ = _timed(lambda: _sidebar(calls))
    slowest_s, slowest = max((_timed(ask)[0], name) for name, ask in _views(calls).items())
    peak_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) / 1000
    exact = first == expected and after == expected + Decimal("1.000000001")
    case = f"{CALLS:,} calls"
    answer.send(
        [
            Figure(f"first table of {case}", first_s, "s", 1.5, f"{path.stat().st_size / 1e6:.0f} MB"),
            Figure(
                "after one more call",
                next_s * 1000,
                "ms",
                50,
                f"totals exact: {'yes' if exact else '**NO**'}",
            ),
            Figure("what was spent, and on each chat, after a reply", spend_s * 1000, "ms", None, case),
            Figure("slowest view of the Usage tab", slowest_s, "s", 0.7, slowest),
            Figure("memory at peak, above rest", peak_mb, "MB", 493, case),
        ]
    )


def _sidebar(calls: Calls) -> object:
    listed = [f"{conversation:016x}" for conversation in range(_LISTED)]
    return (
        spend(calls, date(2026, 1, 1), "ann", listed[0], may_see_all=True),
        conversation_costs(calls, "ann", listed),
    )


def _cost(sheet: Sheet) -> Decimal:
    assert sheet.total is not None
    return Decimal(str(sheet.total[6]))


def _views(calls: Calls) -> dict[str, Callable[[], object]]:
    """Return all that the Usage tab can ask, of the whole ledger."""
    prices = PriceBook(OwnPrices)
    prices.warm()
    now = datetime(2026, 11, 6, tzinfo=UTC)
    asked = Asked(
        calls=calls,
        chosen=Filter(),
        now=now,
        models=lambda: PricedModels(prices, Endpoint("api.openai.com", "openai")),
    )
    sheets = {name: partial(sheet.answer, asked) for name, sheet in SHEETS.items()}
    groups = {f"by {by}": partial(usage_by, calls, by, Filter()) for by in GROUPINGS}
    return {
        **sheets,
        **groups,
        "statement": partial(statement, calls, "ann"),
        "chart": partial(model_costs, calls, "day", Filter()),
        "bill": partial(our_days, calls, date(2024, 11, 1), now.date()),
        "reply length": partial(UsualReplies(calls).tokens, "gpt-6-luna"),
    }


def _timed(question: Callable[[], _Answer]) -> tuple[float, _Answer]:
    start = time.perf_counter()
    found = question()
    return time.perf_counter() - start, found


if __name__ == "__main__":
    main()
