"""A check of the whole ledger, every column of every row, that changes nothing."""

from dataclasses import dataclass, field
from decimal import Decimal

from usage.ledger.csv_ledger import CsvLedger
from usage.ledger.csv_records import LedgerProblem
from usage.ledger.entry import LedgerEntry
from usage.units import EXACT, exact_usd


@dataclass(frozen=True, slots=True)
class Recount:
    """What was found. An entry's further rows are duplicates; only its first one counts.

    `cost_usd` is that of calls and corrections. `misfits` are corrections of what is no call of unknown
    price, or was corrected before: they count, so that the total is that of the reports.
    """

    calls: int
    corrections: int
    settlements: int
    cost_usd: Decimal
    settled_usd: Decimal
    unknown_price_calls: int
    unreadable: tuple[LedgerProblem, ...]
    duplicates: tuple[LedgerProblem, ...]
    misfits: tuple[LedgerProblem, ...]


def recount(ledger: CsvLedger) -> Recount:
    """Read the whole ledger. Raises LedgerError when there is no reading it."""
    count = _Count()
    unreadable, duplicates = [], []
    for line_number, row in ledger.read():
        if isinstance(row, LedgerProblem):
            unreadable.append(row)
        elif first := count.lines.get(row.call.id):
            duplicates.append(LedgerProblem(line_number, f"call {row.call.id} is in line {first} already"))
        else:
            count.add(line_number, row)
    misfits = count.misfits()
    return Recount(
        calls=len(count.lines) - len(count.corrections) - count.settlements,
        corrections=len(count.corrections),
        settlements=count.settlements,
        cost_usd=count.cost_usd,
        settled_usd=count.settled_usd,
        unknown_price_calls=len(count.unpriced.difference(corrects for _, corrects in count.corrections)),
        unreadable=tuple(unreadable),
        duplicates=tuple(duplicates),
        misfits=tuple(misfits),
    )


@dataclass(slots=True)
class _Count:
    """What is kept of the rows until the last has been read."""

    lines: dict[str, int] = field(default_factory=dict)
    unpriced: set[str] = field(default_factory=set)
    corrections: list[tuple[int, str]] = field(default_factory=list)
    settlements: int = 0
    cost_usd: Decimal = Decimal(0)
    settled_usd: Decimal = Decimal(0)

    def add(self, line_number: int, entry: LedgerEntry) -> None:
        """Count an entry that is new."""
        self.lines[entry.call.id] = line_number
        self.cost_usd = EXACT.add(self.cost_usd, entry.cost_usd or Decimal(0))
        if entry.call.purpose == "correction":
            self.corrections.append((line_number, entry.corrects))
        elif entry.call.purpose == "settlement":
            self.settlements += 1
            self.settled_usd = EXACT.add(self.settled_usd, entry.settled_usd or Decimal(0))
        elif entry.cost_usd is None:
            self.unpriced.add(entry.call.id)

    def misfits(self) -> list[LedgerProblem]:
        """Return the corrections that correct nothing; a call may also come after its correction."""
        problems = []
        corrected: dict[str, int] = {}
        for line_number, call_id in self.corrections:
            if call_id not in self.lines:
                problems.append(LedgerProblem(line_number, f"corrects call {call_id!r}, which is not there"))
            elif call_id not in self.unpriced:
                reason = f"corrects call {call_id}, whose cost line {self.lines[call_id]} has"
                problems.append(LedgerProblem(line_number, reason))
            elif first := corrected.get(call_id):
                reason = f"corrects call {call_id}, which line {first} corrects already"
                problems.append(LedgerProblem(line_number, reason))
            else:
                corrected[call_id] = line_number
        return problems


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
