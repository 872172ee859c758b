"""What a long list of conversations costs: `python -m bench.list_of_conversations`, or in `make bench`.

Relist: what the server does for each new list that a page shows, after a reply or while one runs elsewhere,
without sending it: the start of the list is read, what its conversations cost is summed, its HTML is made.
Usable: as in page.py, from the start of the navigation until a message can be typed and the first row is in
view, in a fresh browser profile. Medians.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser

from bench.figures import Figure
from bench.servers import print_alone, tally
from chat.calls import TurnRunner
from chat.store import ConversationStore
from chat.ui import Listing
from tests.helpers.realistic_data import make_realistic_data
from usage.ledger import LOCAL_USER, CsvLedger
from usage.reports import Calls, conversation_costs

FEW, MANY = 300, 10_000
RELISTS = 50
LOADS = 5

WATCH_LIST = """
  window.usableMs = null;
  const look = () => {
    const box = document.querySelector("#message textarea");
    const row = document.querySelector("#conversations li");
    if (box && !box.disabled && row && row.getBoundingClientRect().top < innerHeight) {
      window.usableMs = performance.now();
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
"""


class NothingRuns:
    """Stands for the runner: no reply is being written."""

    def running_in(self, _user: str) -> set[str]:
        """Return no conversation."""
        return set()

    naming_in = running_in


def measure(browser: Browser) -> list[Figure]:
    """Return what one relist costs with many conversations and with few, and how soon the page is usable."""
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        folders = {FEW: Path(few) / "data", MANY: Path(many) / "data"}
        for number, folder in folders.items():
            make_realistic_data(folder, datetime.now(UTC).replace(microsecond=0), number)
        relists = {number: _relist_ms(folder) for number, folder in folders.items()}
        loads = {number: _load_s(browser, folder) for number, folder in folders.items()}
    case = f"with {MANY:,} chats"
    return [
        Figure(f"list {case} read again", relists[MANY], "ms", None, f"{relists[FEW]:.0f} ms with {FEW}"),
        Figure(
            f"page {case} usable",
            loads[MANY] / loads[FEW],
            "×",
            1.1,
            f"{loads[MANY]:.2f} s of {loads[FEW]:.2f} s with {FEW}",
        ),
    ]


def _relist_ms(folder: Path) -> float:
    # The browser's loop runs in this thread.
    with _listing(folder) as listing, ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _relists(listing)).result()


async def _relists(listing: Listing) -> float:
    await listing.start_html(LOCAL_USER)  # reads the ledger
    took_ms = []
    for _ in range(RELISTS):
        began = time.perf_counter()
        await listing.start_html(LOCAL_USER)
        took_ms.append((time.perf_counter() - began) * 1000)
    return statistics.median(took_ms)


@contextmanager
def _listing(folder: Path) -> Iterator[Listing]:
    store = ConversationStore(f"sqlite:///{folder / 'tally.db'}")
    costs = partial(conversation_costs, Calls(CsvLedger(folder / "usage.csv"), ZoneInfo("UTC")))
    yield Listing(store, cast("TurnRunner", NothingRuns()), costs, lambda: datetime.now(UTC), UTC)
    store.close()


def _load_s(browser: Browser, folder: Path) -> float:
    with tally(folder) as running:
        return statistics.median(_usable_s(browser, running.url) for _ in range(LOADS))


def _usable_s(browser: Browser, address: str) -> float:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.add_init_script(WATCH_LIST)
    page.goto(address)
    page.wait_for_function("window.usableMs", timeout=0)
    usable_ms = float(page.evaluate("window.usableMs"))
    page.close()
    return usable_ms / 1000


if __name__ == "__main__":
    sys.exit(print_alone(measure))
