"""The line below the message box: what sending would cost, and what budgets say of it."""

from chat.ui.estimate.budget_alarm import BudgetAlarm, budget_alarm
from chat.ui.estimate.estimate_line import Sending, estimate_html
from chat.ui.estimate.newest_only import NewestOnly

__all__ = [
    "BudgetAlarm",
    "NewestOnly",
    "Sending",
    "budget_alarm",
    "estimate_html",
]
