"""Regular expressions over text that others choose: none may look at the same text again and again."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("access", "chat", "settings", "usage")
FUNCTIONS = {"compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"}


def modules() -> Iterator[str]:
    """Yield the names of the project's modules, without those that do something when they are imported."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.name not in ("__init__.py", "__main__.py"):
                yield ".".join(path.relative_to(ROOT).with_suffix("").parts)


def patterns(name: str) -> Iterator[tuple[str, int]]:
    """Yield the patterns that a module compiles for later, and those that stand where they are used."""
    module = importlib.import_module(name)
    for value in vars(module).values():
        if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
            yield value.pattern, value.flags
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            pattern = node.args[0]
            is_of_re = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
            if is_of_re and node.func.attr in FUNCTIONS and isinstance(pattern, ast.Constant):
                yield str(pattern.value), 0


def faults(pattern: str, flags: int = 0) -> list[str]:
    """Return what in a pattern can make it look at a text more often than a fixed number of times."""
    found: list[str] = []
    _look(parser.parse(pattern, flags), found, is_repeated=False)
    return found


def _look(parsed: Any, found: list[str], *, is_repeated: bool) -> None:
    for code, argument in parsed:
        if code is codes.GROUPREF:
            found.append("asks for what it has found before")
        is_repeat = code in (codes.MAX_REPEAT, codes.MIN_REPEAT) and argument[1] is codes.MAXREPEAT
        if is_repeat and code is codes.MIN_REPEAT:
            found.append("looks ahead without an end")
        if is_repeat and is_repeated:
            found.append("repeats a repetition")
        for part in _parts(argument):
            _look(part, found, is_repeated=is_repeated or is_repeat)


def _parts(argument: Any) -> Iterator[Any]:
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, list | tuple):
        for part in argument:
            yield from _parts(part)


@pytest.mark.parametrize("name", [*modules()])
def test_no_pattern_looks_at_a_text_again_and_again(name: str) -> None:
    assert {pattern: faults(pattern, flags) for pattern, flags in patterns(name)} == {
        pattern: [] for pattern, _ in patterns(name)
    }


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        (r"(?P<ticks>`+).*?(?P=ticks)", ["looks ahead without an end", "asks for what it has found before"]),
        (r"(?:a+)*b", ["repeats a repetition"]),
        (r"(?:a|(b*))+", ["repeats a repetition"]),
        (r"(?:[^$\n]+|\\.)*+", []),
        (r"[a-z]+\s*,.*", []),
        (r"(?:a{1,3})+", []),
    ],
)
def test_such_patterns_are_noticed(pattern: str, fault: list[str]) -> None:
    assert faults(pattern) == fault
