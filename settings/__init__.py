"""Reads everything that the app can be told from outside; nothing else looks at the environment."""

from settings.proxies import believe_no_forwarded_address, keep_loopback_direct
from settings.settings import DEFAULT_BASE_URL, Settings, load_settings, read_variable
from settings.values import (
    MASK,
    Address,
    SettingsError,
    clean_key,
    is_ip_address,
    read_address,
    read_base_url,
)

__all__ = [
    "DEFAULT_BASE_URL",
    "MASK",
    "Address",
    "Settings",
    "SettingsError",
    "believe_no_forwarded_address",
    "clean_key",
    "is_ip_address",
    "keep_loopback_direct",
    "load_settings",
    "read_address",
    "read_base_url",
    "read_variable",
]
