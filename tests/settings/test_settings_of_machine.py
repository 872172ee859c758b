import os
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import platformdirs
import pytest

from settings.settings import Machine, load_settings

DEFAULT_DATA_DIR = platformdirs.user_data_path("tally", appauthor=False)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and none of the app's variables set."""
    for variable in list(os.environ):
        if variable == "TZ" or variable.startswith(("OPENAI_", "TALLY_", "GRADIO_", "SPACE_")):
            monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def machine(folder: Path) -> Machine:
    """A machine with neither a Space's disk nor a time zone."""
    return Machine(space_disk=folder / "no-disk", localtime=folder / "no-localtime")


def test_a_space_keeps_data_on_its_disk_and_listens_to_everybody(
    folder: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACE_ID", "ana/tally")
    settings = load_settings((), replace(machine, space_disk=folder))
    assert (settings.host, settings.data_dir, settings.on_space, settings.persistent) == (
        "0.0.0.0",
        folder / "tally",
        True,
        True,
    )


def test_a_space_without_a_disk_forgets(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "ana/tally")
    settings = load_settings((), machine)
    assert (settings.data_dir, settings.on_space, settings.persistent) == (DEFAULT_DATA_DIR, True, False)


def test_a_space_forgets_what_is_kept_beside_its_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "ana/tally")
    disk = folder / "disk"
    disk.mkdir()
    assert load_settings(["--data-dir", "disk/mine"], Machine(space_disk=disk)).persistent
    assert not load_settings(["--data-dir", "elsewhere"], Machine(space_disk=disk)).persistent


def test_a_folder_named_data_means_nothing_off_a_space(folder: Path, machine: Machine) -> None:
    settings = load_settings((), replace(machine, space_disk=folder))
    assert (settings.host, settings.data_dir, settings.on_space, settings.persistent) == (
        "127.0.0.1",
        DEFAULT_DATA_DIR,
        False,
        True,
    )


@pytest.mark.parametrize("name", ["Asia/Tokyo", ":Asia/Tokyo", "/usr/share/zoneinfo/Asia/Tokyo"])
def test_the_zone_is_the_one_that_tz_names(
    name: str, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", name)
    assert load_settings((), machine).timezone == ZoneInfo("Asia/Tokyo")


def test_the_zone_is_the_one_that_the_machine_links_to(
    folder: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "CET-1CEST")
    (folder / "localtime").symlink_to("/usr/share/zoneinfo/Asia/Tokyo")
    assert load_settings((), replace(machine, localtime=folder / "localtime")).timezone == ZoneInfo(
        "Asia/Tokyo"
    )


def test_a_zone_that_tz_cannot_name_is_utc(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", ":/etc/nowhere")
    assert load_settings((), machine).timezone == ZoneInfo("UTC")
