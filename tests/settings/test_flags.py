from pathlib import Path
from typing import Any

import pytest

from settings.flags import UsersCommand, parse_flags


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        ([], {}),
        (
            ["--host", "::1", "--port", "0", "--data-dir", "/there", "--share", "--open"],
            {"host": "::1", "port": 0, "data_dir": Path("/there"), "share": True, "open_browser": True},
        ),
        (["users", "add", "ana"], {"users_command": UsersCommand("add", "ana")}),
        (
            ["users", "add", "ana", "--password-stdin"],
            {"users_command": UsersCommand("add", "ana", password_stdin=True)},
        ),
        (["users", "remove", "ana"], {"users_command": UsersCommand("remove", "ana")}),
        # The data folder may stand before or after the command.
        *(
            (words, {"users_command": UsersCommand("list"), "data_dir": Path("/there")})
            for words in (
                ["--data-dir", "/there", "users", "list"],
                ["users", "list", "--data-dir", "/there"],
            )
        ),
    ],
)
def test_arguments_say_what_is_set_and_leave_the_rest_open(
    arguments: list[str], given: dict[str, Any]
) -> None:
    left_open = {"users_command": None, "share": False, "open_browser": False}
    assert parse_flags(arguments) == {**left_open, **given}


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
    if arguments[:2] == ["--port", "65536"]:
        assert line.startswith("argument --port: '65536': expected a port from 0 to 65535; app.py --help")
