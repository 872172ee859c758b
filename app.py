"""Starts Tally: reads the settings, then does what the command line asks."""

import logging
import sys
from collections.abc import Sequence

from access import Users, UsersError, run_users_command
from chat.connections import ConnectionsError
from chat.store import StoreError
from data_folder import close_to_others, keep_private
from parts import StartError
from settings import SettingsError, keep_loopback_direct, load_settings
from texts import catalogue_of_this_machine, speak
from usage.ledger import LedgerError
from usage.prices import PricesError


def _log_at(level: str) -> None:
    """Log from our own modules at this level; libraries only warn: their details hold keys and messages."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for package in ("tally", "access", "chat", "usage"):
        logging.getLogger(package).setLevel(level)


def main(argv: Sequence[str]) -> int:
    """Do what the command line asks and return the exit code."""
    speak(catalogue_of_this_machine())
    try:
        settings = load_settings(argv)
        _log_at(settings.log_level)
        keep_private()
        if settings.users_command is not None:
            command = settings.users_command
            close_to_others(settings.data_dir)
            users = Users(settings.data_dir / "users.json")
            return run_users_command(users, command.action, command.name, command.password_stdin)
        keep_loopback_direct(settings)
        # Imported late: Gradio makes HTTP clients on import, and they read the environment's proxies.
        from server import serve

        return serve(settings)
    except (
        SettingsError,
        StartError,
        PricesError,
        ConnectionsError,
        LedgerError,
        StoreError,
        UsersError,
    ) as exc:
        sys.stderr.write(f"{exc}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
