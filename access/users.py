"""The people who may sign in: their hashed passwords in `users.json`, and `users add|list|remove`."""

import json
import os
import re
import secrets
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from getpass import getpass
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from filelock import FileLock

_RESERVED_NAME = "local"
_NAME = re.compile(r"[A-Za-z0-9._@-]{1,64}")
_SHORTEST_PASSWORD = 8


class UsersError(Exception):
    """People cannot be read or changed as asked; the text says why and is fit to show."""


def check_name(name: str) -> None:
    """Raise UsersError for a name that nobody can have."""
    if not _NAME.fullmatch(name):
        raise UsersError(f"{name!r} cannot be a user name: it takes 1 to 64 letters, digits or . _ @ -")
    if name.lower() == _RESERVED_NAME:
        raise UsersError(
            f"{name!r} cannot be a user name: it stands for whoever uses the app without sign-in."
        )


class Users:
    """The people in one file, which several processes may change; each answer is from its newest version."""

    def __init__(self, path: Path, hasher: PasswordHasher | None = None) -> None:
        self._path = path
        self._hasher = hasher or PasswordHasher()
        self._read_last: tuple[tuple[int, ...], dict[str, str]] = ((), {})

    def names(self) -> tuple[str, ...]:
        """Return everybody in the order they were added: the first is the owner. Raises UsersError."""
        return tuple(self.password_hashes())

    def is_asked_for(self) -> bool:
        """Return whether people have to sign in. Raises UsersError for a list that would let nobody in."""
        if self._path.exists() and not self.names():
            raise UsersError(
                f"{self._path} lists nobody, so nobody could sign in. Add somebody with python app.py users "
                "add NAME, or delete the file to use Tally without sign-in."
            )
        return self._path.exists()

    def password_hashes(self) -> dict[str, str]:
        """Return everybody's hashed password, by name. Raises UsersError."""
        try:
            found = self._path.stat()
            version = (found.st_mtime_ns, found.st_size, found.st_ino)
            if self._read_last[0] != version:  # every change replaces the file
                self._read_last = (version, self._parsed())
        except FileNotFoundError:
            return {}
        except OSError as exc:
            raise UsersError(f"{self._path} cannot be read: {exc.strerror}") from exc
        return dict(self._read_last[1])

    def add(self, name: str, password: str) -> None:
        """Let somebody sign in. Raises UsersError for a bad name or password and for a name taken."""
        check_name(name)
        password_hash = self._hash(password)
        with self._locked():
            people = self.password_hashes()
            if any(name.lower() == known.lower() for known in people):
                raise UsersError(f"There is a user {name!r} already: remove it first or take another name.")
            self._write({**people, name: password_hash})

    def remove(self, name: str) -> None:
        """Take somebody's access away. Raises UsersError when there is no such user."""
        with self._locked():
            people = self.password_hashes()
            if name not in people:
                raise UsersError(f"There is no user {name!r}.")
            self._write({known: people[known] for known in people if known != name})

    def verify(self, name: str, password: str) -> bool:
        """Return whether this is the person's password; an unknown name takes as long. Raises UsersError."""
        password_hash = self.password_hashes().get(name)
        try:
            return self._hasher.verify(password_hash or self._nobody, password)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False

    @cached_property
    def _nobody(self) -> str:
        """Return a hash to check for an unknown name, so that the time does not tell who exists."""
        return self._hasher.hash(secrets.token_urlsafe())

    def _hash(self, password: str) -> str:
        if len(password) < _SHORTEST_PASSWORD:
            raise UsersError(f"The password is too short: it takes at least {_SHORTEST_PASSWORD} characters.")
        try:
            return self._hasher.hash(password)
        except UnicodeEncodeError as exc:
            raise UsersError("The password has characters that are not text.") from exc

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(f"{self._path}.lock", mode=0o600):
                yield
        except OSError as exc:
            raise UsersError(f"{self._path} cannot be changed: {exc.strerror}") from exc

    def _parsed(self) -> dict[str, str]:
        content = self._path.read_bytes()
        try:
            people = json.loads(content)
            return {name: str(person["password_hash"]) for name, person in people.items()}
        except (ValueError, AttributeError, TypeError, KeyError) as exc:
            raise UsersError(f"{self._path} is not a list of users: mend it or delete it.") from exc

    def _write(self, people: Mapping[str, str]) -> None:
        content = {name: {"password_hash": password_hash} for name, password_hash in people.items()}
        # A temporary file is made with mode 0600, which the replacement keeps.
        descriptor, temporary = tempfile.mkstemp(prefix=f"{self._path.name}.", dir=self._path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self._path)
        finally:
            Path(temporary).unlink(missing_ok=True)


def run_users_command(
    users: Users, action: str, name: str | None = None, password_stdin: bool = False
) -> int:
    """Do what was asked and return the exit code; what went wrong is one line on stderr."""
    try:
        if action == "list":
            names = users.names()
            sys.stdout.writelines(f"{each}\n" for each in names)
            if not names:
                sys.stderr.write("Nobody yet: python app.py users add NAME lets somebody sign in.\n")
        elif action == "remove":
            users.remove(name or "")
            sys.stdout.write(f"{name} may no longer sign in.\n")
        else:
            check_name(name or "")
            users.add(
                name or "", sys.stdin.readline().rstrip("\r\n") if password_stdin else _asked_password()
            )
            sys.stdout.write(f"{name} may sign in now.\n")
    except UsersError as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    return 0


def _asked_password() -> str:
    try:
        password = getpass("Password: ")
        repeated = getpass("Repeat it: ")
    except EOFError as exc:
        raise UsersError("No password was given: use --password-stdin in a script.") from exc
    if password != repeated:
        raise UsersError("The two passwords are not the same.")
    return password
