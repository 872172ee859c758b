"""The commands of `python -m usage` and their arguments."""

import argparse
import functools
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias, TypeVar

from usage.reports import SHEETS, Option
from usage.units import PeriodError, days_of, read_code, read_rate, read_usd

FORMATS = ("table", "json", "csv")

_Value = TypeVar("_Value")
_Adder: TypeAlias = Callable[[argparse.ArgumentParser], None]


def read_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Return what is asked: `command` and its arguments. Wrong ones end the program with 2."""
    parser = argparse.ArgumentParser(
        prog="python -m usage",
        description="What was used and what it cost. Days are local unless a command says otherwise.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")
    parsers = {}
    for name, (help_text, adders) in COMMANDS.items():
        parsers[name] = commands.add_parser(name, help=help_text, allow_abbrev=False)
        for add in (*adders, _add_data_dir):
            add(parsers[name])
    arguments = parser.parse_args(argv)
    _check(arguments, parsers[arguments.command])
    return arguments


def period(text: str) -> str:
    """Return a text that is a period of one part; which days it is depends on the day of the command."""
    if ".." in text:
        raise PeriodError("expected one day or one month, not two")
    days_of(text, date(2000, 1, 1))
    return text


def amount(text: str) -> Decimal:
    """Read an amount in USD."""
    return _checked(read_usd, text)


def _checked(read: Callable[[str], _Value], text: str) -> _Value:
    """Return what a text says; argparse shows only errors of its own kind in their words."""
    try:
        return read(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"{text[:20]!r}: {exc}") from exc


def _check(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Check what only holds between arguments."""
    if getattr(arguments, "rate", None) is not None and not arguments.currency:
        parser.error("argument --rate: only with --currency")
    if getattr(arguments, "usd", None) is not None and arguments.paid is None:
        parser.error("argument --usd: only with --paid")


def _add_days(parser: argparse.ArgumentParser) -> None:
    read = functools.partial(_checked, period)
    what = "a day (2026-11-22), a month (2026-11), today, yesterday, or 7d for the last seven days"
    parser.add_argument("--from", type=read, metavar="D", help=f"where to begin: {what}")
    parser.add_argument("--to", type=read, metavar="D", help="where to end, written the same way")


def _add_user(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--user", metavar="NAME", help="one person's calls only")


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=FORMATS, default="table")
    parser.add_argument(
        "--currency",
        type=functools.partial(_checked, read_code),
        metavar="CODE",
        help="also show costs in this currency, such as EUR (default: TALLY_CURRENCY)",
    )
    parser.add_argument(
        "--rate",
        type=functools.partial(_checked, read_rate),
        metavar="R",
        help="with --currency: the value of 1 USD (default: the ECB rate)",
    )


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", metavar="D", help="where usage.csv is")


def _adder(option: Option) -> _Adder:
    """Return what adds an option of a registered sheet."""

    def add(parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            f"--{option.name}",
            type=functools.partial(_checked, option.read),
            choices=option.choices,
            default=option.default,
            metavar=option.metavar,
            help=option.help,
        )

    return add


def _add_settling(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--user", metavar="NAME", help="one person's balance only")
    what.add_argument("--statement", metavar="NAME", help="what one person's balance is made of")
    what.add_argument("--paid", metavar="NAME", help="record that this person has paid")
    parser.add_argument(
        "--usd",
        type=amount,
        metavar="USD",
        help="with --paid: record this amount instead of the full balance",
    )


def _add_apply(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--apply", action="store_true", help="write the corrections instead of showing them")


def _add_bill(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--file", type=Path, metavar="F", help="the cost file that the dashboard exports")
    source.add_argument(
        "--api",
        action="store_true",
        help="ask OpenAI with an admin key, read from standard input or a hidden prompt and kept nowhere",
    )


def _registered(name: str, help_text: str = "") -> tuple[str, Sequence[_Adder]]:
    """Return the command that shows a registered sheet."""
    sheet = SHEETS[name]
    return help_text or sheet.command, (*map(_adder, sheet.options), _add_days, _add_user, _add_format)


COMMANDS: dict[str, tuple[str, Sequence[_Adder]]] = {
    "report": _registered("table", "calls, tokens and cost by day, model or another grouping"),
    **{name: _registered(name) for name, sheet in SHEETS.items() if sheet.command},
    "settle": (
        "who owes what for the shared key",
        (_add_settling, *map(_adder, SHEETS["statement"].options), _add_format),
    ),
    "price": ("apply prices that are known by now to calls of unknown price", (_add_apply, _add_format)),
    "bill": ("the ledger against OpenAI's bill, by UTC day and model", (_add_bill, _add_days, _add_format)),
    "recount": ("look for unreadable and duplicate rows, and costs that do not fit; changes nothing", ()),
}
