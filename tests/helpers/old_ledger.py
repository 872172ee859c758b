"""The ledger file as the first version wrote it, and where an upgrade keeps it."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.helpers.ledger_entries import PLAIN, PLAIN_LINE, changed
from usage.ledger import COLUMNS
from usage.ledger.csv_rows import FIRST_COLUMNS

TODAY = date(2026, 11, 25)
NEW_COLUMNS = COLUMNS[len(FIRST_COLUMNS) :]
MORE_NAMES = "," + ",".join(NEW_COLUMNS)
MORE_FIELDS = "," * len(NEW_COLUMNS)
OLD_HEADER = ",".join(FIRST_COLUMNS) + "\n"
OLD_LINE = ",".join(PLAIN_LINE.split(",")[: len(FIRST_COLUMNS)]) + "\n"
OLD_PLAIN = changed(
    PLAIN,
    service_tier=None,
    cache_write_usd_per_mtok=Decimal("0.10"),  # as the input
    estimated_input_tokens=None,
    history_tokens=None,
)


def kept(path: Path, number: str = "") -> Path:
    """Return where the old file stays."""
    return path.with_name(f"usage.csv.before-2026-11-25{number}")
