"""What each command of `python -m usage` does, down to the text that it prints."""

import argparse
from collections.abc import Iterable
from datetime import UTC, date

from texts import _
from usage.accounts import (
    Bill,
    apply,
    bill_sheet,
    correctable,
    corrections_sheet,
    read_cost_file,
    settle_entry,
)
from usage.cli.desk import CommandError, Desk, WrongArguments
from usage.ledger import LedgerProblem, recount, recount_text
from usage.reports import (
    SHEETS,
    Asked,
    Filter,
    Sheet,
    aligned_table,
    calls_text,
    open_amounts,
    people,
    sheet_csv,
    sheet_json,
    sheet_table,
    usage_json,
)
from usage.units import (
    EXACT,
    Currency,
    CurrencyError,
    Days,
    DaysReversedError,
    currency_of,
    days_of,
    exact_usd,
)

_SHEET_FORMATS = {"table": sheet_table, "json": sheet_json, "csv": sheet_csv}
_LINES_NAMED = 5


def run(arguments: argparse.Namespace, desk: Desk) -> str:
    """Do what was asked and return the text to print.

    Raises CommandError, LedgerError, PricesError and BillError.
    """
    if not desk.calls.ledger.path.exists():
        text = _("No ledger at {path}. Either there are no calls yet, or --data-dir points elsewhere.")
        raise CommandError(text.format(path=desk.calls.ledger.path))
    match arguments.command:
        case "recount":
            return recount_text(recount(desk.calls.ledger))
        case "settle" if arguments.paid is not None:
            return _settle(arguments, desk)
        case "price" if arguments.apply:
            return _apply_prices(desk)
        case "price":
            sheet = _late_prices(desk)
        case "bill":
            sheet = _bill(arguments, desk)
        case _:
            sheet = _sheet(arguments, desk)
    sheet = sheet.also_in(_currency(arguments, desk))
    _name_problems(desk)
    if arguments.command == "report":
        return _report(sheet, arguments, desk)
    return _SHEET_FORMATS[arguments.format](sheet)


def _currency(arguments: argparse.Namespace, desk: Desk) -> Currency | None:
    """Return the currency asked for beside USD, or else that of the settings. Raises WrongArguments."""
    if arguments.currency is None:
        return desk.currency
    try:
        return currency_of(arguments.currency, arguments.rate)
    except CurrencyError as exc:
        text = _("--currency is {code}: {reason}.")
        raise WrongArguments(text.format(code=arguments.currency, reason=exc)) from exc


def _report(sheet: Sheet, arguments: argparse.Namespace, desk: Desk) -> str:
    """Return the usage by a grouping, in the forms that scripts know it by."""
    match arguments.format:
        case "json":
            return usage_json(sheet, desk.calls.problems())
        case "table":
            return aligned_table(sheet)
        case _:
            return sheet_csv(sheet)


def _sheet(arguments: argparse.Namespace, desk: Desk) -> Sheet:
    """Return the sheet of a command, out of the register."""
    given = vars(arguments)
    name, user = {"report": "table"}.get(arguments.command, arguments.command), given.get("user")
    if given.get("statement") is not None:
        name, user = "statement", arguments.statement
    sheet, now = SHEETS[name], desk.now.astimezone(desk.calls.timezone)
    if (whose := given.get("statement") or user) is not None:
        _check_person(desk, whose)
    days = _days(arguments, now.date())
    asked = Asked(
        calls=desk.calls,
        chosen=Filter(days.first, days.last, user),
        now=now,
        models=desk.models,
        options={option.name: given[option.name] for option in sheet.options},
    )
    return sheet.answer(asked)


def _days(arguments: argparse.Namespace, today: date) -> Days:
    """Return the days asked for; `arguments.period` has read both. Raises WrongArguments."""
    given = vars(arguments)
    try:
        return days_of(f"{given.get('from') or ''}..{given.get('to') or ''}", today)
    except DaysReversedError as exc:
        raise WrongArguments(_("--from is after --to.")) from exc


