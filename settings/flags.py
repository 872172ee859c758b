"""Reads the command line: the app's flags and commands."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, TypeVar

from settings import values

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UsersCommand:
    """What `users …` asks for; `list` has no name."""

    action: Literal["add", "list", "remove"]
    name: str | None = None
    password_stdin: bool = False


def parse_flags(argv: Sequence[str]) -> dict[str, Any]:
    """Return what these arguments set, by the names of the settings; what they leave open is not in it.

    Wrong arguments end the program with 2 and a line on stderr.
    """
    given = vars(_parser().parse_args(argv))
    action, name, password_stdin = (given.pop(each, None) for each in ("action", "name", "password_stdin"))
    users_command = UsersCommand(action, name, bool(password_stdin)) if action else None
    return {**given, "users_command": users_command}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message}; {self.prog} --help says what there is\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="app.py",
        description="A chat app that says what every reply costs.",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    _add_data_dir(parser)
    parser.add_argument("--host", metavar="H", help="address to listen on")
    parser.add_argument("--port", type=_flag(values.read_port), metavar="N", help="0 takes a free port")
    parser.add_argument("--share", action="store_true", default=False, help="make a public link")
    parser.add_argument(
        "--open", dest="open_browser", action="store_true", default=False, help="open the browser"
    )
    users = parser.add_subparsers(title="commands", metavar="").add_parser(
        "users", help="people who may sign in"
    )
    _add_user_actions(users.add_subparsers(dest="action", required=True))
    return parser


def _add_user_actions(actions: "argparse._SubParsersAction[_Parser]") -> None:
    add = actions.add_parser("add", help="let somebody sign in")
    add.add_argument("name")
    add.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    people = actions.add_parser("list", help="who may sign in")
    remove = actions.add_parser("remove", help="take somebody's access away")
    remove.add_argument("name")
    for action in (add, people, remove):
        _add_data_dir(action)


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data-dir",
        type=_flag(values.read_folder),
        default=argparse.SUPPRESS,
        metavar="D",
        help="keep everything in D",
    )


def _flag(read: Callable[[str], T]) -> Callable[[str], T]:
    def read_flag(text: str) -> T:
        try:
            return read(text)
        except ValueError as exc:
            raise argparse.ArgumentTypeError(f"{values.shown(text)}: {exc}") from exc

    return read_flag
