"""What may pass into the app: whose pages, how much at once, how large a request."""

from access.gate.gate import Gate
from access.gate.one_line import keep_tracebacks_short
from access.gate.running_app import keep_no_statistics

__all__ = [
    "Gate",
    "keep_no_statistics",
    "keep_tracebacks_short",
]
