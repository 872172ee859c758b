"""The usage reports in the terminal: `python -m usage report` and `python -m usage recount`."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date

from settings import Settings, SettingsError, load_settings
from usage.ledger import LedgerError
from usage.recount import recount, recount_text
from usage.report_text import csv_text, json_text, table_text
from usage.reports import UsageReports
from usage.totals import GROUPINGS, Report

_FORMATS = {"table": table_text, "json": json_text, "csv": csv_text}
_LINES_NAMED = 5


def main(argv: Sequence[str]) -> int:
    """Run one command: 0 when done, 1 when not, for a reason that stderr has in one line."""
    arguments = _arguments(argv)
    try:
        settings = load_settings(["--data-dir", arguments.data_dir] if arguments.data_dir else [])
        text = arguments.command(arguments, settings)
    except (SettingsError, LedgerError) as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    return _write(text)


def _report(arguments: argparse.Namespace, settings: Settings) -> str:
    reports = UsageReports(settings.ledger_path, settings.timezone)
    report = reports.report(arguments.by, first_day=arguments.first_day, last_day=arguments.last_day)
    _name_problems(report)
    return _FORMATS[arguments.format](report)


def _recount(_: argparse.Namespace, settings: Settings) -> str:
    return recount_text(recount(settings.ledger_path))


def _name_problems(report: Report) -> None:
    if not report.problems:
        return
    first = report.problems[0]
    if first.line_number == 1:
        raise LedgerError(f"The first line of usage.csv {first.reason}.")
    lines = ", ".join(str(problem.line_number) for problem in report.problems[:_LINES_NAMED])
    more = ", …" if len(report.problems) > _LINES_NAMED else ""
    sys.stderr.write(
        f"Left out, unreadable or twice: line {lines}{more} of usage.csv ({len(report.problems):,} in all); "
        "`python -m usage recount` says more.\n"
    )


def _write(text: str) -> int:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes stdout once more at its end; what reads it (`| head`) has gone.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m usage", description="What was used and what it cost.")
    commands = parser.add_subparsers(required=True, metavar="report|recount")
    report = commands.add_parser("report", help="calls, tokens and cost by day, model or another grouping")
    report.add_argument("--by", choices=GROUPINGS, default="day")
    report.add_argument("--from", dest="first_day", type=day, metavar="D", help="first day, 2026-11-22")
    report.add_argument("--to", dest="last_day", type=day, metavar="D", help="last day")
    report.add_argument("--format", choices=_FORMATS, default="table")
    report.set_defaults(command=_report)
    check = commands.add_parser("recount", help="look for unreadable and duplicate rows; changes nothing")
    check.set_defaults(command=_recount)
    for command in (report, check):
        command.add_argument("--data-dir", metavar="D", help="where usage.csv is")
    arguments = parser.parse_args(argv)
    if arguments.command is _report and (arguments.first_day or date.min) > (arguments.last_day or date.max):
        report.error("argument --from: must not be after --to")
    return arguments


def day(text: str) -> date:
    """A day written 2026-11-22; argparse names this function when a text is none."""
    return date.fromisoformat(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
