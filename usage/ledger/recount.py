"""A check of the whole ledger, every column of every row, that changes nothing."""

from dataclasses import dataclass, field
from decimal import Decimal

from texts import _
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
            reason = _("call {call} is in line {line} already").format(call=row.call.id, line=first)
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
            text = _("corrects call {call}, whose cost is in line {line}")
            reason = text.format(call=call_id, line=lines[call_id])
            found.misfits.append(LedgerProblem(line_number, reason))
        else:
            reason = _("corrects call {call}, which is not there").format(call=repr(call_id))
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
    line = _("line {number}: {reason}")
    for text, problems in (
        (_("unreadable rows: {count}"), found.unreadable),
        (_("duplicate rows: {count}"), found.duplicates),
        (_("corrections that correct nothing: {count}"), found.misfits),
    ):
        lines.append(text.format(count=f"{len(problems):,}"))
        lines += ["  " + line.format(number=each.line_number, reason=each.reason) for each in problems]
    calls = _("calls: {count}, without a price: {unpriced}")
    settlements = _("settlements: {count}, {usd} USD in all")
    lines += [
        calls.format(count=f"{found.calls:,}", unpriced=f"{found.unknown_price_calls:,}"),
        _("corrections: {count}").format(count=f"{found.corrections:,}"),
        settlements.format(count=f"{found.settlements:,}", usd=exact_usd(found.settled_usd)),
        _("total: {usd} USD").format(usd=exact_usd(found.cost_usd)),
    ]
    return "\n".join(lines) + "\n"
