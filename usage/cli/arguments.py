"""The commands of `python -m usage` and their arguments."""

import argparse
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from usage.reports import DEFAULT_USD, GROUPINGS
from usage.units import AmountError, read_usd

FORMATS = ("table", "json", "csv")
_MOST_CALLS = 1000

_Adder: TypeAlias = Callable[[argparse.ArgumentParser], None]


def read_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """What is asked: `command` and its arguments. Wrong ones end the program with 2."""
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


def day(text: str) -> date:
    """A day written 2026-11-22; argparse names this function when a text is none."""
    return date.fromisoformat(text)


def amount(text: str) -> Decimal:
    """Read an amount in USD."""
    try:
        return read_usd(text)
    except AmountError as exc:
        raise argparse.ArgumentTypeError(f"{text[:20]!r}: {exc}") from exc


def number(text: str) -> int:
    """A whole number from 1 to 1,000."""
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= _MOST_CALLS:
        raise argparse.ArgumentTypeError(f"{text[:20]!r}: expected 1 to {_MOST_CALLS:,}")
    return int(text)


def _check(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """What only holds between arguments."""
    first, last = getattr(arguments, "first_day", None), getattr(arguments, "last_day", None)
    if (first or date.min) > (last or date.max):
        parser.error("argument --from: must not be after --to")
    if getattr(arguments, "usd", None) is not None and arguments.paid is None:
        parser.error("argument --usd: only with --paid")


def _add_days(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="first_day", type=day, metavar="D", help="first day, 2026-11-22")
    parser.add_argument("--to", dest="last_day", type=day, metavar="D", help="last day")


def _add_user(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--user", metavar="NAME", help="one person's calls only")


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=FORMATS, default="table")


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", metavar="D", help="where usage.csv is")


def _add_by(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", choices=GROUPINGS, default="day")


def _add_number(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--number", type=number, default=10, metavar="N", help="how many calls; 10")


def _add_models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", metavar="A,B", help="the models to hold it against; those used so far")


def _add_price(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--price",
        type=amount,
        default=DEFAULT_USD,
        metavar="USD",
        help="what a month of the subscription costs; 20",
    )


def _add_settling(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--user", metavar="NAME", help="one person's balance only")
    what.add_argument("--statement", metavar="NAME", help="what one person's balance is made of")
    what.add_argument("--paid", metavar="NAME", help="write down that this person has paid")
    parser.add_argument(
        "--usd", type=amount, metavar="USD", help="with --paid: not all that is open but so much"
    )
    parser.add_argument("--by", choices=("day", "month"), default="day", help="the lines of a statement; day")


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


_OF_CALLS = (_add_days, _add_user, _add_format)
COMMANDS: dict[str, tuple[str, Sequence[_Adder]]] = {
    "report": ("calls, tokens and cost by day, model or another grouping", (_add_by, *_OF_CALLS)),
    "dearest": ("the calls that cost the most", (_add_number, *_OF_CALLS)),
    "history": ("what sending earlier messages again cost, by conversation", _OF_CALLS),
    "cache": ("what caching saved, by model", _OF_CALLS),
    "estimates": ("how good the estimates before sending were, by model", _OF_CALLS),
    "what-if": ("the same tokens at other models' prices", (_add_models, *_OF_CALLS)),
    "unpriced": ("calls of unknown price, by endpoint and model", _OF_CALLS),
    "subscription": ("month by month against a subscription's price", (_add_price, *_OF_CALLS)),
    "settle": ("who owes what for the shared key", (_add_settling, _add_format)),
    "price": ("apply prices that are known by now to calls of unknown price", (_add_apply, _add_format)),
    "bill": ("the ledger against OpenAI's bill, by UTC day and model", (_add_bill, _add_days, _add_format)),
    "recount": ("look for unreadable and duplicate rows; changes nothing", ()),
}
