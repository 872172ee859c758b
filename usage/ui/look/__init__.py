"""The Usage tab's own style sheet and scripts, beside the theme of the page."""

from pathlib import Path

__all__ = [
    "STYLE",
    "usage_scripts",
]

STYLE = Path(__file__).with_name("usage.css")


def usage_scripts() -> list[str]:
    """Return the texts of the tab's scripts, which run after the page's."""
    names = ("usage_address.js", "usage.js", "turn_link.js")
    return [STYLE.with_name(name).read_text("utf-8") for name in names]
