from pathlib import Path

import pytest

from settings.flags import Flags, UsersCommand, parse_flags


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_arguments_everything_is_left_open() -> None:
    assert parse_flags([]) == Flags(
        users_command=None, host=None, port=None, data_dir=None, share=False, open_browser=False
    )


def test_every_flag_is_read(folder: Path) -> None:
    arguments = ["--host", "::1", "--port", "0", "--data-dir", "there", "--share", "--open"]
    assert parse_flags(arguments) == Flags(
        users_command=None, host="::1", port=0, data_dir=folder / "there", share=True, open_browser=True
    )


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["add", "ana"], UsersCommand("add", "ana")),
        (["add", "ana", "--password-stdin"], UsersCommand("add", "ana", password_stdin=True)),
        (["list"], UsersCommand("list")),
        (["remove", "ana"], UsersCommand("remove", "ana")),
    ],
)
def test_people_are_managed_by_a_command(arguments: list[str], command: UsersCommand) -> None:
    assert parse_flags(["users", *arguments]).users_command == command


def test_the_data_folder_may_stand_before_or_after_the_command(folder: Path) -> None:
    before = parse_flags(["--data-dir", "there", "users", "list"])
    after = parse_flags(["users", "list", "--data-dir", "there"])
    assert (before.data_dir, after.data_dir) == (folder / "there", folder / "there")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "65536"],
        ["--port", "-1"],
        ["--data-dir", "~nobody-here/x"],
        ["--prot", "1"],
        ["--shar"],
        ["users"],
        ["users", "add"],
        ["users", "list", "ana"],
        ["people"],
    ],
)
def test_wrong_arguments_end_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_flags(arguments)
    assert ended.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith("--help says what there is")


def test_a_wrong_flag_is_named_with_its_value_and_what_is_expected(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        parse_flags(["--port", "65536"])
    message = "argument --port: '65536': expected a port from 0 to 65535; app.py --help says what there is\n"
    assert capsys.readouterr().err == message
