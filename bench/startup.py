"""How long Tally takes to start and how much memory it keeps, against an empty Gradio page.

Start: from the start of the process to the first 200, of /healthz and of / for the empty page.
Memory: the proportional set size one second after a browser has loaded the page, which is when both
have imported all that a page needs; Tally has shown there what was spent, whatever the ledger's size.
First table: from the start of the process to the end of the daily table's download.
Medians of several starts, the two in turn.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser

from bench.bench_ledger import write_ledger
from bench.figures import Figure
from bench.servers import DIRECT, Running, bare_page, tally

# Rows of the ledger: how often the app is started with it, the most that start and memory should take.
LEDGERS = {0: (5, 1.25, 2.2), 10_000: (3, None, 2.2), 1_000_000: (1, None, None)}


@dataclass(frozen=True, slots=True)
class Sample:
    """One start."""

    ready_s: float
    memory_mb: float


def measure(browser: Browser) -> list[Figure]:
    """Return time to the first answer and memory at rest, as ratios, and the first table after a start."""
    figures = []
    for rows, (starts, most_ready, most_memory) in LEDGERS.items():
        with tempfile.TemporaryDirectory() as folder:
            if rows:
                write_ledger(Path(folder) / "usage.csv", rows)
            start = partial(tally, Path(folder))
            samples = [(_sample(start, browser), _sample(bare_page, browser)) for _ in range(starts)]
            case = f", {rows:,} calls" if rows else ""
            figures += [
                _against(f"start to first answer{case}", "ready_s", "s", samples, most_ready),
                _against(f"memory at rest{case}", "memory_mb", "MB", samples, most_memory),
            ]
            if rows:
                figures.append(
                    Figure(f"start to first table{case}", _first_table_s(start), "s", None, "one start")
                )
    return figures


def _against(
    what: str, measured: str, unit: str, samples: list[tuple[Sample, Sample]], goal: float | None
) -> Figure:
    sides = zip(*samples, strict=True)
    value, bare = (statistics.median(getattr(each, measured) for each in side) for side in sides)
    return Figure(what, value / bare, "×", goal, f"{value:.2f} {unit} of {bare:.2f} {unit}")


def _sample(start: Callable[[], AbstractContextManager[Running]], browser: Browser) -> Sample:
    with start() as running:
        page = browser.new_page()
        page.goto(running.url)
        page.wait_for_selector("#message textarea", timeout=0)
        time.sleep(1)
        memory = memory_mb(running.pid)
        page.close()
        return Sample(running.ready_s, memory)


def _first_table_s(start: Callable[[], AbstractContextManager[Running]]) -> float:
    with start() as running:
        asked = time.perf_counter()
        with DIRECT.open(f"{running.url}/download/table.csv?by=day") as answer:
            answer.read()
        return running.ready_s + time.perf_counter() - asked


def memory_mb(pid: int) -> float:
    """Return how much memory a process has of its own, with its share of what others have too."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    [kilobytes] = [line.split()[1] for line in lines if line.startswith("Pss:")]
    return int(kilobytes) / 1024
