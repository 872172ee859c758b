"""How fast words reach the page, and how soon a long conversation can be used, in a real Chromium.

First word: from the moment the endpoint wrote it to the moment it is in the page's text.
Last word: the time from Enter to the last word in the page's text, over the endpoint's own time, which
is from the request's arrival there to the last event written. So all that Tally does before asking,
between, and after counts against it.
Usable: from the start of the navigation, in a fresh browser profile, until the message box can be typed
into and the last message is in view; for Gradio's own chat with nothing in it, until its box can be.
The same again on a network that takes 100 ms for each answer, as Chromium imitates one.
All clocks are those of this machine. Medians.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from bench.conversations import LAST, Earlier, seed
from bench.figures import Figure
from bench.servers import bare_page, chats_at, endpoint, tally

LENGTHS = (0, 100, 1000)
CHUNKS = (400, 4000)  # of a reply
REPLIES = 3  # measured for each
LOADS = 5
LATENCIES_MS = (0, 100)

WATCH_REPLY = """(last) => {
  const times = (window.times = {});
  const now = () => Date.now() / 1000;
  const noteEnter = (event) => event.key === "Enter" && (times.sent = now());
  addEventListener("keydown", noteEnter, { capture: true });
  const look = () => {
    const text = document.querySelector("#chat").textContent;
    if (!times.first && text.includes("word1")) times.first = now();
    if (!times.last && text.includes(last)) times.last = now();
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""

WATCH_LOAD = """
  window.usableMs = null;
  const inView = (element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  };
  const look = () => {
    const box = document.querySelector("#message textarea");
    const last = LAST === "" || [...document.querySelectorAll("#chat p")]
      .some((each) => each.textContent.includes(LAST) && inView(each));
    if (last && box && !box.disabled && inView(box)) window.usableMs = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """One streamed reply: seconds to its first word on the page, to its last, and the endpoint's own."""

    first_word_s: float
    last_word_s: float
    endpoint_s: float


def measure(browser: Browser) -> list[Figure]:
    """Return how soon a long page is usable, and the first and last word for each length of reply."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder, endpoint() as address:
        data_dir = Path(folder)
        seed(data_dir, _conversations())
        figures += _measure_loads(browser, data_dir)
        for chunks in CHUNKS:
            figures += _measure_replies(browser, data_dir, address, chunks)
    return figures


def _conversations() -> Iterator[Earlier]:
    """A conversation for each reply that comes after earlier messages."""
    for chunks, length, number in product(CHUNKS, LENGTHS, range(REPLIES)):
        yield Earlier(_id(length, chunks, number), length, _model(chunks))


def _id(length: int, chunks: int, number: int) -> str:
    return f"m{length}-c{chunks}-{number}"


def _model(chunks: int) -> str:
    return f"stream-{chunks}x5ms"


def _measure_replies(browser: Browser, data_dir: Path, address: str, chunks: int) -> list[Figure]:
    variables = {"OPENAI_BASE_URL": address, "OPENAI_API_KEY": "any", "TALLY_MODEL": _model(chunks)}
    firsts, lasts = [], []
    with tally(data_dir, variables) as running:
        for length in LENGTHS:
            replies = []
            for number in range(REPLIES):
                opened = f"{running.url}/?c={_id(length, chunks, number)}" if length else running.url
                replies.append(_reply(browser, opened, address, chunks))
            firsts.append(statistics.median(reply.first_word_s for reply in replies))
            lasts.append(statistics.median(reply.last_word_s / reply.endpoint_s for reply in replies))
    case = f"of a reply in {chunks:,} pieces"
    return [
        Figure(f"first word {case}", max(firsts), "s", 0.2, _by_length(firsts, "s")),
        Figure(f"last word {case}", max(lasts), "×", 1.1, _by_length(lasts, "×")),
    ]


def _by_length(values: list[float], unit: str) -> str:
    """Name the median after each length of conversation; the figure is the slowest."""
    lengths = ", ".join(f"{length:,}" for length in LENGTHS)
    return f"{', '.join(f'{value:.2f}' for value in values)} {unit} after {lengths} messages"


def _reply(browser: Browser, opened: str, address: str, chunks: int) -> Reply:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    _open(page, opened)
    page.evaluate(WATCH_REPLY, f"word{chunks}")
    page.fill("#message textarea", "Go on.", timeout=0)
    time.sleep(0.5)  # the estimate below the box is made now, as when a person types
    page.press("#message textarea", "Enter")
    page.wait_for_function("window.times.last", timeout=0)
    times = page.evaluate("window.times")
    page.close()
    asked = _last_chat(address)
    return Reply(
        first_word_s=times["first"] - asked["first_event_at"],
        last_word_s=times["last"] - times["sent"],
        endpoint_s=asked["last_event_at"] - asked["received_at"],
    )


def _open(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("#message textarea:enabled", timeout=0)
    if "?c=" in address:
        page.wait_for_selector(f"#chat p:has-text('{LAST}')", timeout=0)
    time.sleep(1)  # whatever loads late does not count as a slow reply


def _last_chat(address: str) -> dict[str, Any]:
    while True:
        latest = chats_at(address)[-1]
        if latest["answered"]:
            return latest
        time.sleep(0.05)


def _measure_loads(browser: Browser, data_dir: Path) -> list[Figure]:
    figures = []
    with tally(data_dir) as running, bare_page("chat") as bare:
        long = f"{running.url}/?c={_id(max(LENGTHS), min(CHUNKS), 0)}"
        for latency_ms in LATENCIES_MS:
            loads = [
                (
                    _usable_s(browser, bare.url, "", latency_ms),
                    _usable_s(browser, running.url, "", latency_ms),
                    _usable_s(browser, long, LAST, latency_ms),
                )
                for _ in range(LOADS)
            ]
            theirs, *ours = (statistics.median(side) for side in zip(*loads, strict=True))
            for what, limit, seconds in zip(
                ("an empty chat", "1,000 messages"), (1.15, 1.3), ours, strict=True
            ):
                told = f"{seconds:.2f} s of {theirs:.2f} s"
                name = f"page of {what} usable, latency {latency_ms} ms"
                figures.append(Figure(name, seconds / theirs, "×", limit, told))
    return figures


def _usable_s(browser: Browser, address: str, last: str, latency_ms: int) -> float:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    unlimited = {"downloadThroughput": -1, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", {"offline": False, "latency": latency_ms, **unlimited})
    page.add_init_script(f"const LAST = {json.dumps(last)};{WATCH_LOAD}")
    page.goto(address)
    page.wait_for_function("window.usableMs", timeout=0)
    usable_ms = float(page.evaluate("window.usableMs"))
    page.close()
    return usable_ms / 1000
