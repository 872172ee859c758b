"""Makes the settings out of flags, environment variables, `.env`, and defaults for what is not set."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import platformdirs
from pydantic import PlainValidator, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from settings import values
from settings.flags import UsersCommand, parse_flags
from settings.values import Address, SettingsError, clean_key, read_address
from usage.units import read_usd

T = TypeVar("T")

_KEY_VARIABLE = "OPENAI_API_KEY"
DEFAULT_BASE_URL = "https://api.openai.com/v1"
_DEFAULT_PORT = 7860
_SHARED_DAILY_BUDGET_USD = Decimal("1.00")


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the machine keeps what defaults are taken from: a Space's persistent disk, the time zone."""

    space_disk: Path = Path("/data")
    localtime: Path = Path("/etc/localtime")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What holds for this run of the app. Budgets are limits in USD, None = no limit.

    `users_command` is set when people are to be managed instead of starting the app; `public_hosts` are
    the addresses that lead here from outside; `persistent` is False when a restart forgets everything;
    `space_sign_in` when people sign in with Hugging Face.
    """

    users_command: UsersCommand | None
    host: str
    port: int
    public_hosts: tuple[Address, ...]
    data_dir: Path
    share: bool
    open_browser: bool
    api_key: SecretStr | None
    base_url: str = field(repr=False)  # it may hold a password
    provider: str | None
    model: str | None
    timezone: ZoneInfo
    daily_budget_usd: Decimal | None
    monthly_budget_usd: Decimal | None
    user_daily_budget_usd: Decimal | None
    user_monthly_budget_usd: Decimal | None
    owner: str | None
    database_url: str | None
    prices_path: Path
    log_level: str
    on_space: bool
    space_sign_in: bool
    persistent: bool

    @property
    def ledger_path(self) -> Path:
        """Return where the ledger is."""
        return self.data_dir / "usage.csv"


_THIS_MACHINE = Machine()


def load_settings(argv: Sequence[str] = (), machine: Machine = _THIS_MACHINE) -> Settings:
    """Return the settings for these arguments: a flag wins over the environment, the environment over `.env`.

    Raises SettingsError for a wrong value; ends the program with 2 for wrong arguments.
    """
    flags = parse_flags(argv)
    given = _read_environment()
    on_space = given.space_id is not None
    space_disk = machine.space_disk if on_space and os.access(machine.space_disk, os.W_OK) else None
    data_dir = flags.data_dir or given.tally_data_dir or _default_data_dir(space_disk)
    shared_budget = _SHARED_DAILY_BUDGET_USD if flags.share else None
    return Settings(
        users_command=flags.users_command,
        host=flags.host or given.gradio_server_name or ("0.0.0.0" if on_space else "127.0.0.1"),  # noqa: S104
        port=_or(flags.port, _or(given.gradio_server_port, _DEFAULT_PORT)),
        public_hosts=_public_hosts(given),
        data_dir=data_dir,
        share=flags.share,
        open_browser=flags.open_browser,
        api_key=given.openai_api_key,
        base_url=given.openai_base_url or DEFAULT_BASE_URL,
        provider=given.tally_provider,
        model=given.tally_model,
        timezone=given.tally_timezone or _machine_timezone(given.tz, machine.localtime),
        daily_budget_usd=_or(given.tally_daily_budget_usd, shared_budget),
        monthly_budget_usd=given.tally_monthly_budget_usd,
        user_daily_budget_usd=given.tally_user_daily_budget_usd,
        user_monthly_budget_usd=given.tally_user_monthly_budget_usd,
        owner=given.tally_owner or given.space_author_name,
        database_url=given.tally_database_url,
        prices_path=given.tally_prices or data_dir / "prices.toml",
        log_level=given.tally_log_level or "INFO",
        on_space=on_space,
        space_sign_in=on_space and given.oauth_client_id is not None,
        persistent=not on_space or (space_disk is not None and data_dir.is_relative_to(space_disk)),
    )


def _setting(read: Callable[[str], Any]) -> PlainValidator:
    """Read a variable's text; one with nothing but white space counts as not set."""
    return PlainValidator(lambda text: read(text.strip()) if text and text.strip() else None)


_Text = Annotated[str | None, _setting(str)]
_Budget = Annotated[Decimal | None, _setting(read_usd)]
_Hosts = Annotated[tuple[Address, ...] | None, _setting(values.read_hosts)]


class _Environment(BaseSettings):
    """The variables as they are set, None where they are not; each field is named as its variable."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True)

    openai_api_key: Annotated[SecretStr | None, _setting(lambda text: SecretStr(clean_key(text)))] = None
    openai_base_url: Annotated[str | None, _setting(values.read_base_url)] = None
    tally_provider: Annotated[str | None, _setting(str.lower)] = None
    tally_model: _Text = None
    tally_data_dir: Annotated[Path | None, _setting(values.read_folder)] = None
    tally_timezone: Annotated[ZoneInfo | None, _setting(values.read_timezone)] = None
    tally_daily_budget_usd: _Budget = None
    tally_monthly_budget_usd: _Budget = None
    tally_user_daily_budget_usd: _Budget = None
    tally_user_monthly_budget_usd: _Budget = None
    tally_owner: _Text = None
    tally_database_url: Annotated[str | None, _setting(values.read_database_url)] = None
    tally_prices: Annotated[Path | None, _setting(values.read_file_path)] = None
    tally_allowed_hosts: _Hosts = None
    tally_log_level: Annotated[str | None, _setting(values.read_log_level)] = None
    gradio_server_name: _Text = None
    gradio_server_port: Annotated[int | None, _setting(values.read_port)] = None
    space_id: _Text = None
    gradio_root_path: _Text = None
    space_author_name: _Text = None
    space_host: _Hosts = None
    oauth_client_id: _Text = None
    tz: _Text = None


def _read_environment() -> _Environment:
    try:
        return _Environment()
    except ValidationError as exc:
        raise SettingsError(_explained(exc)) from exc
    except UnicodeDecodeError as exc:
        raise SettingsError(".env is not UTF-8 text: save it as UTF-8") from exc
    except OSError as exc:
        raise SettingsError(f".env cannot be read: {exc.strerror}") from exc


def _explained(error: ValidationError) -> str:
    first = error.errors()[0]
    variable, expected = str(first["loc"][0]).upper(), first["ctx"]["error"]
    # Not even a part of a key may reach the screen or a log.
    if variable == _KEY_VARIABLE:
        return f"{variable} cannot be used: {expected}"
    return f"{variable} is {values.shown(first['input'])}: {expected}"


def _public_hosts(given: _Environment) -> tuple[Address, ...]:
    """Return the hosts that people name, a Space's own, and the one in GRADIO_ROOT_PATH."""
    root = read_address(urlsplit(given.gradio_root_path or "").netloc)
    space = given.space_host if given.space_id is not None else None
    return (*(given.tally_allowed_hosts or ()), *(space or ()), *((root,) if root else ()))


def _default_data_dir(space_disk: Path | None) -> Path:
    return space_disk / "tally" if space_disk else platformdirs.user_data_path("tally", appauthor=False)


def _machine_timezone(name: str | None, localtime: Path) -> ZoneInfo:
    """Return the zone that TZ or the machine's time zone file names, else UTC."""
    for candidate in (name or "", str(localtime.resolve())):
        zone = candidate.rpartition("zoneinfo/")[2].removeprefix(":")
        with suppress(ValueError):
            return values.read_timezone(zone)
    return ZoneInfo("UTC")


def _or(value: T | None, default: T) -> T:
    return default if value is None else value
