"""Limits on spending, checked before each call."""

from usage.budgets.budgets import Asked, BudgetExceeded, Budgets, Period, Reservations
from usage.budgets.limits import Limit, Scope, UsedLimit, crossed_by, most_used, sentence
from usage.budgets.reservations import Decide, Reservation
from usage.budgets.spent import PastCalls

__all__ = [
    "Asked",
    "BudgetExceeded",
    "Budgets",
    "Decide",
    "Limit",
    "PastCalls",
    "Period",
    "Reservation",
    "Reservations",
    "Scope",
    "UsedLimit",
    "crossed_by",
    "most_used",
    "sentence",
]
