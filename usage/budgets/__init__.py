"""Limits on spending, checked before each call."""

from usage.budgets.allowance import BudgetExceeded, PlannedCall
from usage.budgets.budgets import Budgets
from usage.budgets.limits import Limit, Scope, UsedLimit, crossed_by, most_used, sentence
from usage.budgets.reservations import Decide, Held, Reservation, Reservations
from usage.budgets.spent import PastCalls

__all__ = [
    "BudgetExceeded",
    "Budgets",
    "Decide",
    "Held",
    "Limit",
    "PastCalls",
    "PlannedCall",
    "Reservation",
    "Reservations",
    "Scope",
    "UsedLimit",
    "crossed_by",
    "most_used",
    "sentence",
]
