import os
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import platformdirs
import pytest
from pydantic import SecretStr

from settings import settings as settings_module
from settings.settings import Settings, load_settings, read_variable
from settings.values import Address, SettingsError
from usage.units import Currency, currency_of, ecb_currencies

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
    "TALLY_CURRENCY": "eur",
    "TALLY_CURRENCY_RATE": "0,92",
    "TALLY_DATABASE_URL": "sqlite:////tmp/tally.db",
    "TALLY_PRICES": "own.toml",
    "TALLY_LOG_LEVEL": "debug",
    "TALLY_ALLOWED_HOSTS": "tally.example.com, Box.lan:8080,",
    "GRADIO_SERVER_NAME": "0.0.0.0",
    "GRADIO_SERVER_PORT": "7000",
}


TALLY, EXAMPLE = Address("tally.example.com"), Address("example.com")
ADDRESSES = {
    "GRADIO_ROOT_PATH": "https://example.com/tally",
    "SPACE_HOST": "ada-tally.hf.space,tally.example.com",
}
SPACE = {"SPACE_ID": "ada/tally"}
ON_SPACE = {"host": "0.0.0.0", "on_space": True}
TOKYO = ZoneInfo("Asia/Tokyo")

Load = Callable[..., Settings]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a working folder that is also home, with none of the app's variables set."""
    for variable in list(os.environ):
        if variable == "TZ" or variable.startswith(("OPENAI_", "TALLY_", "GRADIO_", "SPACE_", "OAUTH_")):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.toml").touch()
    (tmp_path / "disk").mkdir()
    (tmp_path / "tokyo").symlink_to("/usr/share/zoneinfo/Asia/Tokyo")
    return tmp_path


