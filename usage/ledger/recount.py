"""A check of the whole ledger, every column of every row, that changes nothing."""

from dataclasses import dataclass, field
from decimal import Decimal

from usage.ledger.csv_ledger import CsvLedger
from usage.ledger.csv_records import LedgerProblem
from usage.ledger.entry import LedgerEntry
from usage.units import EXACT, exact_usd


@dataclass(slots=True)
class Recount:
    """What was found. An entry's further rows are duplicates; only its first one counts.

    `cost_usd` is that of calls and corrections. `misfits` are corrections of what is no call of unknown
    price, or was corrected before: they count, so that the total is that of the reports.
    """

    calls: int = 0
    corrections: int = 0
    settlements: int = 0
    cost_usd: Decimal = Decimal(0)
    settled_usd: Decimal = Decimal(0)
    unknown_price_calls: int = 0
    unreadable: list[LedgerProblem] = field(default_factory=list)
    duplicates: list[LedgerProblem] = field(default_factory=list)
    misfits: list[LedgerProblem] = field(default_factory=list)


def recount(ledger: CsvLedger) -> Recount:
    """Read the whole ledger. Raises LedgerError when there is no reading it."""
    found = Recount()
    lines: dict[str, int] = {}
    unpriced: set[str] = set()
    corrections: list[tuple[int, str]] = []
    for line_number, row in ledger.read():
        if isinstance(row, LedgerProblem):
            found.unreadable.append(row)
        elif first := lines.get(row.call.id):
            reason = f"call {row.call.id} is in line {first} already"
            found.duplicates.append(LedgerProblem(line_number, reason))
        else:
            lines[row.call.id] = line_number
            _count(found, row)
            if row.call.purpose == "correction":
                corrections.append((line_number, row.corrects))
            elif row.call.purpose != "settlement" and row.cost_usd is None:
                unpriced.add(row.call.id)
    # A call may also come after its correction, so what these correct is known only now.
    for line_number, call_id in corrections:
        if call_id in unpriced:
            unpriced.remove(call_id)
            lines[call_id] = line_number
        elif call_id in lines:
            reason = f"corrects call {call_id}, whose cost line {lines[call_id]} has"
            found.misfits.append(LedgerProblem(line_number, reason))
        else:
            reason = f"corrects call {call_id!r}, which is not there"
            found.misfits.append(LedgerProblem(line_number, reason))
    found.unknown_price_calls = len(unpriced)
    return found


def _count(found: Recount, entry: LedgerEntry) -> None:
    found.cost_usd = EXACT.add(found.cost_usd, entry.cost_usd or Decimal(0))
    match entry.call.purpose:
        case "correction":
            found.corrections += 1
        case "settlement":
            found.settlements += 1
            found.settled_usd = EXACT.add(found.settled_usd, entry.settled_usd or Decimal(0))
        case _:
            found.calls += 1


def recount_text(found: Recount) -> str:
    """Return the findings, one a line, the total last."""
    lines = []
    for name, problems in (
        ("unreadable rows", found.unreadable),
        ("duplicate rows", found.duplicates),
        ("corrections that correct nothing", found.misfits),
    ):
        lines.append(f"{name}: {len(problems):,}")
        lines += [f"  line {problem.line_number}: {problem.reason}" for problem in problems]
    lines.append(f"calls: {found.calls:,}, of them with unknown price: {found.unknown_price_calls:,}")
    lines.append(f"corrections: {found.corrections:,}")
    lines.append(f"settlements: {found.settlements:,}, together {exact_usd(found.settled_usd)} USD")
    lines.append(f"total: {exact_usd(found.cost_usd)} USD")
    return "\n".join(lines) + "\n"
