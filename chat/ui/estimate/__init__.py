"""The line below the message box: what sending would cost, and what budgets say of it."""

from chat.ui.estimate.estimating import Estimating

__all__ = [
    "Estimating",
]
