"""The Usage tab: what was spent and on what."""

from usage.ui.usage_tab import create_usage_tab
from usage.ui.view import Account, AccountError, TitlesError, UsageServices

__all__ = [
    "Account",
    "AccountError",
    "TitlesError",
    "UsageServices",
    "create_usage_tab",
]
