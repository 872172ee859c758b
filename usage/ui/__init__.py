"""The Usage tab: what was spent and on what, one file for each of its views."""

from usage.ui.look import STYLE, usage_head
from usage.ui.services import TitlesError, UsageServices
from usage.ui.usage_tab import create_usage_tab

__all__ = [
    "STYLE",
    "TitlesError",
    "UsageServices",
    "create_usage_tab",
    "usage_head",
]
