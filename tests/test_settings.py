from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import platformdirs
import pytest
from pydantic import SecretStr

from chat.keys import clean_key
from command_line import UsersCommand
from settings import Machine, Settings, SettingsError, load_settings

VARIABLES = [
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "TALLY_PROVIDER",
    "TALLY_MODEL",
    "TALLY_DATA_DIR",
    "TALLY_TIMEZONE",
    "TALLY_DAILY_BUDGET_USD",
    "TALLY_MONTHLY_BUDGET_USD",
    "TALLY_USER_DAILY_BUDGET_USD",
    "TALLY_USER_MONTHLY_BUDGET_USD",
    "TALLY_OWNER",
    "TALLY_DATABASE_URL",
    "TALLY_PRICES",
    "TALLY_LOG_LEVEL",
    "GRADIO_SERVER_NAME",
    "GRADIO_SERVER_PORT",
    "SPACE_ID",
    "TZ",
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def machine(folder: Path) -> Machine:
    """A machine with neither a Space's disk nor a time zone."""
    return Machine(space_disk=folder / "no-disk", localtime=folder / "no-localtime")


@pytest.fixture
def refusal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], str]:
    """What is said when a variable has this value."""

    def refused(variable: str, value: str) -> str:
        monkeypatch.setenv(variable, value)
        with pytest.raises(SettingsError) as caught:
            load_settings()
        return str(caught.value)

    return refused


def defaults() -> Settings:
    data_dir = platformdirs.user_data_path("tally", appauthor=False)
    return Settings(
        users_command=None,
        host="127.0.0.1",
        port=7860,
        data_dir=data_dir,
        share=False,
        open_browser=False,
        api_key=None,
        base_url="https://api.openai.com/v1",
        provider=None,
        model=None,
        timezone=ZoneInfo("UTC"),
        daily_budget_usd=None,
        monthly_budget_usd=None,
        user_daily_budget_usd=None,
        user_monthly_budget_usd=None,
        owner=None,
        database_url=None,
        prices_path=data_dir / "prices.toml",
        log_level="INFO",
        on_space=False,
        persistent=True,
    )


def test_with_nothing_given_the_defaults_hold(machine: Machine) -> None:
    assert load_settings((), machine) == defaults()


