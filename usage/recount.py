"""A check of the whole ledger, every column of every row, that changes nothing."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from usage.csv_ledger import CsvLedger
from usage.csv_records import LedgerProblem
from usage.report_text import exact_usd
from usage.totals import EXACT


@dataclass(frozen=True, slots=True)
class Recount:
    """What was found. A call's further rows are duplicates; only its first one counts."""

    calls: int
    cost_usd: Decimal
    unknown_price_calls: int
    unreadable: tuple[LedgerProblem, ...]
    duplicates: tuple[LedgerProblem, ...]


def recount(path: Path) -> Recount:
    """Read the whole ledger. Raises LedgerError when there is no reading it."""
    first_lines: dict[str, int] = {}
    cost, unknown = Decimal(0), 0
    unreadable, duplicates = [], []
    for line_number, row in CsvLedger(path).read():
        if isinstance(row, LedgerProblem):
            unreadable.append(row)
        elif first := first_lines.get(row.call_id):
            duplicates.append(LedgerProblem(line_number, f"call {row.call_id} is in line {first} already"))
        else:
            first_lines[row.call_id] = line_number
            cost = EXACT.add(cost, row.cost_usd or Decimal(0))
            unknown += row.cost_usd is None
    return Recount(len(first_lines), cost, unknown, tuple(unreadable), tuple(duplicates))


def recount_text(found: Recount) -> str:
    """The findings, one a line, the total last."""
    lines = []
    for name, problems in (("unreadable rows", found.unreadable), ("duplicate rows", found.duplicates)):
        lines.append(f"{name}: {len(problems):,}")
        lines += [f"  line {problem.line_number}: {problem.reason}" for problem in problems]
    lines.append(f"calls: {found.calls:,}, of them with unknown price: {found.unknown_price_calls:,}")
    lines.append(f"total: {exact_usd(found.cost_usd)} USD")
    return "\n".join(lines) + "\n"
