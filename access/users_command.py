"""Manages people from the terminal: the command `users add|list|remove`."""

import sys
from getpass import getpass

from access.users import Users, UsersError, check_name


def run_users_command(
    users: Users, action: str, name: str | None = None, password_stdin: bool = False
) -> int:
    """Do what was asked and return the exit code; what went wrong is one line on stderr."""
    try:
        if action == "list":
            _list(users)
        elif action == "remove":
            users.remove(name or "")
            sys.stdout.write(f"{name} may no longer sign in.\n")
        else:
            check_name(name or "")
            users.add(name or "", _password_line() if password_stdin else _asked_password())
            sys.stdout.write(f"{name} may sign in now.\n")
    except UsersError as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    return 0


def _list(users: Users) -> None:
    names = users.names()
    sys.stdout.writelines(f"{name}\n" for name in names)
    if not names:
        sys.stderr.write("Nobody yet: python app.py users add NAME lets somebody sign in.\n")


def _password_line() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _asked_password() -> str:
    try:
        password = getpass("Password: ")
        repeated = getpass("Repeat it: ")
    except EOFError as exc:
        raise UsersError("No password was given: use --password-stdin in a script.") from exc
    if password != repeated:
        raise UsersError("The two passwords are not the same.")
    return password
