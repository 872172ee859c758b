"""The Usage tab's own CSS and script, beside the theme of the page."""

from pathlib import Path

HERE = Path(__file__).parent
STYLE = HERE / "usage.css"
SCRIPT = HERE / "usage.js"


def usage_head() -> str:
    """The tab's script, in place so that nothing is fetched for it."""
    return f"<script>{SCRIPT.read_text('utf-8')}</script>"
