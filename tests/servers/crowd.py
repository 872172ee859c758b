"""Many people at once, each with a page of their own that asks and listens as a browser does.

A page joins events by POST and hears of them all on one stream of server-sent events, which it opens when
it has joined one and which the server closes when nothing is left to tell.
"""

import asyncio
import json
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from gradio_client.utils import apply_diff  # type: ignore[import-untyped]

from access import Users
from tests.servers.http_page import HttpPage
from tests.servers.raw_http import cookie_of

PASSWORD = "correct horse battery"
LONGEST_LINE = 2**24
_TAKEN = re.compile(
    rb"[0-9a-f]{32} [0-9a-f]{32} ([0-9a-f]{32})"
)  # a message's id, its turn, its conversation


@dataclass
class Heard:
    """What a page heard, line by line, each with the time at which it came (seconds of `time.time()`)."""

    lines: list[tuple[float, bytes]] = field(default_factory=list)

    def first(self, text: str) -> float:
        """When this was heard for the first time."""
        return next(at for at, line in self.lines if text.encode() in line)

    def told_of(self) -> str | None:
        """Return the conversation in which a message was taken, as the page's script is told it."""
        found = (_TAKEN.search(line) for _at, line in self.lines)
        return next((match[1].decode() for match in found if match), None)

    def messages(self, event_id: str) -> Iterator[dict[str, Any]]:
        """What Gradio said of one event."""
        for _at, line in self.lines:
            message = json.loads(line)
            if message.get("event_id") == event_id:
                yield message

    def outputs(self, event_id: str) -> list[Any]:
        """Return what the page shows at an event's end in each of its outputs, None where nothing came."""
        sent: list[Any] = []
        shown: list[Any] = []
        for message in self.messages(event_id):
            data = (message.get("output") or {}).get("data") or []
            if message["msg"] == "process_generating" and sent:
                sent = [apply_diff(before, change) for before, change in zip(sent, data, strict=True)]
            elif data:
                sent = data
            shown = [
                earlier if _is_unchanged(now) else now
                for earlier, now in zip_longest(shown[: len(sent)], sent)
            ]
        return shown


def _is_unchanged(output: Any) -> bool:
    return isinstance(output, dict) and output.get("__type__") == "update" and "value" not in output


@dataclass
class Reply:
    """What came of one message: when it was sent, which event it was, and all that the page heard."""

    question: str
    sent_at: float
    event_id: str
    heard: Heard
    names: Sequence[str]  # of the event's outputs

    @cached_property
    def shown(self) -> dict[str, Any]:
        """What the page shows at the end, by the names of the event's outputs."""
        return dict(zip(self.names, self.heard.outputs(self.event_id), strict=True))

    @property
    def chat(self) -> str:
        """The chat as the page shows it at the end, as JSON."""
        return json.dumps(self.shown["chat"], ensure_ascii=False)


