"""The arrows between the packages hold: who may import whom, and who alone may use a library."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("settings", "access", "chat", "usage")
# The files that may import everything, each with those that may import it.
TOP = {"app": "", "server": "app", "page": "server", "parts": "app server page"}

FROM_USAGE = "usage.units usage.ledger usage.meter usage.forecast usage.budgets"
# What each package may import besides itself and `texts`.
ARROWS = {
    "settings": "usage.units",
    "access": "settings",
    "chat": f"settings {FROM_USAGE}",
    "chat.ui": f"chat {FROM_USAGE} usage.prices usage.reports",
    "usage.units": "",
    "usage.ledger": "usage.units",
    "usage.prices": "usage.ledger usage.units",
    "usage.forecast": "usage.prices usage.units",
    "usage.meter": "usage.ledger usage.prices usage.forecast usage.units",
    "usage.reports": "usage.ledger usage.prices usage.units",
    "usage.budgets": "usage.reports usage.forecast usage.ledger usage.units",
    "usage.accounts": "usage.reports usage.prices usage.ledger usage.units",
    "usage.cli": "usage",
    "usage.ui": "usage",
    "usage.__main__": "usage settings data_folder",
}
# Inside `chat`, from the bottom to the top: each may import what stands before it.
CHAT_LAYERS = ("chat.providers", "chat.conversation", "chat.store", "chat.calls", "chat.ui")
OWNERS = {
    "gettext": "texts",
    "gradio": "page chat.ui usage.ui",
    "openai": "chat.providers.openai_provider usage.accounts.openai_costs",
    "tiktoken": "usage.forecast.tokenizer",
    "genai_prices": "usage.prices",
    "pandas": "usage.reports",
    "sqlalchemy": "chat.store",
    "argon2": "access.users",
}


def sources() -> list[Path]:
    """Return every file of the app itself."""
    return sorted([*ROOT.glob("*.py"), *(path for part in PARTS for path in (ROOT / part).rglob("*.py"))])


def module_of(path: Path) -> str:
    """Return the name that a file of the project is imported by."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


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


def arrow_violations(module: str, source: str) -> list[str]:
    """Return what a module imports of the project or of an owned library and may not."""
    return [f"{source}.{name}" for source, name in imports_of(source) if not may_import(module, source, name)]


def may_import(module: str, source: str, name: str) -> bool:
    """Return whether the arrows allow a module to import a name out of a source."""
    library = source.split(".")[0]
    if library in OWNERS:
        return within(module, OWNERS[library])
    if not is_ours(source):
        return not source.startswith(".")
    if not is_surface(module, source) or (source in TOP and not within(module, TOP[source])):
        return False
    if module in TOP:
        return True
    if source == "texts":
        return True
    package = max((part for part in ARROWS if within(module, part)), key=len)
    if within(source, "chat") and within(module, "chat"):
        return layer(f"{source}.{name}") <= layer(module)
    return within(source, f"{package} {ARROWS[package]}")


def layer(module: str) -> int:
    """Return how far up a module of `chat` stands."""
    return next((level for level, part in enumerate(CHAT_LAYERS) if within(module, part)), -1)


def is_surface(module: str, source: str) -> bool:
    """Return whether a source is a package's surface, or a module of a package that the importer is in."""
    folder = ROOT.joinpath(*source.split("."))
    package = source if folder.is_dir() else source.rpartition(".")[0]
    return folder.is_dir() or not has_surface(package) or within(module, package)


def has_surface(package: str) -> bool:
    """Return whether a package says in `__init__` what others may use."""
    init = ROOT.joinpath(*package.split("."), "__init__.py")
    return init.is_file() and "__all__" in init.read_text()


def is_ours(name: str) -> bool:
    """Return whether a name belongs to the project and not to a library."""
    first = name.split(".")[0]
    return first in PARTS or (ROOT / f"{first}.py").is_file()


def environment_uses(source: str) -> list[str]:
    """Return the ways in which a source reaches for the environment."""
    names = {"environ", "environb", "getenv", "putenv"}
    used = [
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and node.attr in names
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    ]
    return used + [name for module, name in imports_of(source) if module == "os" and name in names]


@pytest.mark.parametrize("path", sources(), ids=module_of)
def test_file_keeps_to_the_arrows(path: Path) -> None:
    assert arrow_violations(module_of(path), path.read_text()) == []


@pytest.mark.parametrize("path", sources(), ids=module_of)
def test_environment_is_read_in_settings_only(path: Path) -> None:
    assert within(module_of(path), "settings") or environment_uses(path.read_text()) == []


def test_every_library_has_its_owner() -> None:
    imported = {name.split(".")[0] for path in sources() for name, _ in imports_of(path.read_text())}
    assert set(OWNERS) - imported == set()


def test_no_file_is_a_drawer_for_odds_and_ends() -> None:
    assert [path for path in sources() if path.stem in {"utils", "util", "helpers", "common", "misc"}] == []


def test_no_two_files_have_one_name() -> None:
    names = [path.name for path in sources() if not path.name.startswith("__")]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("usage.reports.sheets", "from chat.store import ConversationStore"),
        ("usage.reports.sheets", "def f():\n    import chat"),
        ("usage.reports.sheets", "from usage.ui import create_usage_tab"),
        ("usage.units.money", "from usage.ledger import LedgerEntry"),
        ("chat.calls.runner", "from usage.prices import PriceBook"),
        ("chat.calls.runner", "from usage.ledger.csv_ledger import CsvLedger"),
        ("chat.calls.runner", "from chat.ui import create_sidebar"),
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
    assert arrow_violations(module, source) != []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("page", "import gradio\nfrom access import Users\nfrom chat.ui import create_sidebar"),
        ("chat.calls.runner", "from usage.ledger import LedgerEntry\nfrom chat.store import StoreError"),
        ("chat.ui.sidebar", "import gradio as gr\nfrom usage.units import format_usd"),
        ("chat.providers.openai_provider", "from openai.types import CompletionUsage"),
        ("usage.ui.view", "import gradio as gr\nfrom usage.reports import Sheet"),
        ("usage.__main__", "from settings import Settings"),
        ("usage.meter", "import json\nimport usage.ledger"),
    ],
)
def test_import_along_the_arrows_is_fine(module: str, source: str) -> None:
    assert arrow_violations(module, source) == []


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.environ['X']",
        "import os\nos.getenv('X')",
        "from os import environ",
        "from os import getenv as get",
    ],
)
def test_use_of_the_environment_is_found(source: str) -> None:
    assert environment_uses(source) != []


def test_other_uses_of_os_are_fine() -> None:
    assert environment_uses("import os\nos.fsync(1)\nsettings.environ = 1") == []
