"""Makes the settings out of flags, environment variables, `.env`, and defaults for what is not set."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import platformdirs
from dotenv import dotenv_values
from pydantic import Field, PlainValidator, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticUseDefault
from pydantic_settings import BaseSettings, SettingsConfigDict

from settings import values
from settings.flags import UsersCommand, parse_flags
from settings.values import Address, SettingsError, clean_key, read_address
from usage.units import Currency, currency_of, read_code, read_rate, read_usd

DEFAULT_BASE_URL = "https://api.openai.com/v1"
SPACE_DISK = Path("/data")  # a Space's persistent disk, where it has one
LOCALTIME = Path("/etc/localtime")  # links to the machine's time zone
_KEY_VARIABLE = "OPENAI_API_KEY"
_SHARED_DAILY_BUDGET_USD = Decimal("1.00")


def _read_by(read: Callable[[str], Any]) -> PlainValidator:
    """Have a variable's text read; one with nothing but white space counts as not set."""

    def read_given(given: Any) -> Any:
        if given is None or (isinstance(given, str) and not given.strip()):
            raise PydanticUseDefault
        return read(given.strip()) if isinstance(given, str) else given  # a flag has been read already

    return PlainValidator(read_given)


_Text = Annotated[str | None, _read_by(str)]
_Budget = Annotated[Decimal | None, _read_by(read_usd)]
_Hosts = Annotated[tuple[Address, ...] | None, _read_by(values.read_hosts)]


