"""What each command of `python -m usage` does, down to the text that it prints."""

import argparse
from datetime import UTC, date

from usage.accounts import Bill, balances, bill_sheet, compare, read_cost_file, statement
from usage.cli.desk import CommandError, Desk
from usage.cli.entry_commands import apply_prices, late_prices_sheet, settle
from usage.ledger import LedgerError, LedgerProblem, recount, recount_text
from usage.reports import (
    SHEETS,
    CallTable,
    Filter,
    Sheet,
    csv_text,
    dearest_calls,
    json_text,
    months_against,
    our_days,
    own_key_calls,
    sheet_csv,
    sheet_json,
    sheet_table,
    table_text,
    what_if,
)

_REPORT_FORMATS = {"table": table_text, "json": json_text, "csv": csv_text}
_SHEET_FORMATS = {"table": sheet_table, "json": sheet_json, "csv": sheet_csv}
_LINES_NAMED = 5


def run(arguments: argparse.Namespace, desk: Desk) -> str:
    """Do what was asked; the text to print. Raises CommandError, LedgerError, PricesError and BillError."""
    match arguments.command:
        case "recount":
            return recount_text(recount(desk.ledger_path))
        case "report":
            return _report(arguments, desk)
        case "settle" if arguments.paid is not None:
            return settle(arguments, desk)
        case "price" if arguments.apply:
            return apply_prices(desk)
        case "price":
            sheet = late_prices_sheet(desk)
        case "bill":
            sheet = _bill(arguments, desk)
        case _:
            with desk.reports.table() as table:
                sheet = _sheet(arguments, desk, table)
    _name_problems(desk)
    return _SHEET_FORMATS[arguments.format](sheet)


def _report(arguments: argparse.Namespace, desk: Desk) -> str:
    report = desk.reports.report(
        arguments.by, first_day=arguments.first_day, last_day=arguments.last_day, user=arguments.user
    )
    _name_problems(desk)
    return _REPORT_FORMATS[arguments.format](report)


def _sheet(arguments: argparse.Namespace, desk: Desk, table: CallTable) -> Sheet:
    if arguments.command == "settle":
        if arguments.statement is None:
            return balances(table, arguments.user)
        return statement(table, arguments.statement, arguments.by)
    chosen = Filter(arguments.first_day, arguments.last_day, arguments.user)
    match arguments.command:
        case "dearest":
            return dearest_calls(table, chosen, arguments.number)
        case "subscription":
            return months_against(table, chosen, arguments.price, desk.today)
        case "what-if":
            return _what_if(arguments, desk, table, chosen)
        case _:
            return SHEETS[arguments.command](table, chosen)


def _what_if(arguments: argparse.Namespace, desk: Desk, table: CallTable, chosen: Filter) -> Sheet:
    models = desk.models()
    if arguments.models is None:
        return what_if(table, chosen, models.used(table, desk.now, arguments.user))
    asked = [name.strip() for name in arguments.models.split(",") if name.strip()]
    return what_if(table, chosen, models.alternatives(asked, desk.now))


def _bill(arguments: argparse.Namespace, desk: Desk) -> Sheet:
    """The bill, of the days asked for or all that it covers, against the ledger; all days are UTC's."""
    first, last = arguments.first_day, arguments.last_day
    if arguments.api:
        today = desk.now.astimezone(UTC).date()
        last = last or today
        bill = desk.costs(desk.secret("Admin key: "), first or last.replace(day=1), last)
    else:
        bill = _narrowed(read_cost_file(arguments.file), first, last)
    with desk.reports.table() as table:
        ours = our_days(table, bill.first_day, bill.last_day)
        return bill_sheet(compare(ours, bill), own_key_calls(table, bill.first_day, bill.last_day))


def _narrowed(bill: Bill, first: date | None, last: date | None) -> Bill:
    """Only these days of a bill. Raises CommandError when it covers none of them."""
    first_day, last_day = max(bill.first_day, first or date.min), min(bill.last_day, last or date.max)
    if first_day > last_day:
        raise CommandError(f"The bill covers {bill.first_day} to {bill.last_day}: choose days among them.")
    charges = tuple(charge for charge in bill.charges if first_day <= charge.day <= last_day)
    return Bill(first_day, last_day, charges)


def _name_problems(desk: Desk) -> None:
    """Say which rows are left out. Raises LedgerError where it is all of them."""
    problems = desk.reports.problems()
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