def test_every_variable_is_read(folder: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "own.toml").touch()
    given = {
        "OPENAI_API_KEY": "sk-test",
        "OPENAI_BASE_URL": "http://localhost:11434/v1/",
        "TALLY_PROVIDER": "OpenRouter",
        "TALLY_MODEL": "llama3.2",
        "TALLY_DATA_DIR": str(folder / "data"),
        "TALLY_TIMEZONE": "Europe/Lisbon",
        "TALLY_DAILY_BUDGET_USD": "0.50",
        "TALLY_MONTHLY_BUDGET_USD": "5",
        "TALLY_USER_DAILY_BUDGET_USD": "0",
        "TALLY_USER_MONTHLY_BUDGET_USD": "1.25",
        "TALLY_OWNER": "ana",
        "TALLY_DATABASE_URL": "sqlite:////tmp/tally.db",
        "TALLY_PRICES": "own.toml",
        "TALLY_LOG_LEVEL": "debug",
        "GRADIO_SERVER_NAME": "0.0.0.0",
        "GRADIO_SERVER_PORT": "7000",
    }
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    assert load_settings((), machine) == replace(
        defaults(),
        host="0.0.0.0",
        port=7000,
        data_dir=folder / "data",
        api_key=SecretStr("sk-test"),
        base_url="http://localhost:11434/v1",
        provider="openrouter",
        model="llama3.2",
        timezone=ZoneInfo("Europe/Lisbon"),
        daily_budget_usd=Decimal("0.50"),
        monthly_budget_usd=Decimal(5),
        user_daily_budget_usd=Decimal(0),
        user_monthly_budget_usd=Decimal("1.25"),
        owner="ana",
        database_url="sqlite:////tmp/tally.db",
        prices_path=folder / "own.toml",
        log_level="DEBUG",
    )


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_variable_is_not_set(
    variable: str, value: str, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    assert load_settings((), machine) == defaults()


def test_every_flag_is_read(folder: Path, machine: Machine) -> None:
    flags = ["--host", "::1", "--port", "0", "--data-dir", "there", "--share", "--open"]
    assert load_settings(flags, machine) == replace(
        defaults(),
        host="::1",
        port=0,
        data_dir=folder / "there",
        share=True,
        open_browser=True,
        daily_budget_usd=Decimal("1.00"),
        prices_path=folder / "there" / "prices.toml",
    )


def test_a_flag_wins_over_the_environment_and_that_over_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("TALLY_DATA_DIR=from-file\nTALLY_MODEL=from-file\nTALLY_OWNER=from-file\n")
    monkeypatch.setenv("TALLY_DATA_DIR", "from-environment")
    monkeypatch.setenv("TALLY_MODEL", "from-environment")
    settings = load_settings(["--data-dir", "from-flag"])
    assert (settings.data_dir, settings.model, settings.owner) == (
        folder / "from-flag",
        "from-environment",
        "from-file",
    )


def test_the_file_may_come_from_a_windows_editor(folder: Path) -> None:
    (folder / ".env").write_bytes(b'\xef\xbb\xbfTALLY_MODEL="one"\r\nTALLY_OWNER\r\n# a note\r\nOTHER=1\r\n')
    settings = load_settings()
    assert (settings.model, settings.owner) == ("one", None)


def test_a_file_with_strange_bytes_is_refused(folder: Path) -> None:
    (folder / ".env").write_bytes(b"TALLY_MODEL=\xff\xfe\n")
    with pytest.raises(SettingsError, match=r"^\.env is not UTF-8 text: save it as UTF-8$"):
        load_settings()


def test_the_ledger_is_in_the_data_folder(folder: Path) -> None:
    assert load_settings(["--data-dir", "."]).ledger_path == folder / "usage.csv"


def test_a_home_folder_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("TALLY_DATA_DIR", "~/chats")
    assert load_settings().data_dir == folder / "chats"


def test_sharing_keeps_a_budget_that_was_set_even_a_smaller_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLY_DAILY_BUDGET_USD", "0")
    assert load_settings(["--share"]).daily_budget_usd == Decimal(0)


def test_a_space_keeps_data_on_its_disk_and_listens_to_everybody(
    folder: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACE_ID", "ana/tally")
    assert load_settings((), replace(machine, space_disk=folder)) == replace(
        defaults(),
        host="0.0.0.0",
        data_dir=folder / "tally",
        prices_path=folder / "tally" / "prices.toml",
        on_space=True,
        persistent=True,
    )


def test_a_space_without_a_disk_forgets(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "ana/tally")
    assert load_settings((), machine) == replace(defaults(), host="0.0.0.0", on_space=True, persistent=False)


def test_a_space_forgets_what_is_kept_beside_its_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "ana/tally")
    disk = folder / "disk"
    disk.mkdir()
    assert load_settings(["--data-dir", "disk/mine"], Machine(space_disk=disk)).persistent
    assert not load_settings(["--data-dir", "elsewhere"], Machine(space_disk=disk)).persistent


def test_a_folder_named_data_means_nothing_off_a_space(folder: Path, machine: Machine) -> None:
    assert load_settings((), replace(machine, space_disk=folder)) == defaults()


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


@pytest.mark.parametrize(
    "value", ["Mars/Base", "..", "/etc/passwd", "Europe", "Europe/Lisbon\nTALLY_MODEL=x", "zone.tab"]
)
def test_a_zone_that_is_none_is_refused(value: str, refusal: Callable[[str, str], str]) -> None:
    expected = f"TALLY_TIMEZONE is {value!r}: expected an IANA time zone such as Europe/Lisbon or UTC"
    assert refusal("TALLY_TIMEZONE", value) == expected


@pytest.mark.parametrize(
    "variable",
    [
        "TALLY_DAILY_BUDGET_USD",
        "TALLY_MONTHLY_BUDGET_USD",
        "TALLY_USER_DAILY_BUDGET_USD",
        "TALLY_USER_MONTHLY_BUDGET_USD",
    ],
)
@pytest.mark.parametrize("value", ["-0.01", "nan", "inf", "five", "$5", "1,5"])
def test_a_budget_that_is_no_amount_is_refused(
    variable: str, value: str, refusal: Callable[[str, str], str]
) -> None:
    assert refusal(variable, value) == f"{variable} is {value!r}: expected an amount in USD such as 5 or 0.50"


@pytest.mark.parametrize(
    "value",
    ["localhost:11434/v1", "ftp://example.com", "http://", "http://[::1", "http://a:99999", "http://a b"],
)
def test_an_address_that_is_none_is_refused(value: str, refusal: Callable[[str, str], str]) -> None:
    assert refusal("OPENAI_BASE_URL", value) == (
        f"OPENAI_BASE_URL is {value!r}: "
        "expected an address such as https://api.openai.com/v1 or http://localhost:11434/v1"
    )


def test_a_database_that_several_copies_share_is_refused_without_showing_its_password(
    refusal: Callable[[str, str], str],
) -> None:
    assert refusal("TALLY_DATABASE_URL", "postgresql://ana:secret@db/tally") == (
        "TALLY_DATABASE_URL is 'postgresql://***@db/tally': "
        "expected sqlite:///… (a database that several copies share is not supported yet)"
    )


def test_a_price_file_that_was_named_must_be_there(refusal: Callable[[str, str], str]) -> None:
    message = "TALLY_PRICES is 'nowhere.toml': expected the path of a file that is there"
    assert refusal("TALLY_PRICES", "nowhere.toml") == message


def test_a_data_folder_cannot_be_a_file(folder: Path, refusal: Callable[[str, str], str]) -> None:
    (folder / "file").touch()
    assert refusal("TALLY_DATA_DIR", "file") == "TALLY_DATA_DIR is 'file': expected the path of a folder"


def test_the_home_of_nobody_is_refused(refusal: Callable[[str, str], str]) -> None:
    message = "TALLY_DATA_DIR is '~nobody-here/x': expected the path of a folder"
    assert refusal("TALLY_DATA_DIR", "~nobody-here/x") == message


def test_a_logging_level_that_is_none_is_refused(refusal: Callable[[str, str], str]) -> None:
    message = "TALLY_LOG_LEVEL is 'LOUD': expected one of DEBUG, INFO, WARNING, ERROR, CRITICAL"
    assert refusal("TALLY_LOG_LEVEL", "LOUD") == message


def test_a_port_of_65535_is_the_last_one(
    monkeypatch: pytest.MonkeyPatch, refusal: Callable[[str, str], str]
) -> None:
    monkeypatch.setenv("GRADIO_SERVER_PORT", "65535")
    assert load_settings().port == 65535
    message = "GRADIO_SERVER_PORT is '65536': expected a port from 0 to 65535"
    assert refusal("GRADIO_SERVER_PORT", "65536") == message


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "65536"],
        ["--port", "-1"],
        ["--port", "x"],
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
        load_settings(arguments)
    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err.splitlines()[-1]


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
    assert load_settings(["users", *arguments]).users_command == command


