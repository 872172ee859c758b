"""Requests as any program can write them: no client library mends the Host or adds a header."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """A status, the headers by their names in small letters, in the order they came, and the body."""

    status: int
    headers: list[tuple[str, str]]
    body: str

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
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
    """The cookies that an answer sets, as the next request sends them."""
    return "; ".join(value.partition(";")[0] for value in answer.all("set-cookie"))


def permissions(answer: Answer) -> list[str]:
    """Return the headers that let another site read an answer."""
    return [name for name, _ in answer.headers if name.startswith("access-control-")]


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
