"""The comparison with a bill as a sheet."""

from usage.accounts.bill import Comparison
from usage.reports import TOTAL, Column, Sheet, calls_text

_COLUMNS = (
    Column("day", "Day (UTC)"),
    Column("model", "Model"),
    Column("ours_usd", "Tally", "usd"),
    Column("theirs_usd", "Bill", "usd"),
    Column("difference_usd", "Difference", "usd"),
    Column("explanation", "What could explain it"),
)


def bill_sheet(comparison: Comparison, own_key_calls: int = 0) -> Sheet:
    """All its rows by day and model; `own_key_calls` were made with people's own keys and are left out."""
    note = comparison.remark
    if own_key_calls:
        note += (
            f" Not compared: {calls_text(own_key_calls)} with people's own keys, which have their own bills."
        )
    return Sheet(
        name="bill",
        title="Against the bill",
        columns=_COLUMNS,
        rows=[
            [
                row.day.isoformat(),
                row.model,
                row.ours_usd,
                row.theirs_usd,
                row.difference_usd,
                row.explanation,
            ]
            for row in comparison.rows
        ],
        total=[
            TOTAL,
            None,
            comparison.ours_usd,
            comparison.theirs_usd,
            comparison.difference_usd,
            None,
        ],
        note=note,
    )
