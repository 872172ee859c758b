"""What each command of `python -m usage` does, down to the text that it prints."""

import argparse
from datetime import UTC, date

from usage.accounts import Bill, bill_sheet, read_cost_file
from usage.cli.desk import CommandError, Desk
from usage.cli.entry_commands import apply_prices, late_prices_sheet, settle
from usage.ledger import LedgerError, LedgerProblem, recount, recount_text
from usage.reports import (
    SHEETS,
    Asked,
    Filter,
    Sheet,
    aligned_table,
    sheet_csv,
    sheet_json,
    sheet_table,
    usage_json,
)

_SHEET_FORMATS = {"table": sheet_table, "json": sheet_json, "csv": sheet_csv}
_LINES_NAMED = 5


def run(arguments: argparse.Namespace, desk: Desk) -> str:
    """Do what was asked; the text to print. Raises CommandError, LedgerError, PricesError and BillError."""
    match arguments.command:
        case "recount":
            return recount_text(recount(desk.calls.ledger))
        case "settle" if arguments.paid is not None:
            return settle(arguments, desk)
        case "price" if arguments.apply:
            return apply_prices(desk)
        case "price":
            sheet = late_prices_sheet(desk)
        case "bill":
            sheet = _bill(arguments, desk)
        case _:
            sheet = _sheet(arguments, desk)
    _name_problems(desk)
    if arguments.command == "report":
        return _report(sheet, arguments, desk)
    return _SHEET_FORMATS[arguments.format](sheet)


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
    sheet = SHEETS[name]
    asked = Asked(
        calls=desk.calls,
        chosen=Filter(given.get("first_day"), given.get("last_day"), user),
        now=desk.now.astimezone(desk.calls.timezone),
        models=desk.models,
        options={option.name: given[option.name] for option in sheet.options},
    )
    return sheet.answer(asked)


def _bill(arguments: argparse.Namespace, desk: Desk) -> Sheet:
    """The bill, of the days asked for or all that it covers, against the ledger; all days are UTC's."""
    first, last = arguments.first_day, arguments.last_day
    if arguments.api:
        today = desk.now.astimezone(UTC).date()
        last = last or today
        bill = desk.costs(desk.secret("Admin key: "), first or last.replace(day=1), last)
    else:
        bill = _narrowed(read_cost_file(arguments.file), first, last)
    return bill_sheet(desk.calls, bill)


def _narrowed(bill: Bill, first: date | None, last: date | None) -> Bill:
    """Only these days of a bill. Raises CommandError when it covers none of them."""
    first_day, last_day = max(bill.first_day, first or date.min), min(bill.last_day, last or date.max)
    if first_day > last_day:
        raise CommandError(f"The bill covers {bill.first_day} to {bill.last_day}: choose days among them.")
    charges = tuple(charge for charge in bill.charges if first_day <= charge.day <= last_day)
    return Bill(first_day, last_day, charges)


def _name_problems(desk: Desk) -> None:
    """Say which rows are left out. Raises LedgerError where it is all of them."""
    problems = desk.calls.problems()
    if not problems:
        return
    if problems[0].line_number == 1:
        raise LedgerError(f"The first line of usage.csv {problems[0].reason}.")
    desk.warn(_left_out(problems))


def _left_out(problems: tuple[LedgerProblem, ...]) -> str:
    lines = ", ".join(str(problem.line_number) for problem in problems[:_LINES_NAMED])
    more = ", …" if len(problems) > _LINES_NAMED else ""
    return (
        f"Left out, unreadable or twice: line {lines}{more} of usage.csv ({len(problems):,} in all); "
        "`python -m usage recount` says more."
    )
