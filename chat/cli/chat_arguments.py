"""The commands of `python -m chat` and their arguments."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from usage.ledger import LOCAL_USER

ONE, ALL = (".md", ".json", ".html"), (".zip",)  # how files end that hold one conversation, and all of them


def read_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Return what is asked: `command` and its arguments. Wrong ones end the program with 2."""
    parser = argparse.ArgumentParser(
        prog="python -m chat",
        description="Chats in the terminal. It is safe to use while the app runs.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")
    commands.add_parser("list", help="the chats, latest first: id, date, title", allow_abbrev=False)
    search = commands.add_parser(
        "search",
        help="titles, then messages, each latest first: id, date, who said it, the line",
        description='Plain words, "an exact phrase", model:NAME, after:DATE and before:DATE.',
        allow_abbrev=False,
    )
    search.add_argument("words", nargs="+", metavar="WORDS", help="what to search for")
    export = commands.add_parser(
        "export",
        help="one chat as .md, .json or .html, or everything as .zip",
        usage="python -m chat export [-h] [--data-dir D] [--user NAME] [ID] FILE",
        allow_abbrev=False,
    )
    export.add_argument("what", nargs="+", metavar="[ID] FILE", help="which one, and the file to write")
    taking_in = commands.add_parser(
        "import",
        help="chats of Tally, ChatGPT, Claude, Open WebUI or LibreChat",
        allow_abbrev=False,
    )
    taking_in.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="a zip, a JSON file, or a folder"
    )
    for each in commands.choices.values():
        each.add_argument("--data-dir", metavar="D", help="where Tally keeps everything")
        each.add_argument("--user", metavar="NAME", default=LOCAL_USER, help="whose (default: %(default)s)")
    arguments = parser.parse_args(argv)
    if arguments.command == "export":
        _read_export(arguments, export)
    return arguments


def _read_export(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Put what is to be exported into `id`, None for everything, and `file`."""
    if len(arguments.what) > 2:
        parser.error("expected [ID] FILE")
    arguments.id = arguments.what[0] if len(arguments.what) == 2 else None
    arguments.file = Path(arguments.what[-1])
    endings = ALL if arguments.id is None else ONE
    if arguments.file.suffix.lower() not in endings:
        which = "everything" if arguments.id is None else "one chat"
        parser.error(f"FILE is {arguments.file.name!r}: for {which} it has to end in {' or '.join(endings)}")
