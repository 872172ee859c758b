"""Which Chromium tests and measurements use, and how it is started, so that it stays on loopback."""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
# Names under .example, which nobody can own, lead to this machine: tests use them for other sites.
_RESOLVER = "MAP *.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.*"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules={_RESOLVER}",
)
HINT = (
    "no Chromium found: install one (Debian: apt-get install chromium; anywhere: playwright install"
    " chromium), or name one in the variable CHROMIUM"
)


def find_browser() -> str | None:
    """Return the browser named by CHROMIUM, an installed one, Playwright's download, or None.

    Not to be called while Playwright runs in this thread.
    """
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    installed = next((path for path in map(shutil.which, NAMES) if path), None)
    return installed or _downloaded()


def _downloaded() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def main() -> int:
    """Print the browser's path; 1 and a hint when there is none."""
    path = find_browser()
    if path is None:
        sys.stderr.write(f"{HINT}\n")
        return 1
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