def _check_person(desk: Desk, name: str) -> None:
    """Raise CommandError naming those who have made calls, if this person has made none and paid nothing."""
    known = people(desk.calls)
    if name not in known:
        text = _("No calls by {name}. People in the ledger: {people}.")
        raise CommandError(text.format(name=repr(name), people=_named(known)))


def _named(people: Iterable[str]) -> str:
    return ", ".join(people) or _("nobody yet")


def _settle(arguments: argparse.Namespace, desk: Desk) -> str:
    """Write down that a person has paid all that is open, or another amount. Raises CommandError."""
    name = arguments.paid
    amounts = open_amounts(desk.calls)
    if name not in amounts:
        text = _("{name} has not used the shared key. People who have: {people}.")
        raise CommandError(text.format(name=repr(name), people=_named(sorted(amounts))))
    usd = amounts[name] if arguments.usd is None else arguments.usd
    if arguments.usd is None and usd <= 0:
        text = _("{name} has nothing open: {usd} USD.")
        raise CommandError(text.format(name=name, usd=exact_usd(usd)))
    try:
        entry = settle_entry(name, usd, desk.now, desk.new_id())
    except ValueError as exc:
        raise CommandError(_("{reason} Give the amount with --usd.").format(reason=exc)) from exc
    desk.ledger().append(entry)
    left = EXACT.subtract(amounts[name], usd)
    text = _("{name} has paid {usd} USD; open: {open} USD.")
    return text.format(name=name, usd=exact_usd(usd), open=exact_usd(left)) + "\n"


def _apply_prices(desk: Desk) -> str:
    """Write a correction for every call whose unknown price is known by now."""
    applied = apply(desk.ledger(), desk.late_prices().of, desk.now)
    if not applied.count:
        return _("Nothing to correct: no new price is known for a call without one.") + "\n"
    text = _("{calls} corrected, {usd} USD in all.")
    return text.format(calls=calls_text(applied.count), usd=exact_usd(applied.usd)) + "\n"


def _late_prices(desk: Desk) -> Sheet:
    """Return what `_apply_prices` would write, by endpoint and model."""
    corrections = correctable(desk.calls.ledger.entries(), desk.late_prices().of)
    return corrections_sheet(corrections, _("--apply writes a correction for each of them."))


def _bill(arguments: argparse.Namespace, desk: Desk) -> Sheet:
    """Hold the bill, of the days asked for or all that it covers, against the ledger; all days are UTC's."""
    today = desk.now.astimezone(UTC).date()
    days = _days(arguments, today)
    first, last = days.first, days.last
    if arguments.api:
        last = last or today
        bill = desk.costs(desk.secret("Admin key: "), first or last.replace(day=1), last)
    else:
        bill = _narrowed(read_cost_file(arguments.file), first, last)
    return bill_sheet(desk.calls, bill)


def _narrowed(bill: Bill, first: date | None, last: date | None) -> Bill:
    """Return only these days of a bill. Raises CommandError when it covers none of them."""
    first_day, last_day = max(bill.first_day, first or date.min), min(bill.last_day, last or date.max)
    if first_day > last_day:
        text = _("The bill covers {first} to {last}: choose days among them.")
        raise CommandError(text.format(first=bill.first_day, last=bill.last_day))
    charges = tuple(charge for charge in bill.charges if first_day <= charge.day <= last_day)
    return Bill(first_day, last_day, charges)


def _name_problems(desk: Desk) -> None:
    """Say which rows are left out."""
    if problems := desk.calls.problems():
        desk.warn(_left_out(problems))


def _left_out(problems: tuple[LedgerProblem, ...]) -> str:
    lines = ", ".join(str(problem.line_number) for problem in problems[:_LINES_NAMED])
    more = ", …" if len(problems) > _LINES_NAMED else ""
    text = _(
        "Left out, unreadable or duplicate: line {lines} of usage.csv ({count} in all); "
        "`python -m usage recount` says more."
    )
    return text.format(lines=f"{lines}{more}", count=f"{len(problems):,}")