class CrowdPage:
    """One person's page. `layout` is what all pages are made of, `cookie` the header to send."""

    def __init__(self, layout: HttpPage, name: str = "", cookie: str = "") -> None:
        address = urlsplit(str(layout.client.base_url))
        self.name = name
        self._layout = layout
        self._host, self._port = str(address.hostname), int(address.port or 80)
        self._cookie = cookie
        self._session = uuid.uuid4().hex
        self.heard = Heard()
        self._listening: asyncio.Task[None] | None = None
        self._joined: set[str] = set()
        self._ended: set[str] = set()  # an event may end before its joining is answered

    async def open(self) -> None:
        """Do what a page does when it is loaded."""
        await self.request("GET", "/")
        events = self._layout.config["dependencies"]
        loaded = [
            each for each in events if each["backend_fn"] and any(t[1] == "load" for t in each["targets"])
        ]
        for event in loaded:
            first = [self._layout.components[number][1] for number in event["inputs"]]
            await self._join(event["id"], first)
        await self.listened()

    async def ask(self, question: str, model: str, **values: Any) -> Reply:
        """Send a message and listen to the end of its reply."""
        sent_at = time.time()
        values |= {"message": question, "model-chosen": model, "message-id": uuid.uuid4().hex}
        event_id = await self.fire("send", values)
        await self.listened()
        names = [self._layout.components[number][0] for number in self._layout.events["send"]["outputs"]]
        reply = Reply(question, sent_at, event_id, self.heard, names)
        here = {"conversation-id": reply.shown["conversation-id"], "model-chosen": model}
        await self.fire("estimate", here)
        await self.listened()
        return reply

    async def fire(self, event: str, values: dict[str, Any] | None = None, event_data: Any = None) -> str:
        """Join an event; what comes of it is heard."""
        inputs = self._layout.inputs(event, values or {})
        return await self._join(self._layout.events[event]["id"], inputs, event_data)

    async def listened(self) -> None:
        """Wait until nothing is left to hear; a stream may close just as another event is joined."""
        while self._listening is not None:
            await self._listening
            self._listening = asyncio.create_task(self._listen()) if self._joined - self._ended else None

    async def _join(self, number: int, inputs: Sequence[Any], event_data: Any = None) -> str:
        body = {
            "data": list(inputs),
            "fn_index": number,
            "session_hash": self._session,
            "event_data": event_data,
        }
        joined = json.loads(await self.request("POST", "/gradio_api/queue/join", json.dumps(body).encode()))
        self._joined.add(str(joined["event_id"]))
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen())
        return str(joined["event_id"])

    async def _listen(self) -> None:
        path = f"/gradio_api/queue/data?session_hash={self._session}"
        reader, writer = await self._connected("GET", path)
        try:
            while line := await reader.readline():
                if line.startswith(b"data:"):
                    self.heard.lines.append((time.time(), line[len(b"data:") :]))
                    if b'"process_completed"' in line:
                        self._ended.add(json.loads(self.heard.lines[-1][1])["event_id"])
                    if b'"close_stream"' in line:
                        return
        finally:
            writer.close()

    async def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Return the body of the answer. Raises AssertionError for any other status than 200."""
        reader, writer = await self._connected(method, path, body)
        try:
            head, _, answer = (await reader.read()).partition(b"\r\n\r\n")
            assert b" 200 " in head.split(b"\r\n")[0], f"{method} {path}: {head!r} {answer!r}"
            return answer
        finally:
            writer.close()

    async def _connected(
        self, method: str, path: str, body: bytes = b""
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(self._host, self._port, limit=LONGEST_LINE)
        head = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self._host}:{self._port}",
            f"Content-Length: {len(body)}",
            "Content-Type: application/json",
            "Connection: close",
            *filter(None, [self._cookie]),
        ]
        writer.write("\r\n".join([*head, "", ""]).encode() + body)
        return reader, writer


async def ask_all(pages: Sequence[CrowdPage], model: str, within_s: float) -> list[Reply]:
    """Have each page send a message of its own, spread over this time; returns once all are answered."""

    async def ask(number: int, page: CrowdPage) -> Reply:
        await asyncio.sleep(within_s * number / len(pages))
        return await page.ask(f"The question of {page.name}.", model)

    return await asyncio.gather(*(ask(number, page) for number, page in enumerate(pages)))


def add_people(data_dir: Path, number: int) -> list[str]:
    """Let this many people sign in to an app that has not started yet; returns their names."""
    names = [f"person{each:03}" for each in range(number)]
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    users = Users(data_dir / "users.json", quick)
    for name in names:
        users.add(name, PASSWORD)
    return names


def signed_in(url: str, names: Sequence[str]) -> list[CrowdPage]:
    """Sign these people in, each with a page that is not opened yet."""
    pages = []
    layout: HttpPage | None = None
    for name in names:
        with HttpPage(url) as person:
            assert person.sign_in(name, PASSWORD) == 200
            if layout is None:
                layout = person
                assert layout.config
            pages.append(CrowdPage(layout, name, cookie_of(person)))
    return pages