@pytest.fixture
def load(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load settings with these variables and flags, on a machine without a Space's disk and a time zone."""

    def load(variables: Mapping[str, str], flags: Sequence[str] = (), **machine: str) -> Settings:
        for variable, value in variables.items():
            monkeypatch.setenv(variable, value)
        for name, path in {"SPACE_DISK": "no-disk", "LOCALTIME": "no-zone", **machine}.items():
            monkeypatch.setattr(settings_module, name, folder / path)
        return load_settings(flags)

    return load


def expected(folder: Path, **changes: Any) -> dict[str, Any]:
    """Return what holds by default with these changes; paths are in the working folder."""
    changes = {name: folder / each if isinstance(each, Path) else each for name, each in changes.items()}
    data_dir = changes.get("data_dir", platformdirs.user_data_path("tally", appauthor=False))
    return {
        "users_command": None,
        "host": "127.0.0.1",
        "port": 7860,
        "public_hosts": (),
        "data_dir": data_dir,
        "ledger_path": data_dir / "usage.csv",
        "share": False,
        "open_browser": False,
        "api_key": None,
        "base_url": "https://api.openai.com/v1",
        "provider": None,
        "model": None,
        "timezone": ZoneInfo("UTC"),
        "daily_budget_usd": None,
        "monthly_budget_usd": None,
        "user_daily_budget_usd": None,
        "user_monthly_budget_usd": None,
        "owner": None,
        "currency": None,
        "database_url": None,
        "prices_path": data_dir / "prices.toml",
        "log_level": "INFO",
        "on_space": False,
        "space_sign_in": False,
        "persistent": True,
        **changes,
    }


def held(settings: Settings) -> dict[str, Any]:
    """Return what the settings hold, by the names that the app asks for it."""
    return {name: getattr(settings, name) for name in expected(Path())}


@pytest.mark.parametrize(
    ("variables", "flags", "machine", "changes"),
    [
        ({}, [], {}, {}),
        (
            GIVEN,
            [],
            {},
            {
                "host": "0.0.0.0",
                "port": 7000,
                "public_hosts": (TALLY, Address("box.lan", 8080)),
                "data_dir": Path("data"),
                "api_key": SecretStr("sk-test"),
                "base_url": "http://localhost:11434/v1",
                "provider": "openrouter",
                "model": "llama3.2",
                "timezone": ZoneInfo("Europe/Lisbon"),
                "daily_budget_usd": Decimal("0.50"),
                "monthly_budget_usd": Decimal(5),
                "user_daily_budget_usd": Decimal(0),
                "user_monthly_budget_usd": Decimal("1.25"),
                "owner": "ana",
                "currency": Currency("EUR", Decimal("0.92")),
                "database_url": "sqlite:////tmp/tally.db",
                "prices_path": Path("own.toml"),
                "log_level": "DEBUG",
            },
        ),
        (
            {},
            ["--host", "::1", "--port", "0", "--data-dir", "there", "--share", "--open"],
            {},
            {
                "host": "::1",
                "port": 0,
                "data_dir": Path("there"),
                "share": True,
                "open_browser": True,
                "daily_budget_usd": Decimal("1.00"),
            },
        ),
        # Sharing keeps a budget that was set, even a smaller one.
        ({"TALLY_DAILY_BUDGET_USD": "0"}, ["--share"], {}, {"share": True, "daily_budget_usd": Decimal(0)}),
        ({"TALLY_DATA_DIR": "~/chats"}, [], {}, {"data_dir": Path("chats")}),
        ({"TALLY_CURRENCY": "GBP"}, [], {}, {"currency": currency_of("GBP")}),
        ({"TALLY_CURRENCY": "usd"}, [], {}, {"currency": None}),
        (ADDRESSES, [], {}, {"public_hosts": (EXAMPLE,)}),
        (
            {**ADDRESSES, **SPACE},
            [],
            {},
            {
                "public_hosts": (Address("ada-tally.hf.space"), TALLY, EXAMPLE),
                "persistent": False,
                **ON_SPACE,
            },
        ),
        # A Space keeps its data on its disk, and forgets what is kept elsewhere; off a Space no disk counts.
        (SPACE, [], {"SPACE_DISK": "disk"}, {"data_dir": Path("disk/tally"), **ON_SPACE}),
        (
            SPACE,
            ["--data-dir", "disk/mine"],
            {"SPACE_DISK": "disk"},
            {"data_dir": Path("disk/mine"), **ON_SPACE},
        ),
        (
            SPACE,
            ["--data-dir", "elsewhere"],
            {"SPACE_DISK": "disk"},
            {"data_dir": Path("elsewhere"), "persistent": False, **ON_SPACE},
        ),
        # A Space tells who made it, and signs people in where that was asked for.
        ({**SPACE, "SPACE_AUTHOR_NAME": "ada"}, [], {}, {"owner": "ada", "persistent": False, **ON_SPACE}),
        (
            {**SPACE, "SPACE_AUTHOR_NAME": "ada", "TALLY_OWNER": "ana", "OAUTH_CLIENT_ID": "1"},
            [],
            {},
            {"owner": "ana", "space_sign_in": True, "persistent": False, **ON_SPACE},
        ),
        ({"OAUTH_CLIENT_ID": "1"}, [], {}, {}),
        ({}, [], {"SPACE_DISK": "disk"}, {}),
        # The zone is the one that TZ names, else the one that the machine links to.
        ({"TZ": "Asia/Tokyo"}, [], {}, {"timezone": TOKYO}),
        ({"TZ": ":Asia/Tokyo"}, [], {}, {"timezone": TOKYO}),
        ({"TZ": "/usr/share/zoneinfo/Asia/Tokyo"}, [], {}, {"timezone": TOKYO}),
        ({"TZ": "CET-1CEST"}, [], {"LOCALTIME": "tokyo"}, {"timezone": TOKYO}),
        ({"TZ": ":/etc/nowhere"}, [], {}, {"timezone": ZoneInfo("UTC")}),
    ],
)
def test_settings_are_the_defaults_but_for_what_is_given(
    variables: dict[str, str],
    flags: list[str],
    machine: dict[str, str],
    changes: dict[str, Any],
    load: Load,
    folder: Path,
) -> None:
    assert held(load(variables, flags, **machine)) == expected(folder, **changes)


@pytest.mark.parametrize("variable", [*GIVEN, *ADDRESSES, "SPACE_ID", "TZ"])
@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_variable_is_not_set(variable: str, value: str, load: Load, folder: Path) -> None:
    assert held(load({variable: value})) == expected(folder)


def test_a_flag_wins_over_the_environment_and_that_over_the_file(folder: Path, load: Load) -> None:
    (folder / ".env").write_text("TALLY_DATA_DIR=from-file\nTALLY_MODEL=from-file\nTALLY_OWNER=from-file\n")
    variables = {"TALLY_DATA_DIR": "from-environment", "TALLY_MODEL": "from-environment"}
    settings = load(variables, ["--data-dir", "from-flag"])
    assert (settings.data_dir, settings.model, settings.owner) == (
        folder / "from-flag",
        "from-environment",
        "from-file",
    )


def test_the_file_may_come_from_a_windows_editor_as_long_as_it_is_utf_8(folder: Path, load: Load) -> None:
    (folder / ".env").write_bytes(
        b'\xef\xbb\xbfTALLY_MODEL="one"\r\nTALLY_OWNER\r\nGRADIO_SERVER_PORT\r\n# a note\r\nOTHER=1\r\n'
    )
    assert held(load({})) == expected(folder, model="one")
    (folder / ".env").write_bytes(b"TALLY_MODEL=\xff\xfe\n")
    with pytest.raises(SettingsError, match=r"^\.env is not UTF-8 text: save it as UTF-8$"):
        load({})


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("TALLY_DAILY_BUDGET_USD", "five", "is 'five': expected an amount in USD such as 12.50"),
        (
            "TALLY_LOG_LEVEL",
            "LOUD\nERROR",
            "is 'LOUD\\nERROR': expected one of DEBUG, INFO, WARNING, ERROR, CRITICAL",
        ),
        (
            "TALLY_DATABASE_URL",
            "postgresql://ana:secret@db/tally",
            "is 'postgresql://***@db/tally': "
            "expected sqlite:///… (a database that several copies share is not supported yet)",
        ),
        (
            "OPENAI_API_KEY",
            "sk-se cret",
            "cannot be used: the key has white space inside it: copy it again, in one piece",
        ),
        ("TALLY_CURRENCY", "€", "is '€': expected a currency code, such as EUR"),
        (
            "TALLY_CURRENCY",
            "UAH",
            f"is 'UAH': expected one of {', '.join(ecb_currencies())}; any other needs a rate of its own",
        ),
        ("TALLY_CURRENCY_RATE", "0", "is '0': expected the value of 1 USD, such as 0.92"),
        ("GRADIO_SERVER_PORT", "65536", "is '65536': expected a port from 0 to 65535"),
    ],
)
def test_a_wrong_value_is_named_in_one_line_without_a_secret(
    variable: str, value: str, message: str, load: Load
) -> None:
    with pytest.raises(SettingsError) as caught:
        load({variable: value}, ["--port", "0", "--data-dir", "there"])
    assert str(caught.value) == f"{variable} {message}"


