"""The guest who may sign in to a shared link when nobody was added: a name and a password told once."""

import secrets
from dataclasses import dataclass, field

GUEST_NAME = "guest"


@dataclass(frozen=True, slots=True)
class Guest:
    """Lives as long as this run of the app."""

    password: str = field(repr=False)
    name: str = GUEST_NAME

    def matches(self, name: str, password: str) -> bool:
        """Whether these are the guest's; takes the same time for every password."""
        is_password = secrets.compare_digest(self.password.encode(), password.encode("utf-8", "replace"))
        return name == self.name and is_password
