"""People who may sign in, with passwords that are checked quickly: what is tested is not argon2."""

from pathlib import Path

from argon2 import PasswordHasher

from access import Users

PASSWORD = "correct horse"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def users_in(folder: Path, *names: str) -> Users:
    """Return the users of a folder with these people added, who all have the same password."""
    users = Users(folder / "users.json", QUICK)
    for name in names:
        users.add(name, PASSWORD)
    return users
