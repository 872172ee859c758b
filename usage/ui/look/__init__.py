"""The Usage tab's own style sheet and script, beside the theme of the page."""

from pathlib import Path

__all__ = [
    "STYLE",
    "usage_head",
]

STYLE = Path(__file__).with_name("usage.css")


def usage_head() -> str:
    """Return the tab's script, written into the page so that nothing is fetched for it."""
    return f"<script>{STYLE.with_name('usage.js').read_text('utf-8')}</script>"