def test_the_data_folder_may_stand_before_or_after_the_command(folder: Path) -> None:
    before = load_settings(["--data-dir", "there", "users", "list"])
    after = load_settings(["users", "list", "--data-dir", "there"])
    assert (before.data_dir, after.data_dir) == (folder / "there", folder / "there")


@pytest.mark.parametrize("text", ["sk-Ab_1", "  sk-Ab_1\r\n", "\u00a0sk-Ab_1\t", '"sk-Ab_1"', " “sk-Ab_1” "])
def test_a_key_is_cleaned_of_what_copying_brings_along(text: str) -> None:
    assert clean_key(text) == "sk-Ab_1"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the key is empty"),
        ('" "', "the key is empty"),
        ("sk-se cret", "the key has white space inside it: copy it again, in one piece"),
        ("sk-se\ncret", "the key has white space inside it: copy it again, in one piece"),
        ("sk-sécret", "the key has characters other than plain letters, digits and signs: copy it again"),
        ("sk-se\x00cret", "the key has invisible control characters: copy it again"),
    ],
)
def test_a_key_with_odd_characters_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        clean_key(text)
    assert str(caught.value) == reason


def test_a_refused_key_is_never_shown(refusal: Callable[[str, str], str]) -> None:
    assert refusal("OPENAI_API_KEY", "sk-se cret") == (
        "OPENAI_API_KEY cannot be used: the key has white space inside it: copy it again, in one piece"
    )


def test_a_key_does_not_show_in_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    settings = load_settings()
    assert settings.api_key == SecretStr("sk-secret")
    assert "sk-secret" not in repr(settings)
