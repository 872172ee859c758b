"""The record of every model call, and the CSV file that keeps it."""

from usage.ledger.csv_ledger import CsvLedger
from usage.ledger.csv_records import LedgerProblem, RowError, csv_line
from usage.ledger.csv_rows import (
    COLUMNS,
    escaped,
    parse_row,
    parse_time,
    read_header,
)
from usage.ledger.entry import (
    CALL_PURPOSES,
    FATE_UNKNOWN,
    IMPOSSIBLE,
    LOCAL_USER,
    NOBODY,
    ROUNDING_USD,
    TEMPORARY,
    Call,
    CallStatus,
    CostSource,
    KeyOwner,
    Ledger,
    LedgerEntry,
    LedgerError,
    Purpose,
    UsageSource,
    correction,
    correction_id,
    exact_correction,
)
from usage.ledger.ledger_tail import Block
from usage.ledger.recount import recount, recount_text

__all__ = [
    "CALL_PURPOSES",
    "COLUMNS",
    "FATE_UNKNOWN",
    "IMPOSSIBLE",
    "LOCAL_USER",
    "NOBODY",
    "ROUNDING_USD",
    "TEMPORARY",
    "Block",
    "Call",
    "CallStatus",
    "CostSource",
    "CsvLedger",
    "KeyOwner",
    "Ledger",
    "LedgerEntry",
    "LedgerError",
    "LedgerProblem",
    "Purpose",
    "RowError",
    "UsageSource",
    "correction",
    "correction_id",
    "csv_line",
    "escaped",
    "exact_correction",
    "parse_row",
    "parse_time",
    "read_header",
    "recount",
    "recount_text",
]
