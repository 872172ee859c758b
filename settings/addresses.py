"""Addresses as people write them: a host, and perhaps a port."""

import re
from dataclasses import dataclass

LARGEST_PORT = 65_535
_ADDRESS = re.compile(
    r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9_-][a-z0-9_.-]*)(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE | re.ASCII
)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """A host and perhaps a port, as in a Host header; without a port it is the scheme's own."""

    host: str
    port: int | None = None

    def under(self, scheme: str) -> tuple[str, int | None]:
        """Return host and port, with the default port of `http` or `https` where none is given."""
        return self.host, self.port or _PORTS.get(scheme)


def read_address(text: str) -> Address | None:
    """Return the address that a text consists of; None if it is anything else."""
    found = _ADDRESS.fullmatch(text)
    if found is None or ".." in found["host"] or int(found["port"] or 0) > LARGEST_PORT:
        return None
    return Address(found["host"].lower(), int(found["port"]) if found["port"] else None)
