"""The views of the Usage tab, a file each; that of prices has a folder of its own beside this one."""

from usage.ui.views.alternatives_view import create_subscription, create_what_if
from usage.ui.views.bill_view import LARGEST_SENT, BillView
from usage.ui.views.insights_view import create_insights
from usage.ui.views.overview_view import create_overview
from usage.ui.views.settle_up_view import SettleUp

__all__ = [
    "LARGEST_SENT",
    "BillView",
    "SettleUp",
    "create_insights",
    "create_overview",
    "create_subscription",
    "create_what_if",
]
