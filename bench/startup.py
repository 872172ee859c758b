"""How long Tally takes to start and how much memory it keeps, against an empty Gradio page.

Start: from the start of the process to the first 200, of /healthz and of / for the empty page.
Memory: the proportional set size one second after a browser has loaded the page, which is when both
have imported all that a page needs. Medians of several starts, the two in turn.
"""

import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from bench.figures import Figure
from bench.servers import Running, bare_page, tally

STARTS = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """One start."""

    ready_s: float
    memory_mb: float


def measure(browser: Browser) -> list[Figure]:
    """Time to the first answer and memory at rest, as ratios."""
    pairs = [(_sample(tally, browser), _sample(bare_page, browser)) for _ in range(STARTS)]
    ready, bare_ready = (statistics.median(s.ready_s for s in side) for side in zip(*pairs, strict=True))
    memory, bare_memory = (statistics.median(s.memory_mb for s in side) for side in zip(*pairs, strict=True))
    return [
        Figure(
            "start to first answer", ready / bare_ready, "×", 1.25, f"{ready:.2f} s of {bare_ready:.2f} s"
        ),
        Figure("memory at rest", memory / bare_memory, "×", 2.2, f"{memory:.0f} MB of {bare_memory:.0f} MB"),
    ]


def _sample(start: Callable[[], AbstractContextManager[Running]], browser: Browser) -> Sample:
    with start() as running:
        page = browser.new_page()
        page.goto(running.url)
        page.wait_for_selector("#message textarea", timeout=0)
        time.sleep(1)
        memory_mb = _memory_mb(running.pid)
        page.close()
        return Sample(running.ready_s, memory_mb)


def _memory_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    [kilobytes] = [line.split()[1] for line in lines if line.startswith("Pss:")]
    return int(kilobytes) / 1024
