"""What Tally keeps is its owner's only, whoever comes first and whatever the system would allow others."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from data_folder import close_to_others, make_private
from tests.conftest import StartApp
from tests.servers.app_process import run_command
from tests.servers.http_page import HttpPage


@pytest.fixture(autouse=True)
def open_to_all() -> Iterator[None]:
    """Let what is made be open to all unless somebody says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    """Return who may do what with it."""
    return stat.S_IMODE(path.stat().st_mode)


def open_ones(folder: Path) -> list[str]:
    """Return the files and folders with which others may do something, the folder itself included."""
    return [path.name for path in (folder, *folder.rglob("*")) if mode(path) & 0o077]


def run(data_dir: Path, *command: str, typed: str = "") -> None:
    """Run a command on this folder, which has to succeed."""
    run_command(data_dir.parent, "-m", *command, "--data-dir", str(data_dir), typed=typed).check_returncode()


def test_the_app_makes_nothing_that_others_can_read(app_process: StartApp) -> None:
    app = app_process()
    with HttpPage(app.url) as page:
        page.follow(page.begin("Hello", "demo"))
    made = {path.name for path in app.data_dir.iterdir()}
    assert {"tally.db", "tally.db-wal", "tally.db-shm", "usage.csv", "usage.csv.lock", "running"} <= made
    assert open_ones(app.data_dir) == []


def test_neither_does_a_command_that_comes_first(app_process: StartApp, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    run(folder, "app", "users", "add", "ann", "--password-stdin", typed="a long password\n")
    assert open_ones(folder) == []
    app_process(data_dir=folder)
    assert open_ones(folder) == []


@pytest.mark.parametrize("command", [["usage", "report"], ["app", "users", "list"]])
def test_what_an_earlier_version_left_open_is_closed_by_whatever_runs_next(
    tmp_path: Path, command: list[str]
) -> None:
    folder = tmp_path / "data"
    run(folder, "app", "users", "add", "ann", "--password-stdin", typed="a long password\n")
    (folder / "running").mkdir(exist_ok=True)
    for name in ("tally.db", "tally.db-wal", "usage.csv", "usage.csv.before-2026-11-01", "running/old.lock"):
        (folder / name).touch()
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    run(folder, *command)
    assert open_ones(folder) == []


def test_a_folder_that_holds_what_is_somebody_elses_stays_open_and_so_does_that(tmp_path: Path) -> None:
    for name in ("tally.db", "notes.txt"):
        (tmp_path / name).touch(0o644)
    tmp_path.chmod(0o755)
    close_to_others(tmp_path)
    assert {path.name: mode(path) for path in (tmp_path, *tmp_path.iterdir())} == {
        tmp_path.name: 0o755,
        "tally.db": 0o600,
        "notes.txt": 0o644,
    }


def test_what_a_link_points_to_is_left_alone(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "data", tmp_path / "usage.csv"
    make_private(folder)
    elsewhere.touch(0o644)
    (folder / "usage.csv").symlink_to(elsewhere)
    close_to_others(folder)
    assert (mode(folder), mode(elsewhere)) == (0o700, 0o644)


def test_a_folder_that_is_a_link_is_closed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "data").symlink_to(tmp_path / "real")
    make_private(tmp_path / "data")
    assert mode(tmp_path / "real") == 0o700