class Settings(BaseSettings):
    """What holds for this run of the app: each setting with its variable and its default; a flag wins.

    `users_command` is set when people are to be managed instead of starting the app. Budgets are limits in
    USD, None = no limit.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=False,
    )

    # Flags alone say these.
    users_command: UsersCommand | None
    share: bool
    open_browser: bool
    # The machine says these, or the Space.
    tz: _Text = Field(None, validation_alias="TZ")
    root_path: _Text = Field(None, validation_alias="GRADIO_ROOT_PATH")
    space_id: _Text = Field(None, validation_alias="SPACE_ID")
    space_author: _Text = Field(None, validation_alias="SPACE_AUTHOR_NAME")
    space_host: _Hosts = Field(None, validation_alias="SPACE_HOST")
    oauth_client_id: _Text = Field(None, validation_alias="OAUTH_CLIENT_ID")

    host: Annotated[str, _read_by(str)] = Field(
        default_factory=lambda given: "0.0.0.0" if given["space_id"] else "127.0.0.1",  # noqa: S104
        validation_alias="GRADIO_SERVER_NAME",
    )
    port: Annotated[int, _read_by(values.read_port)] = Field(7860, validation_alias="GRADIO_SERVER_PORT")
    allowed_hosts: _Hosts = Field(None, validation_alias="TALLY_ALLOWED_HOSTS")
    api_key: Annotated[SecretStr | None, _read_by(lambda text: SecretStr(clean_key(text)))] = Field(
        None, validation_alias=_KEY_VARIABLE
    )
    base_url: Annotated[str, _read_by(values.read_base_url)] = Field(
        DEFAULT_BASE_URL,
        validation_alias="OPENAI_BASE_URL",
        repr=False,  # it may hold a password
    )
    provider: Annotated[str | None, _read_by(str.lower)] = Field(None, validation_alias="TALLY_PROVIDER")
    model: _Text = Field(None, validation_alias="TALLY_MODEL")
    data_dir: Annotated[Path, _read_by(values.read_folder)] = Field(
        default_factory=lambda given: _default_data_dir(on_space=given["space_id"] is not None),
        validation_alias="TALLY_DATA_DIR",
    )
    timezone: Annotated[ZoneInfo, _read_by(values.read_timezone)] = Field(
        default_factory=lambda given: _machine_timezone(given["tz"]), validation_alias="TALLY_TIMEZONE"
    )
    daily_budget_usd: _Budget = Field(
        default_factory=lambda given: _SHARED_DAILY_BUDGET_USD if given["share"] else None,
        validation_alias="TALLY_DAILY_BUDGET_USD",
    )
    monthly_budget_usd: _Budget = Field(None, validation_alias="TALLY_MONTHLY_BUDGET_USD")
    user_daily_budget_usd: _Budget = Field(None, validation_alias="TALLY_USER_DAILY_BUDGET_USD")
    user_monthly_budget_usd: _Budget = Field(None, validation_alias="TALLY_USER_MONTHLY_BUDGET_USD")
    owner: _Text = Field(default_factory=lambda given: given["space_author"], validation_alias="TALLY_OWNER")
    database_url: Annotated[str | None, _read_by(values.read_database_url)] = Field(
        None, validation_alias="TALLY_DATABASE_URL"
    )
    currency_rate: Annotated[Decimal | None, _read_by(read_rate)] = Field(
        None, validation_alias="TALLY_CURRENCY_RATE"
    )
    currency_code: Annotated[str, _read_by(read_code)] = Field("", validation_alias="TALLY_CURRENCY")
    prices_path: Annotated[Path, _read_by(values.read_file_path)] = Field(
        default_factory=lambda given: given["data_dir"] / "prices.toml", validation_alias="TALLY_PRICES"
    )
    log_level: Annotated[str, _read_by(values.read_log_level)] = Field(
        "INFO", validation_alias="TALLY_LOG_LEVEL"
    )

    @field_validator("currency_code")
    @classmethod
    def _has_rate(cls, code: str, info: ValidationInfo) -> str:
        currency_of(code, info.data.get("currency_rate"))
        return code

    @property
    def currency(self) -> Currency | None:
        """Return the currency in which those who choose none see costs too; None for USD alone."""
        return currency_of(self.currency_code, self.currency_rate)

    @property
    def ledger_path(self) -> Path:
        """Return where the ledger is."""
        return self.data_dir / "usage.csv"

    @property
    def connections_path(self) -> Path:
        """Return where the further connections are."""
        return self.data_dir / "connections.toml"

    @property
    def public_hosts(self) -> tuple[Address, ...]:
        """Return the addresses that lead here from outside: those named, a Space's own, and a root path's."""
        root = read_address(urlsplit(self.root_path or "").netloc)
        space = self.space_host if self.on_space else None
        return (*(self.allowed_hosts or ()), *(space or ()), *((root,) if root else ()))

    @property
    def is_for_this_machine(self) -> bool:
        """Return whether nobody comes to the page but from this machine."""
        return values.is_loopback(self.host) and not self.public_hosts

    @property
    def on_space(self) -> bool:
        """Return whether this is a Space of Hugging Face."""
        return self.space_id is not None

    @property
    def space_sign_in(self) -> bool:
        """Return whether people sign in with Hugging Face."""
        return self.on_space and self.oauth_client_id is not None

    @property
    def persistent(self) -> bool:
        """Return whether a restart forgets nothing."""
        return not self.on_space or (_has_disk() and self.data_dir.is_relative_to(SPACE_DISK))


def load_settings(argv: Sequence[str] = ()) -> Settings:
    """Return the settings for these arguments: a flag wins over the environment, the environment over `.env`.

    Raises SettingsError for a wrong value; ends the program with 2 for wrong arguments.
    """
    flags = parse_flags(argv)
    try:
        _with_flags(parse_flags(()))  # a wrong variable stops the start even where a flag wins over it
        return _with_flags(flags)
    except ValidationError as exc:
        raise SettingsError(_explained(exc)) from exc
    except UnicodeDecodeError as exc:
        raise SettingsError(".env is not UTF-8 text: save it as UTF-8") from exc
    except OSError as exc:
        raise SettingsError(f".env cannot be read: {exc.strerror}") from exc


def read_variable(name: str) -> str | None:
    """Return a variable of the environment or, where it is not set, of `.env`; None where neither has it."""
    return os.environ.get(name) or dotenv_values(".env").get(name)


def _with_flags(flags: Mapping[str, Any]) -> Settings:
    # A flag goes in as the variable that it wins over: by the setting's own name, HOST or PORT of another
    # program would go in as well.
    fields = Settings.model_fields
    return Settings(**{str(fields[name].validation_alias or name): flags[name] for name in flags})


def _explained(error: ValidationError) -> str:
    first = error.errors()[0]
    variable, expected = str(first["loc"][0]), first["ctx"]["error"]
    # Not even a part of a key may reach the screen or a log.
    if variable == _KEY_VARIABLE:
        return f"{variable} cannot be used: {expected}"
    return f"{variable} is {values.shown(first['input'])}: {expected}"


def _has_disk() -> bool:
    return os.access(SPACE_DISK, os.W_OK)


def _default_data_dir(*, on_space: bool) -> Path:
    has_disk = on_space and _has_disk()
    return SPACE_DISK / "tally" if has_disk else platformdirs.user_data_path("tally", appauthor=False)


def _machine_timezone(name: str | None) -> ZoneInfo:
    """Return the zone that TZ or the machine's time zone file names, else UTC."""
    for candidate in (name or "", str(LOCALTIME.resolve())):
        zone = candidate.rpartition("zoneinfo/")[2].removeprefix(":")
        with suppress(ValueError):
            return values.read_timezone(zone)
    return ZoneInfo("UTC")
