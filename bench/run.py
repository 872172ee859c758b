"""Measures speed and memory on this machine and prints the figures that README quotes: `make bench`."""

import subprocess
import sys

from playwright.sync_api import sync_playwright

from bench import page, startup
from bench.figures import table
from scripts.find_browser import FLAGS, HINT, find_browser


def main() -> int:
    """Print one table of the page's figures, then what the ledger's own measurement prints."""
    path = find_browser()
    if path is None:
        sys.stderr.write(f"{HINT}\n")
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        print(table([*startup.measure(browser), *page.measure(browser)]), flush=True)
        browser.close()
    # A process of its own, so that its memory is its own too.
    return subprocess.run([sys.executable, "-m", "bench.bench_ledger"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
