"""The gate in front of an app whose answers wait: how much at once, errors, and bodies that never end."""

import asyncio
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from access import Gate, Guest, Users, Visitors
from access.bounds import FOR_MANY, RefusedError, read_body


class Behind:
    """An app without sign-in whose events wait until they are let go, as one client sees it."""

    def __init__(self, folder: Path, guest: Guest | None = None) -> None:
        self.go_on = asyncio.Event()
        visitors = Visitors(
            Users(folder / "users.json"), guest, on_space=False, anyone="local", only_here=True
        )
        routes = [
            Route("/gradio_api/run/{name}", self._wait, methods=["POST"]),
            Route("/gradio_api/queue/join", self._wait, methods=["POST"]),
            Route("/gradio_api/heartbeat/{page}", self._wait),
            Route("/fails", self._fail),
        ]
        self.app = Starlette(routes=routes, middleware=[Middleware(Gate, visitors=visitors)])
        queue = SimpleNamespace(event_ids_to_events={}, pending_event_ids_session={})
        vars(self.app).update(get_blocks=lambda: SimpleNamespace(_queue=queue), tokens={}, cookie_id="abc")
        self._visitors = visitors

    def client(self, address: str = "127.0.0.1", person: str = "") -> httpx2.AsyncClient:
        cookies = {}
        if person:
            self._visitors.attend(self.app)
            self._visitors.app.tokens["token"] = person
            cookies["access-token-unsecure-abc"] = "token"
        transport = httpx2.ASGITransport(self.app, client=(address, 1))
        return httpx2.AsyncClient(transport=transport, base_url="http://t", cookies=cookies)

    async def _wait(self, _request: Request) -> Response:
        await self.go_on.wait()
        return PlainTextResponse("done")

    async def _fail(self, _request: Request) -> Response:
        raise ValueError("a secret")


@pytest.mark.parametrize(
    ("method", "path", "person", "most"),
    [
        ("POST", "/gradio_api/run/send", "", FOR_MANY.events),
        ("POST", "/gradio_api/queue/join", "", FOR_MANY.events),
        ("GET", "/gradio_api/heartbeat/page", "", FOR_MANY.requests),
        # All who share the guest's name may have as many as a whole address.
        ("GET", "/gradio_api/heartbeat/page", "guest", FOR_MANY.requests),
    ],
)
async def test_one_may_have_a_bounded_number_at_once_and_leaves_others_theirs(
    method: str, path: str, person: str, most: int, tmp_path: Path
) -> None:
    behind = Behind(tmp_path, Guest("a password") if person else None)
    async with behind.client(person=person) as one, behind.client("192.168.1.2") as another:
        asked = [asyncio.create_task(one.request(method, path)) for _ in range(most + 3)]
        done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        if not person:  # without sign-in, another address is another person
            asked.append(asyncio.create_task(another.request(method, path)))
        behind.go_on.set()
        statuses = Counter(answer.status_code for answer in await asyncio.gather(*asked))
        assert (statuses, len(done) > 0) == ({200: most + (not person), 429: 3}, True)
        assert (await one.request(method, path)).status_code == 200


@pytest.mark.parametrize("path", ["/fails", "/gradio_api/queue/join", "/gradio_api/upload", "/"])
@pytest.mark.parametrize("after", ["%0A", "/%0A", "%0D", "%E2%80%A8"])
async def test_a_line_break_at_a_paths_end_leads_to_no_route(path: str, after: str, tmp_path: Path) -> None:
    async with Behind(tmp_path).client() as client:
        for method in ("GET", "POST"):
            assert (await client.request(method, f"{path}{after}")).status_code == 404


async def test_what_goes_wrong_behind_the_gate_is_one_line_without_its_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Behind(tmp_path).client() as client:
        assert (await client.get("/fails")).status_code == 500
    (record,) = [record for record in caplog.records if record.name == "access.gate"]
    assert record.getMessage().startswith("GET '/fails' failed: ValueError in ")
    assert "secret" not in caplog.text
    assert record.exc_info is None


async def test_body_that_stops_half_way_is_not_waited_for() -> None:
    sent: list[dict[str, Any]] = [{"type": "http.request", "body": b"half", "more_body": True}]

    async def receive() -> dict[str, Any]:
        return sent.pop() if sent else await asyncio.get_running_loop().create_future()

    with pytest.raises(RefusedError) as refused:
        await read_body({"type": "http", "headers": []}, receive, 100, longest_s=0)
    assert refused.value.status == 408


class Body:
    """A body that comes byte by byte, and how many of them were read."""

    def __init__(self, size: int, *, declared: bool) -> None:
        self.size, self.read = size, 0
        self.scope = {
            "type": "http",
            "headers": [(b"content-length", str(size).encode())] if declared else [],
        }

    async def receive(self) -> dict[str, Any]:
        self.read += 1
        return {"type": "http.request", "body": b"x", "more_body": self.read < self.size}


@pytest.mark.parametrize(
    ("size", "declared", "read"), [(100, True, 100), (100, False, 100), (101, True, 0), (101, False, 101)]
)
async def test_body_that_is_too_large_is_refused_as_soon_as_that_is_known(
    size: int, declared: bool, read: int
) -> None:
    body = Body(size, declared=declared)
    if size <= 100:
        assert await read_body(body.scope, body.receive, 100, longest_s=60) == b"x" * size
    else:
        with pytest.raises(RefusedError) as refused:
            await read_body(body.scope, body.receive, 100, longest_s=60)
        assert refused.value.status == 413
    assert body.read == read
