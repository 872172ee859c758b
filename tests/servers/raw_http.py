"""Requests as any program can write them, whole or piece by piece: no client library mends anything."""

import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from tests.servers.http_page import HttpPage

LISTED, EVIL = "tally.example", "https://evil.example"
FORBIDDEN, MISDIRECTED = 403, 421
LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
FRAME = {**LINK, "Sec-Fetch-Dest": "iframe"}
IMAGE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}


@dataclass(frozen=True)
class Answer:
    """A status, the headers by their names in small letters, in the order they came, and the body."""

    status: int
    headers: list[tuple[str, str]]
    body: str

    def all(self, name: str) -> list[str]:
        return [value for each, value in self.headers if each == name]


def asked(
    url: str, method: str, path: str, headers: Mapping[str, str] | None = None, body: str = ""
) -> Answer:
    """Ask the server at `url`; without a Host among the headers it is the server's own."""
    address = urlsplit(url)
    given = {name.lower(): value for name, value in (headers or {}).items()}
    sent = {"host": address.netloc, "connection": "close", **given}
    if body:
        sent["content-length"] = str(len(body.encode()))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", body]
    with socket.create_connection((str(address.hostname), int(address.port or 80))) as connection:
        connection.sendall("\r\n".join(lines).encode())
        return _read(connection)


def session_cookie(answer: Answer) -> str:
    """Return the cookies that an answer sets, as the next request sends them."""
    return "; ".join(value.partition(";")[0] for value in answer.all("set-cookie"))


def permissions(answer: Answer) -> list[str]:
    """Return the headers that let another site read an answer."""
    return [name for name, _ in answer.headers if name.startswith("access-control-")]


def cookie_of(page: HttpPage) -> str:
    """Return the header by which whoever is signed in there is known."""
    return "Cookie: " + "; ".join(f"{name}={value}" for name, value in page.client.cookies.items())


class RawRequest:
    """A request that is sent piece by piece; `status` waits for the answer, wherever the request is."""

    def __init__(self, url: str, method: str, path: str, headers: Iterable[str] = ()) -> None:
        address = urlsplit(url)
        self._connection = socket.create_connection((address.hostname, address.port or 80))
        lines = [f"{method} {path} HTTP/1.1", f"Host: {address.netloc}", *headers, "", ""]
        self.send("\r\n".join(lines).encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def send(self, data: bytes) -> None:
        """Send the next bytes."""
        self._connection.sendall(data)

    def send_chunk(self, data: bytes) -> None:
        """Send a part of a body of unknown length."""
        self.send(b"%x\r\n%b\r\n" % (len(data), data))

    @property
    def status(self) -> int:
        """The status of the answer; 0 when the connection is closed without one."""
        line = self._connection.makefile("rb").readline().split()
        return int(line[1]) if line else 0


def _read(connection: socket.socket) -> Answer:
    """Read until the server closes; of a stream only what begins it."""
    received = b""
    while part := connection.recv(65_536):
        received += part
        if b"\r\n\r\n" in received and b"text/event-stream" in received:
            break
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return Answer(int(status.split(" ")[1]), headers, body.decode(errors="replace"))
