"""What the project says of itself is true: README, the docs and their links, requirements, the tree."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from settings import Settings
from usage.ledger import COLUMNS

ROOT = Path(__file__).parents[1]
DOCS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")


def requirements(name: str) -> list[Requirement]:
    """Return the requirements that a file of this name lists itself."""
    lines = (ROOT / name).read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-r"))]


def space_header() -> dict[str, str]:
    """Return the YAML at the top of README, of which a Space reads plain `name: value` lines."""
    found = re.match(r"---\n(.*?)\n---\n", (ROOT / "README.md").read_text(), re.DOTALL)
    assert found, "README.md does not begin with a header between two lines of ---"
    pairs = (line.partition(": ") for line in found[1].splitlines())
    return {name: value.strip().strip("\"'") for name, _, value in pairs}


def test_readme_has_the_header_of_a_space() -> None:
    header = space_header()
    assert {name: header.get(name) for name in ("sdk", "app_file", "hf_oauth")} == {
        "sdk": "gradio",
        "app_file": "app.py",
        "hf_oauth": "true",
    }
    assert (ROOT / header["app_file"]).is_file()


def test_space_runs_the_gradio_that_is_tested_and_required() -> None:
    [gradio] = [required for required in requirements("requirements.txt") if required.name == "gradio"]
    assert space_header()["sdk_version"] == version("gradio")
    assert gradio.specifier.contains(space_header()["sdk_version"])


def test_space_runs_a_python_that_is_supported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert SpecifierSet(project["requires-python"]).contains(space_header()["python_version"])


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_has_an_upper_bound(file: str) -> None:
    unbounded = [
        required.name
        for required in requirements(file)
        if not any(clause.operator in {"<", "<=", "==", "~="} for clause in required.specifier)
    ]
    assert unbounded == []


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_what_is_installed(file: str) -> None:
    wrong = [str(r) for r in requirements(file) if not r.specifier.contains(version(r.name))]
    assert wrong == []


def tree_in_design() -> set[str]:
    """Return the folders and files that the tree in docs/design.md names, by their paths."""
    found = re.search(r"## Layout\n\n```\n(.*?)```", (ROOT / "docs" / "design.md").read_text(), re.DOTALL)
    assert found, "docs/design.md has no tree under Layout"
    paths: set[str] = set()
    above: list[str] = []
    for line in found[1].splitlines():
        name = line.split()[0]
        above[(len(line) - len(line.lstrip())) // 2 :] = [name]
        paths.add("".join(above))
    return paths


def real_tree() -> set[str]:
    """Return the files at the root and all packages; of the tests' folders those that mirror no package."""
    packages = {init.parent.relative_to(ROOT) for init in ROOT.glob("[!.]*/**/__init__.py")}
    mirrors = {Path("tests") / package for package in packages}
    return {path.name for path in ROOT.glob("*.py")} | {f"{path.as_posix()}/" for path in packages - mirrors}


def test_tree_in_design_is_the_real_one() -> None:
    assert tree_in_design() == real_tree(), "docs/design.md, Layout: a line for each folder, none for others"


def test_map_in_contributing_names_files_that_are_there() -> None:
    rows = re.findall(r"^\| an? .*", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    named = [re.findall(r"`([\w/]+(?:\.py|/))`", row) for row in rows]
    assert len(rows) == 10
    assert all(1 <= len(files) <= 4 for files in named)
    assert [file for files in named for file in files if not (ROOT / file).exists()] == []


def anchors(page: Path) -> set[str]:
    """Return the addresses of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", DOCS, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_what_is_there(page: Path) -> None:
    for link in ("".join(found) for found in LINK.findall(page.read_text())):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_flag_variable_and_column_is_in_the_docs() -> None:
    told = "\n".join(page.read_text() for page in DOCS if page.name != "CHANGELOG.md")
    sources = "".join(path.read_text() for path in (ROOT / "settings/flags.py", *ROOT.glob("usage/cli/*.py")))
    flags = set(re.findall(r'"(--[a-z-]+)"', sources))
    variables = {field.validation_alias for field in Settings.model_fields.values()} - {None}
    assert len(flags) > 10
    assert len(variables) > 10
    assert [
        name for name in (*flags, *variables, *COLUMNS) if not re.search(rf"`[^`\n]*{name}\b", told)
    ] == []
