"""What many people at once get who all press Enter: `python -m bench.crowd`, or in `make bench`.

Each has signed in and opened a page. Their requests and streams are those of a browser, and come from this
process; the endpoint, which writes a reply of 300 pieces, one every 30 ms, is another. All three share the
machine.

First word: from Enter until it has come to the page. Last word: the time from Enter to it over the
endpoint's own, from the request's arrival there to the last piece written. 95 of 100 are as fast or faster.
Estimate: of one more person, who types all the while. Processor: what Tally took for all of it, a reply.
"""

import asyncio
import math
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.figures import Figure, table
from bench.servers import chats_at, endpoint, tally
from bench.startup import memory_mb
from tests.servers.crowd import CrowdPage, Reply, add_people, ask_all, signed_in

CHUNKS = 300
MODEL = f"stream-{CHUNKS}x30ms"
WORDS = " ".join(f"word{number}" for number in range(1, CHUNKS + 1))
LOOK_EVERY_S = 0.3
PERCENT = 95


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many people ask within which time, and what they should get at most; None for no goal."""

    people: int
    within_s: float
    first_word_s: float | None
    last_word: float | None
    estimate_s: float | None
    processor_ms: float | None


CROWDS = (
    Crowd(20, 1, None, 1.06, None, None),
    Crowd(100, 10, 0.6, 1.1, 0.3, 100),
    Crowd(100, 1, 1.5, 1.2, 0.3, 100),
    Crowd(300, 10, None, None, None, None),
)


@dataclass(slots=True)
class Seen:
    """What came of a crowd: replies, how long each estimate took, and what Tally needed."""

    replies: list[Reply]
    estimates_s: list[float]
    processor_s: float
    memory_mb: float


def measure(crowds: Sequence[Crowd] = CROWDS) -> list[Figure]:
    """Return the figures of each crowd."""
    return [figure for crowd in crowds for figure in _measure(crowd)]


def _measure(crowd: Crowd) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, endpoint() as address:
        data_dir = Path(folder) / "data"
        names = add_people(data_dir, crowd.people + 1)
        variables = {"OPENAI_BASE_URL": address, "OPENAI_API_KEY": "any", "TALLY_MODEL": MODEL}
        with tally(data_dir, variables) as running:
            typist, *pages = signed_in(running.url, names)
            seen = asyncio.run(_watch(crowd, pages, typist, running.pid))
        asked = {each["body"]["messages"][-1]["content"]: each for each in chats_at(address)}
    whole = [reply for reply in seen.replies if WORDS in reply.chat and reply.question in reply.chat]
    firsts, lasts = [], []
    for reply in whole:
        request = asked[reply.question]
        firsts.append(reply.heard.first("word1") - reply.sent_at)
        last_s = reply.heard.first(f"word{CHUNKS}") - reply.sent_at
        lasts.append(last_s / (request["last_event_at"] - request["received_at"]))
    who = f"{crowd.people} people within {crowd.within_s:g} s"
    return [
        Figure(f"replies not whole, {who}", len(seen.replies) - len(whole), "", 0, f"of {crowd.people}"),
        Figure(
            f"first word, {who}", _slowest(firsts), "s", crowd.first_word_s, f"{median(firsts):.2f} s p50"
        ),
        Figure(f"last word, {who}", _slowest(lasts), "×", crowd.last_word, f"{median(lasts):.2f} × p50"),
        Figure(
            f"estimate meanwhile, {who}",
            _slowest(seen.estimates_s),
            "s",
            crowd.estimate_s,
            f"{median(seen.estimates_s):.2f} s p50",
        ),
        Figure(
            f"processor a reply, {who}",
            seen.processor_s / crowd.people * 1000,
            "ms",
            crowd.processor_ms,
            "estimates included",
        ),
        Figure(f"memory a running reply, {who}", seen.memory_mb / crowd.people, "MB", 1, "above the pages'"),
    ]


async def _watch(crowd: Crowd, pages: Sequence[CrowdPage], typist: CrowdPage, pid: int) -> Seen:
    for page in (typist, *pages):
        await page.open()
    for page in pages:
        page.heard.lines.clear()
    processor_s, memory = _processor_s(pid), memory_mb(pid)
    asking = asyncio.create_task(ask_all(pages, MODEL, crowd.within_s))
    estimates_s, most = [], memory
    while not asking.done():
        began = time.perf_counter()
        await typist.fire("estimate", {"message": f"Typed at {began}", "model-chosen": MODEL})
        await typist.listened()
        estimates_s.append(time.perf_counter() - began)
        most = max(most, memory_mb(pid))
        await asyncio.sleep(LOOK_EVERY_S)
    return Seen(asking.result(), estimates_s, _processor_s(pid) - processor_s, most - memory)


def _processor_s(pid: int) -> float:
    """Return the processor time that a process and its ended children have taken."""
    times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def _slowest(values: Sequence[float]) -> float:
    """Return the value that 95 of 100 do not exceed."""
    return sorted(values)[math.ceil(len(values) * PERCENT / 100) - 1] if values else math.inf


def main() -> int:
    """Print the figures alone."""
    print(table(measure()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
