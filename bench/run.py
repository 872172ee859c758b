"""Measures speed and memory on this machine and prints the figures of docs/how-fast.md: `make bench`."""

import sys

from playwright.sync_api import sync_playwright

from bench import (
    attaching,
    bench_ledger,
    bench_search,
    crowd,
    list_of_conversations,
    page,
    startup,
    taking_in,
)
from bench.figures import table
from scripts.find_browser import FLAGS, HINT, find_browser


def main() -> int:
    """Print one table of all figures."""
    path = find_browser()
    if path is None:
        sys.stderr.write(f"{HINT}\n")
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        figures = [*startup.measure(browser), *page.measure(browser), *list_of_conversations.measure(browser)]
        figures += attaching.measure(browser)
        browser.close()
    others = [*bench_ledger.measure(), *bench_search.measure(), *taking_in.measure(), *crowd.measure()]
    print(table([*figures, *others]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
