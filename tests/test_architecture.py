"""The plan of the house holds: who may import whom, who alone may use a library, how much a room holds."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("settings", "access", "chat", "usage")
# The files that may import everything, each with those that may import it.
TOP = {"app": "", "server": "app", "page": "server", "parts": "app server page"}
# A package may import what stands right of it, besides `texts` and what the package around it may import.
ARROWS = """
access > settings > usage.units
chat.ui > chat.connections > chat.providers usage.prices
chat.ui > chat.calls > chat.store > chat.conversation > chat.providers chat.files
chat.__main__ > chat.cli > chat.archive > chat.store > chat.conversation > chat.providers chat.files
chat.__main__ > settings data_folder
chat.ui > chat.archive > chat.markup > usage.prices
chat.ui > usage.prices usage.reports
chat > settings usage.units usage.ledger usage.meter usage.forecast usage.budgets
usage.__main__ > usage settings data_folder
usage.ui usage.cli > usage
usage.accounts > usage.reports > usage.prices > usage.ledger > usage.units
usage.budgets > usage.reports usage.forecast usage.ledger usage.units
usage.meter > usage.ledger
usage.meter > usage.forecast > usage.prices > usage.units
"""
OWNERS = {
    "gettext": "texts",
    "markdown_it": "chat.markup",
    "pygments": "chat.markup",
    "gradio": "page lean_page server chat.ui usage.ui",
    "openai": "chat.providers.openai_provider usage.accounts.openai_costs",
    "tiktoken": "usage.forecast.tokenizer",
    "currency_converter": "usage.units.currency",
    "genai_prices": "usage.prices",
    "duckdb": "usage.reports.call_tables",
    "pandas": "usage.reports",
    "sqlalchemy": "chat.store",
    "keyring": "chat.connections.key_storage",
    "PIL": "chat.files.image_files",
    "pillow_heif": "chat.files.image_files",
    "pypdfium2": "chat.files.pdf_files",
    "mammoth": "chat.files.documents",
    "bs4": "chat.files.documents",
    "markdownify": "chat.files.documents",
    "python_calamine": "chat.files.tables",
    "charset_normalizer": "chat.files.plain_texts",
    "argon2": "access.users",
}
PACKAGES = set(ARROWS.split()) - {">"}
MOST_ENTRIES = 12  # files and packages, the surface among them
ENVIRONMENT = {"environ", "environb", "getenv", "putenv"}

SOURCES = sorted([*ROOT.glob("*.py"), *(path for part in PARTS for path in (ROOT / part).rglob("*.py"))])


def is_entry(path: Path) -> bool:
    """Return whether a path of a package is one of its entries; a folder left behind empty is none."""
    return path.is_file() or (path / "__init__.py").is_file()


def module_of(path: Path) -> str:
    """Return the name that a file of the project is imported by."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(source: str) -> Iterator[tuple[str, str]]:
    """Yield all that a source imports anywhere in it: a module, and the name out of it or nothing."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # The project has no relative imports: one shows up here as a name that nobody may import.
            yield from (("." * node.level + (node.module or ""), alias.name) for alias in node.names)


def within(name: str, parts: str) -> bool:
    """Return whether a name is one of the parts or belongs to one of them."""
    return any(name == part or name.startswith(f"{part}.") for part in parts.split())


def forbidden_imports(module: str, source: str) -> list[str]:
    """Return what a module imports of the project or of an owned library and may not."""
    return [f"{source}.{name}" for source, name in imports_of(source) if not may_import(module, source)]


def may_import(module: str, source: str) -> bool:
    """Return whether the arrows allow a module to import a source."""
    library = source.split(".")[0]
    if library in OWNERS:
        return within(module, OWNERS[library])
    if library not in PARTS and not (ROOT / f"{library}.py").is_file():
        return not source.startswith(".")
    if not is_open_to(module, source) or (source in TOP and not within(module, TOP[source])):
        return False
    own = max((package for package in PACKAGES if within(module, package)), key=len, default=module)
    return module in TOP or within(source, f"texts {own} {right_of(module)}")


def right_of(module: str) -> str:
    """Return what stands right of a module's packages, on any line."""
    lines = [line.split(" > ") for line in ARROWS.strip().splitlines()]
    places = [(line, at) for line in lines for at, left in enumerate(line) if within(module, left)]
    return " ".join(right for line, at in places for right in line[at + 1 :])


