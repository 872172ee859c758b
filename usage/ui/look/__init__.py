"""The Usage tab's own style sheet and scripts, beside the theme of the page."""

from pathlib import Path

__all__ = [
    "STYLE",
    "usage_head",
]

STYLE = Path(__file__).with_name("usage.css")


def usage_head() -> str:
    """Return the tab's scripts, written into the page so that nothing is fetched for them."""
    return "".join(
        f"<script>{STYLE.with_name(name).read_text('utf-8')}</script>"
        for name in ("usage_address.js", "usage.js", "turn_link.js")
    )
