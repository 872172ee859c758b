"""The line below the message box: what sending would cost, and whether a budget allows it."""

from chat.ui.estimate.context_handler import ContextHandler, context_in, summary_choice
from chat.ui.estimate.estimate_handler import EstimateHandler

__all__ = [
    "ContextHandler",
    "EstimateHandler",
    "context_in",
    "summary_choice",
]
