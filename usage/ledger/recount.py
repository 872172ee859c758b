"""A check of the whole ledger, every column of every row, that changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from texts import _, ngettext
from usage.ledger.csv_ledger import CsvLedger
from usage.ledger.csv_records import LedgerProblem
from usage.ledger.entry import LedgerEntry
from usage.units import EXACT, cost_of, exact_usd

_NOTHING = Decimal(0)


@dataclass(slots=True)
class Recount:
    """What was found. An entry's further rows are duplicates; only its first one counts.

    `cost_usd` is that of calls and corrections. `misfits` are corrections of what is no call of unknown
    price or estimated cost, or was corrected before: they count, so that the total is that of the reports.
    So do `odd_costs`: costs that are not what their rows make them, by the endpoint's amount or by counts
    and rates. `by_rates_usd` is the total with what those rows make instead, where they make anything.
    """

    calls: int = 0
    corrections: int = 0
    settlements: int = 0
    cost_usd: Decimal = _NOTHING
    by_rates_usd: Decimal = _NOTHING
    settled_usd: Decimal = _NOTHING
    unknown_price_calls: int = 0
    unreadable: list[LedgerProblem] = field(default_factory=list)
    duplicates: list[LedgerProblem] = field(default_factory=list)
    misfits: list[LedgerProblem] = field(default_factory=list)
    odd_costs: list[LedgerProblem] = field(default_factory=list)


def recount(ledger: CsvLedger) -> Recount:
    """Read the whole ledger. Raises LedgerError when there is no reading it."""
    found = Recount()
    lines: dict[str, int] = {}
    unpriced: set[str] = set()
    estimated: set[str] = set()
    corrections: list[tuple[int, LedgerEntry]] = []
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
                corrections.append((line_number, row))
                continue
            _check_cost(found, line_number, row)
            if row.call.purpose != "settlement" and row.cost_usd is None:
                unpriced.add(row.call.id)
            elif row.is_estimated:
                estimated.add(row.call.id)
    applied = []
    # A call may also come after its correction, so what these correct is known only now.
    for line_number, correction in corrections:
        call_id = correction.corrects
        is_exact = correction.usage_source == "reported"
        if call_id in unpriced or (is_exact and call_id in estimated):
            unpriced.discard(call_id)
            estimated.discard(call_id)
            lines[call_id] = line_number
            applied.append((line_number, correction))
        elif call_id in lines:
            text = _("corrects call {call}, whose cost is in line {line}")
            reason = text.format(call=call_id, line=lines[call_id])
            found.misfits.append(LedgerProblem(line_number, reason))
        else:
            reason = _("corrects call {call}, which is not there").format(call=repr(call_id))
            found.misfits.append(LedgerProblem(line_number, reason))
    found.unknown_price_calls = len(unpriced)
    _check_corrections(found, applied, ledger)
    return found


def _count(found: Recount, entry: LedgerEntry) -> None:
    found.cost_usd = EXACT.add(found.cost_usd, entry.cost_usd or _NOTHING)
    found.by_rates_usd = EXACT.add(found.by_rates_usd, entry.cost_usd or _NOTHING)
    match entry.call.purpose:
        case "correction":
            found.corrections += 1
        case "settlement":
            found.settlements += 1
            found.settled_usd = EXACT.add(found.settled_usd, entry.settled_usd or _NOTHING)
        case _:
            found.calls += 1


def _check_corrections(
    found: Recount, corrections: Sequence[tuple[int, LedgerEntry]], ledger: CsvLedger
) -> None:
    """Check corrections against the calls that they correct, which take a second look into the file."""
    if not corrections:
        return
    calls = ledger.find({entry.corrects for _line, entry in corrections})
    for line_number, entry in corrections:
        if call := calls.get(entry.corrects):
            _check_cost(found, line_number, entry, call)
    found.odd_costs.sort(key=lambda problem: problem.line_number)


def _check_cost(
    found: Recount, line_number: int, entry: LedgerEntry, corrected: LedgerEntry | None = None
) -> None:
    """Name an entry whose cost is not what it makes, to the last digit: Tally rounds no cost."""
    made = _cost_made_by(entry, corrected)
    if entry.cost_usd is None or made == entry.cost_usd:
        reason = _odd_listed_cost(entry)
    elif made is None:
        reason = _("costs {usd} USD, and nothing in its row says why").format(usd=exact_usd(entry.cost_usd))
    else:
        text = _("costs {usd} USD, but its counts and rates come to {made}")
        if entry.cost_source == "reported":
            text = _("costs {usd} USD, but the endpoint's amount comes to {made}")
        reason = text.format(usd=exact_usd(entry.cost_usd), made=exact_usd(made))
        found.by_rates_usd = EXACT.add(found.by_rates_usd, EXACT.subtract(made, entry.cost_usd))
    if reason:
        found.odd_costs.append(LedgerProblem(line_number, reason))


def _cost_made_by(entry: LedgerEntry, corrected: LedgerEntry | None = None) -> Decimal | None:
    """Return the cost that an entry has by its own figures; None where these are missing.

    A correction has the counts of the call that is `corrected`, and costs what that call lacks.
    """
    if entry.cost_source == "reported":
        made = entry.reported_cost_usd
    elif entry.usage_source == "none":
        made = _NOTHING
    elif _lacks_a_rate(entry):
        made = entry.cost_usd
    else:
        made = cost_of(entry.price, (corrected or entry).usage) if entry.price else None
    if made is None or corrected is None or corrected.cost_usd is None:
        return made
    own = _cost_made_by(corrected)
    return EXACT.subtract(made, corrected.cost_usd if own is None else own)


def _lacks_a_rate(entry: LedgerEntry) -> bool:
    """Say whether cache writes may have had a rate of their own that is not in the row.

    The first versions wrote none; read again, it is that of the input.
    """
    price = entry.price
    is_missing = price is not None and price.cache_write_usd_per_mtok == price.input_usd_per_mtok
    return is_missing and entry.cost_source is None and bool(entry.usage.cache_write)


def _odd_listed_cost(entry: LedgerEntry) -> str:
    """Say what is wrong with the list's figure beside the endpoint's amount; empty if nothing is."""
    listed = entry.listed_cost_usd
    is_beside = entry.cost_source == entry.usage_source == "reported"
    if not is_beside or entry.corrects or listed is None or entry.price is None:
        return ""
    made = cost_of(entry.price, entry.usage)
    if made is None or made == listed:
        return ""
    text = _("listed_cost_usd is {listed}, but its counts and rates come to {made}")
    return text.format(listed=exact_usd(listed), made=exact_usd(made))


def recount_text(found: Recount) -> str:
    """Return the findings, one a line, the total last."""
    lines = []
    line = _("line {number}: {reason}")
    for text, problems in (
        (_("unreadable rows: {count}"), found.unreadable),
        (_("duplicate rows: {count}"), found.duplicates),
        (_("corrections that correct nothing: {count}"), found.misfits),
        (_("rows whose cost does not fit: {count}"), found.odd_costs),
    ):
        lines.append(text.format(count=f"{len(problems):,}"))
        lines += ["  " + line.format(number=each.line_number, reason=each.reason) for each in problems]
    calls = _("calls: {count}, without a price: {unpriced}")
    settlements = _("settlements: {count}, {usd} USD in all")
    lines += [
        calls.format(count=f"{found.calls:,}", unpriced=f"{found.unknown_price_calls:,}"),
        _("corrections: {count}").format(count=f"{found.corrections:,}"),
        settlements.format(count=f"{found.settlements:,}", usd=exact_usd(found.settled_usd)),
        _total(found),
    ]
    return "\n".join(lines) + "\n"


def _total(found: Recount) -> str:
    usd, count = exact_usd(found.cost_usd), len(found.odd_costs)
    if not count:
        return _("total: {usd} USD").format(usd=usd)
    text = ngettext(
        "total: {usd} USD ({count} row does not fit; corrected, it would be {made} USD)",
        "total: {usd} USD ({count} rows do not fit; corrected, it would be {made} USD)",
        count,
    )
    return text.format(usd=usd, count=f"{count:,}", made=exact_usd(found.by_rates_usd))
