"""Everything the app can be told from outside: flags, environment variables, `.env`."""

from settings.addresses import Address, read_address
from settings.keys import MASK, clean_key
from settings.settings import (
    DEFAULT_BASE_URL,
    Settings,
    SettingsError,
    believe_no_forwarded_address,
    keep_loopback_direct,
    load_settings,
)

__all__ = [
    "DEFAULT_BASE_URL",
    "MASK",
    "Address",
    "Settings",
    "SettingsError",
    "believe_no_forwarded_address",
    "clean_key",
    "keep_loopback_direct",
    "load_settings",
    "read_address",
]
