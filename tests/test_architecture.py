"""The arrows between the parts hold: who may import whom, and who alone may use a library."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("chat", "usage", "access")
LONGEST_FILE = 250

FROM_USAGE = (
    *("usage.tokens", "usage.ledger", "usage.money", "usage.meter"),
    *("usage.budgets", "usage.budget_state", "usage.limits", "usage.reservations"),
)
FOR_THE_PAGE = ("usage.totals", "usage.prices", "usage.model_names", "usage.outlook")
MAY_IMPORT = {
    "chat.ui": ("chat", *FROM_USAGE, *FOR_THE_PAGE),
    "chat": ("chat", *FROM_USAGE),
    "usage.ui": ("usage",),
    "usage.__main__": ("usage", "settings", "data_folder", "file_locks"),
    "usage": ("usage",),
    "access": ("access",),
}
OWNERS = {
    "gradio": ("page", "chat.ui", "usage.ui"),
    "openai": ("chat.openai_provider", "usage.openai_costs"),
    "tiktoken": ("usage.tokenizer",),
    "genai_prices": ("usage.price_list", "usage.price_updates", "usage.published_list"),
    "pandas": ("usage.plain_lines",),
    "sqlalchemy": (
        *("chat.database", "chat.migrations", "chat.tables"),
        *("chat.store", "chat.limits_store", "chat.shared_reservations"),
    ),
    "argon2": ("access.users",),
}


def sources() -> list[Path]:
    """Every file of the app itself."""
    return sorted([*ROOT.glob("*.py"), *(path for part in PARTS for path in (ROOT / part).rglob("*.py"))])


def module_of(path: Path) -> str:
    """The name that a file of the project is imported by."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def imports_of(source: str) -> Iterator[str]:
    """All that a source imports anywhere in it, as `module` or `module.name`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # The project has no relative imports: one shows up here as a name that nobody may import.
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def within(name: str, part: str) -> bool:
    """Whether a name is a part or belongs to it."""
    return name == part or name.startswith(f"{part}.")


def arrow_violations(module: str, source: str) -> list[str]:
    """What a module imports of the project or of an owned library and may not."""
    return [name for name in imports_of(source) if not may_import(module, name)]


def may_import(module: str, name: str) -> bool:
    """Whether the arrows allow a module to import a name."""
    if name.startswith("."):
        return False
    if owners := OWNERS.get(name.split(".")[0]):
        return any(within(module, owner) for owner in owners)
    if module in ("app", "page") or not is_ours(name):
        return True
    if (
        within(name, "app")
        or within(name, "page")
        or any(within(name, ui) and not within(module, ui) for ui in ("chat.ui", "usage.ui"))
    ):
        return False
    allowed = next((names for part, names in MAY_IMPORT.items() if within(module, part)), None)
    return allowed is None or any(within(name, part) for part in allowed)


def is_ours(name: str) -> bool:
    """Whether a name belongs to the project and not to a library."""
    first = name.split(".")[0]
    return first in PARTS or (ROOT / f"{first}.py").is_file() or first in {"app", "page", "settings"}


def environment_uses(source: str) -> list[str]:
    """The ways in which a source reaches for the environment."""
    names = {"environ", "environb", "getenv", "putenv"}
    used = [
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and node.attr in names
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    ]
    return used + [name for name in imports_of(source) if name.removeprefix("os.") in names]


@pytest.mark.parametrize("path", sources(), ids=module_of)
def test_file_keeps_to_the_arrows(path: Path) -> None:
    assert arrow_violations(module_of(path), path.read_text()) == []


@pytest.mark.parametrize("path", sources(), ids=module_of)
def test_environment_is_read_in_settings_only(path: Path) -> None:
    assert module_of(path) == "settings" or environment_uses(path.read_text()) == []


def test_every_library_has_its_owner() -> None:
    imported = {name.split(".")[0] for path in sources() for name in imports_of(path.read_text())}
    assert set(OWNERS) - imported == set()


def test_no_file_is_a_drawer_for_odds_and_ends() -> None:
    assert [path for path in sources() if path.stem in {"utils", "util", "helpers", "common", "misc"}] == []


def test_no_file_is_too_long() -> None:
    folders = (*PARTS, "tests", "bench", "scripts", "docs")
    files = [*ROOT.glob("*.py"), *(path for folder in folders for path in (ROOT / folder).rglob("*.py"))]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("usage.reports", "from chat.store import ConversationStore"),
        ("usage.reports", "def f():\n    import chat"),
        ("usage.reports", "from usage.ui import create_usage_tab"),
        ("chat.runner", "from usage import csv_ledger"),
        ("chat.runner", "import usage"),
        ("chat.runner", "from chat.ui import sidebar"),
        ("chat.runner", "import app"),
        ("chat.runner", "from . import store"),
        ("chat.ui.sidebar", "from usage.ui import create_usage_tab"),
        ("chat.ui.sidebar", "from access.users import Users"),
        ("access.users", "import usage.ledger"),
        ("settings", "from app import main"),
        ("chat.runner", "import gradio as gr"),
        ("chat.runner", "from openai import AsyncOpenAI"),
        ("chat.openai_provider_tools", "import openai"),
        ("usage.meter", "import tiktoken, genai_prices"),
        ("app", "from sqlalchemy import select"),
        ("app", "import argon2"),
    ],
)
def test_import_against_the_arrows_is_found(module: str, source: str) -> None:
    assert arrow_violations(module, source) != []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("page", "import gradio\nfrom access.users import Users\nfrom chat.ui import sidebar"),
        ("chat.runner", "from usage.ledger import LedgerEntry\nfrom chat.store import ConversationStore"),
        ("chat.ui.sidebar", "import gradio as gr\nfrom usage.money import format_usd"),
        ("chat.openai_provider", "from openai.types import CompletionUsage"),
        ("usage.ui", "import gradio as gr\nfrom usage.reports import by_day"),
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
