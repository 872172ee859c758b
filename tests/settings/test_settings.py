import os
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import platformdirs
import pytest
from pydantic import SecretStr

from settings.addresses import Address
from settings.settings import Machine, Settings, SettingsError, load_settings

GIVEN = {
    "OPENAI_API_KEY": "sk-test",
    "OPENAI_BASE_URL": "http://localhost:11434/v1/",
    "TALLY_PROVIDER": "OpenRouter",
    "TALLY_MODEL": "llama3.2",
    "TALLY_DATA_DIR": "data",
    "TALLY_TIMEZONE": "Europe/Lisbon",
    "TALLY_DAILY_BUDGET_USD": "0.50",
    "TALLY_MONTHLY_BUDGET_USD": "5",
    "TALLY_USER_DAILY_BUDGET_USD": "0",
    "TALLY_USER_MONTHLY_BUDGET_USD": "1.25",
    "TALLY_OWNER": "ana",
    "TALLY_DATABASE_URL": "sqlite:////tmp/tally.db",
    "TALLY_PRICES": "own.toml",
    "TALLY_LOG_LEVEL": "debug",
    "TALLY_ALLOWED_HOSTS": "tally.example.com, Box.lan:8080,",
    "GRADIO_SERVER_NAME": "0.0.0.0",
    "GRADIO_SERVER_PORT": "7000",
}


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
        public_hosts=(),
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
        space_sign_in=False,
        persistent=True,
    )


def test_with_nothing_given_the_defaults_hold(machine: Machine) -> None:
    assert load_settings((), machine) == defaults()


def test_every_variable_is_read(folder: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "own.toml").touch()
    for variable, value in GIVEN.items():
        monkeypatch.setenv(variable, value)
    assert load_settings((), machine) == replace(
        defaults(),
        host="0.0.0.0",
        port=7000,
        public_hosts=(Address("tally.example.com"), Address("box.lan", 8080)),
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


@pytest.mark.parametrize("variable", [*GIVEN, "SPACE_ID", "TZ"])
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


def test_the_hosts_of_a_space_and_of_gradios_address_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_ROOT_PATH", "https://example.com/tally")
    monkeypatch.setenv("SPACE_HOST", "ada-tally.hf.space,tally.example.com")
    assert load_settings().public_hosts == (Address("example.com"),)
    monkeypatch.setenv("SPACE_ID", "ada/tally")
    space = (Address("ada-tally.hf.space"), Address("tally.example.com"))
    assert load_settings().public_hosts == (*space, Address("example.com"))


def test_the_ledger_is_in_the_data_folder(folder: Path) -> None:
    assert load_settings(["--data-dir", "."]).ledger_path == folder / "usage.csv"


def test_a_home_folder_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("TALLY_DATA_DIR", "~/chats")
    assert load_settings().data_dir == folder / "chats"


def test_sharing_keeps_a_budget_that_was_set_even_a_smaller_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLY_DAILY_BUDGET_USD", "0")
    assert load_settings(["--share"]).daily_budget_usd == Decimal(0)


def test_a_wrong_value_is_named_with_its_variable_and_what_is_expected(
    refusal: Callable[[str, str], str],
) -> None:
    message = "TALLY_DAILY_BUDGET_USD is 'five': expected an amount in USD such as 12.50"
    assert refusal("TALLY_DAILY_BUDGET_USD", "five") == message


def test_a_wrong_value_with_lines_is_named_in_one_line(refusal: Callable[[str, str], str]) -> None:
    message = "TALLY_LOG_LEVEL is 'LOUD\\nERROR': expected one of DEBUG, INFO, WARNING, ERROR, CRITICAL"
    assert refusal("TALLY_LOG_LEVEL", "LOUD\nERROR") == message


def test_a_database_that_several_copies_share_is_refused_without_showing_its_password(
    refusal: Callable[[str, str], str],
) -> None:
    assert refusal("TALLY_DATABASE_URL", "postgresql://ana:secret@db/tally") == (
        "TALLY_DATABASE_URL is 'postgresql://***@db/tally': "
        "expected sqlite:///… (a database that several copies share is not supported yet)"
    )


@pytest.mark.parametrize(
    "variable",
    [
        "OPENAI_BASE_URL",
        "TALLY_DATA_DIR",
        "TALLY_TIMEZONE",
        "TALLY_DAILY_BUDGET_USD",
        "TALLY_MONTHLY_BUDGET_USD",
        "TALLY_USER_DAILY_BUDGET_USD",
        "TALLY_USER_MONTHLY_BUDGET_USD",
        "TALLY_DATABASE_URL",
        "TALLY_PRICES",
        "TALLY_LOG_LEVEL",
        "GRADIO_SERVER_PORT",
    ],
)
def test_every_variable_that_can_be_wrong_is_checked(
    variable: str, refusal: Callable[[str, str], str]
) -> None:
    assert refusal(variable, "~nobody-here/x").startswith(f"{variable} is '~nobody-here/x': expected ")


def test_a_refused_key_is_never_shown(refusal: Callable[[str, str], str]) -> None:
    message = "OPENAI_API_KEY cannot be used: the key has white space inside it: copy it again, in one piece"
    assert refusal("OPENAI_API_KEY", "sk-se cret") == message


def test_a_key_does_not_show_in_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://ana:password@llm.example.com/v1")
    settings = load_settings()
    assert settings.api_key == SecretStr("sk-secret")
    assert not any(secret in repr(settings) for secret in ("sk-secret", "password"))
