"""How long models' replies usually are, looked up as often as somebody types."""

from threading import Lock

from usage.reports.estimates import usual_output_tokens
from usage.reports.reports import UsageReports


class UsualReplies:
    """Remembers each model's answer until the ledger has grown. Threads may ask at once."""

    def __init__(self, reports: UsageReports) -> None:
        self._reports = reports
        self._lock = Lock()
        self._entries = 0
        self._tokens: dict[str, int | None] = {}

    def tokens(self, model: str) -> int | None:
        """The median length of the model's replies, None before there are a few. Raises LedgerError."""
        with self._reports.table() as table, self._lock:
            if len(table) != self._entries:
                self._entries = len(table)
                self._tokens.clear()
            if model not in self._tokens:
                self._tokens[model] = usual_output_tokens(table, model)
            return self._tokens[model]