def is_open_to(module: str, source: str) -> bool:
    """Return whether a source is a package's surface, or stands in a package that the importer is in."""
    path = ROOT.joinpath(*source.split("."))
    surface = path.parent / "__init__.py"
    has_surface = path.parent != ROOT and surface.is_file() and "__all__" in surface.read_text()
    return path.is_dir() or not has_surface or within(module, source.rpartition(".")[0])


def environment_uses(source: str) -> list[str]:
    """Return the ways in which a source reaches for the environment."""
    used = [
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os"
    ]
    used += [name for module, name in imports_of(source) if module == "os"]
    return [name for name in used if name in ENVIRONMENT]


def test_files_keep_to_the_arrows() -> None:
    found = {path: forbidden_imports(module_of(path), path.read_text()) for path in SOURCES}
    assert {path: names for path, names in found.items() if names} == {}


def test_environment_is_read_in_settings_only() -> None:
    readers = [module_of(path) for path in SOURCES if environment_uses(path.read_text())]
    assert [module for module in readers if not within(module, "settings")] == []


def test_every_arrow_and_owner_is_there() -> None:
    modules = {module_of(path) for path in SOURCES}
    assert PACKAGES - modules == set()
    imported = {name.split(".")[0] for path in SOURCES for name, _ in imports_of(path.read_text())}
    assert set(OWNERS) - imported == set()


def test_a_file_has_a_name_of_its_own_that_says_what_it_holds() -> None:
    names = [path.stem for path in SOURCES if not path.name.startswith("__")]
    assert sorted(names) == sorted(set(names))
    assert {"utils", "util", "helpers", "common", "misc"} & set(names) == set()


def test_a_room_reads_as_a_table_of_contents() -> None:
    rooms = [path.parent for path in SOURCES if path.name == "__init__.py"]
    entries = {room: {path.name for path in room.iterdir() if is_entry(path)} for room in rooms}
    assert {room: sorted(names) for room, names in entries.items() if len(names) > MOST_ENTRIES} == {}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("usage.reports.sheets", "from chat.store import ConversationStore"),
        ("usage.reports.sheets", "def f():\n    import chat"),
        ("usage.reports.sheets", "from usage.ui import create_usage_tab"),
        ("usage.units.money", "from usage.ledger import LedgerEntry"),
        ("chat.calls.runner", "from usage.prices import PriceBook"),
        ("chat.calls.runner", "from usage.ledger.csv_ledger import CsvLedger"),
        ("chat.calls.runner", "from chat.ui import Sidebar"),
        ("chat.calls.runner", "from chat import ui"),
        ("chat.store.conversations", "from chat.calls import TurnRunner"),
        ("chat.calls.runner", "import app"),
        ("chat.calls.runner", "from . import store"),
        ("chat.ui.sidebar", "from usage.ui import create_usage_tab"),
        ("chat.ui.sidebar", "from access import Users"),
        ("access.users", "import usage.ledger"),
        ("settings.settings", "from app import main"),
        ("chat.calls.runner", "import gradio as gr"),
        ("chat.calls.runner", "from openai import AsyncOpenAI"),
        ("chat.providers.openai_provider_tools", "import openai"),
        ("usage.meter", "import tiktoken, genai_prices"),
        ("app", "from sqlalchemy import select"),
        ("app", "import argon2"),
        ("app", "from page import build_page"),
        ("page", "import server"),
    ],
)
def test_import_against_the_arrows_is_found(module: str, source: str) -> None:
    assert forbidden_imports(module, source) != []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("page", "import gradio\nfrom access import Users\nfrom chat.ui import Sidebar"),
        ("chat.calls.runner", "from usage.ledger import LedgerEntry\nfrom chat.store import StoreError"),
        ("chat.ui.sidebar", "import gradio as gr\nfrom usage.units import format_usd"),
        ("chat.providers.openai_provider", "from openai.types import CompletionUsage"),
        ("usage.ui.view", "import gradio as gr\nfrom usage.reports import Sheet"),
        ("usage.__main__", "from settings import Settings"),
        ("usage.meter", "import json\nimport usage.ledger"),
    ],
)
def test_import_along_the_arrows_is_fine(module: str, source: str) -> None:
    assert forbidden_imports(module, source) == []


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("import os\nos.environ['X']", ["environ"]),
        ("import os\nos.getenv('X')", ["getenv"]),
        ("from os import environ", ["environ"]),
        ("from os import getenv as get", ["getenv"]),
        ("import os\nos.fsync(1)\nsettings.environ = 1", []),
    ],
)
def test_use_of_the_environment_is_found(source: str, uses: list[str]) -> None:
    assert environment_uses(source) == uses
