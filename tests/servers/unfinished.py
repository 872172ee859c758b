"""HTTP as bytes on a connection, for requests that no client would send."""

import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from tests.servers.http_page import HttpPage


def cookie_of(page: HttpPage) -> str:
    """The header by which whoever is signed in there is known."""
    return "Cookie: " + "; ".join(f"{name}={value}" for name, value in page.client.cookies.items())


class RawRequest:
    """A request that is sent piece by piece; `status` waits for the answer, wherever the request is."""

    def __init__(self, url: str, method: str, path: str, headers: Iterable[str] = ()) -> None:
        address = urlsplit(url)
        self._connection = socket.create_connection((address.hostname, address.port or 80))
        lines = [f"{method} {path} HTTP/1.1", f"Host: {address.netloc}", *headers, "", ""]
        self.send("\r\n".join(lines).encode())

    def __enter__(self) -> "RawRequest":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def send(self, data: bytes) -> None:
        """Send more of it."""
        self._connection.sendall(data)

    def send_chunk(self, data: bytes) -> None:
        """Send a part of a body of unknown length."""
        self.send(b"%x\r\n%b\r\n" % (len(data), data))

    @property
    def status(self) -> int:
        """The status of the answer; 0 when the connection is closed without one."""
        line = self._connection.makefile("rb").readline().split()
        return int(line[1]) if line else 0