def test_a_key_does_not_show_in_the_settings(load: Load) -> None:
    settings = load(
        {"OPENAI_API_KEY": "sk-secret", "OPENAI_BASE_URL": "https://ana:password@llm.example.com/v1"}
    )
    assert settings.api_key == SecretStr("sk-secret")
    assert not any(secret in repr(settings) for secret in ("sk-secret", "password"))


def test_a_variable_of_another_program_that_is_named_as_a_setting_is_none(
    load: Load,
) -> None:
    plain = load({})
    own = {field.validation_alias for field in Settings.model_fields.values()}
    others = {name.upper() for name in Settings.model_fields} - own
    assert {"HOST", "PORT", "API_KEY", "DATABASE_URL"} <= others
    assert load(dict.fromkeys(others, "postgres://of:another@program/")) == plain


@pytest.mark.parametrize(
    ("variables", "is_so"),
    [
        ({}, True),
        ({"GRADIO_SERVER_NAME": "::1"}, True),
        ({"GRADIO_SERVER_NAME": "0.0.0.0"}, False),
        ({"TALLY_ALLOWED_HOSTS": "tally.example.com"}, False),
        ({"GRADIO_ROOT_PATH": "https://example.com/tally"}, False),
    ],
)
def test_it_is_known_whether_nobody_comes_but_from_this_machine(
    variables: Mapping[str, str], is_so: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert load_settings([]).is_for_this_machine is is_so


def test_a_variable_is_read_from_the_environment_before_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("GROQ_API_KEY=of-the-file\nOTHER_API_KEY=other\n")
    monkeypatch.setenv("GROQ_API_KEY", "of-the-environment")
    found = [read_variable(name) for name in ("GROQ_API_KEY", "OTHER_API_KEY", "NO_API_KEY")]
    assert found == ["of-the-environment", "other", None]
