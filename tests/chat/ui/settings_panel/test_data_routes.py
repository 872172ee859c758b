"""The addresses of exports and imports: to each person only their own, and nothing half done unsaid."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import IO, Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from chat.files import read_file, render_pages
from chat.store import ConversationStore, KeptFiles, WholeConversations
from chat.ui import archive_routes
from tests.chat.archive.taking_in import kept, the_only
from tests.chat.archive.test_out_and_in import FIRST, SECOND, held, keep
from tests.helpers.fakes import NOW
from tests.helpers.foreign_exports import simple_chatgpt, zipped

ADDRESSES = [
    "/export/everything.zip",
    *(f"/export/{FIRST.conversation_id}.{kind}" for kind in ("md", "json", "html")),
]


def asking(
    store: ConversationStore, folder: Path, person: str | None = "ada", *, is_shared: bool = False
) -> TestClient:
    """Return somebody who asks."""
    routes = archive_routes(
        WholeConversations(store.database),
        KeptFiles(store.database, folder / "attachments", render_pages, lambda: NOW),
        read_file,
        lambda _request: person,
        lambda _who: is_shared,
        folder,
        UTC,
        lambda: NOW,
    )
    return TestClient(Starlette(routes=routes))


@pytest.fixture
def client(store: ConversationStore, tmp_path: Path) -> Iterator[TestClient]:
    keep(store, held(FIRST, SECOND))
    with asking(store, tmp_path) as client:
        yield client


def result_of(answer: Any) -> Any:
    """Return the last line of an import's answer."""
    return json.loads(answer.text.splitlines()[-1])


@pytest.mark.parametrize("person", [None, ""])
@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_gets_anything(
    store: ConversationStore, tmp_path: Path, address: str, person: str | None
) -> None:
    keep(store, held(FIRST, SECOND))
    assert asking(store, tmp_path, person).get(address).status_code == 401
    assert asking(store, tmp_path, person).post("/import", content=b"[]").status_code == 401


@pytest.mark.parametrize("address", ADDRESSES)
def test_downloads_are_files_that_a_browser_does_not_run(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == (
        "nosniff",
        "no-store",
    )
    head = client.head(address)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-disposition"] == answer.headers["content-disposition"]


@pytest.mark.parametrize(
    "address",
    [
        "/export/nothing.md",
        "/export/conversation-1.exe",
        "/export/conversation-1",
        "/export/.md",
        "/export/%2e%2e%2fconversation-1.md",
        "/export/conversation-1.md%00",
        "/export/a%0d%0aSet-Cookie:x.json",
    ],
)
def test_what_is_not_there_is_not_found(client: TestClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_somebody_elses_conversation_is_not_found(store: ConversationStore, tmp_path: Path) -> None:
    keep(store, held(FIRST, SECOND))
    ben = asking(store, tmp_path, "ben")
    for address in ADDRESSES[1:]:
        answer = ben.get(address)
        assert (answer.status_code, answer.text) == (404, ben.get("/export/no-such.md").text)
    assert b"Because" not in ben.get("/export/everything.zip").content


def test_odd_titles_become_names_of_files(store: ConversationStore, tmp_path: Path) -> None:
    whole = held(FIRST)
    conversation = replace(whole.conversation, title='Schöne "Grüße"\r\nX: y/日本')
    keep(store, replace(whole, conversation=conversation))
    answer = asking(store, tmp_path).get("/export/conversation-1.md")
    assert answer.headers["content-disposition"] == (
        'attachment; filename="Sch_ne Gr__e X y __.md"; '
        "filename*=UTF-8''Sch%C3%B6ne%20Gr%C3%BC%C3%9Fe%20X%20y%20%E6%97%A5%E6%9C%AC.md"
    )


def test_what_was_exported_can_be_imported_by_somebody_else(
    client: TestClient, store: ConversationStore, tmp_path: Path
) -> None:
    everything = client.get("/export/everything.zip").content
    with asking(store, tmp_path, "ben") as ben:
        answer = ben.post("/import?name=tally.zip", content=everything)
    assert result_of(answer) == {"result": {"lines": ["Imported: 1."], "failures": []}}
    assert len(the_only(store, "ben").branch) == 2


def test_import_says_how_far_it_is_and_what_failed(client: TestClient, store: ConversationStore) -> None:
    chats = [*(simple_chatgpt(f"chat-{n}") for n in range(120)), {"title": "Broken", "mapping": {}}]
    answer = client.post("/import?name=chatgpt.zip", content=zipped({"conversations.json": chats}))
    steps = [json.loads(line) for line in answer.text.splitlines()]
    shares = [step["progress"] for step in steps[:-1]]
    assert (shares, shares[-1]) == (sorted(shares), 1.0)
    assert [step["conversations"] for step in steps[:-1]] == [50, 100, 121]
    assert steps[-1]["result"] == {
        "lines": ["Imported: 120.", "Failed: 1."],
        "failures": ["conversations.json, chat 121 (Broken): There is nothing in it."],
    }
    assert len(kept(store)) == 121


def test_file_that_is_no_export_is_told(client: TestClient) -> None:
    answer = client.post("/import?name=cat.png", content=b"\x89PNG")
    assert result_of(answer)["result"]["failures"] == ["cat.png: This is not JSON."]
    broken = client.post("/import?name=cut.zip", content=b"PK\x03\x04")
    assert "cut.zip: This zip is damaged" in result_of(broken)["result"]["failures"][0]


@pytest.mark.parametrize("is_chunked", [True, False])
def test_file_that_is_too_large_is_refused(
    store: ConversationStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_chunked: bool
) -> None:
    monkeypatch.setattr("chat.ui.settings_panel.your_data.data_routes.LARGEST_OF_MANY", 1000)
    content: Any = iter([b"x" * 600] * 3) if is_chunked else b"x" * 1800
    answer = asking(store, tmp_path, is_shared=True).post("/import", content=content)
    assert answer.status_code == 413
    assert "This file is too large" in answer.json()["error"]


def test_full_disk_says_that_nothing_came_in(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def write(self, _piece: bytes) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            raise OSError(28, "No space left on device")

    def full(**_options: object) -> IO[bytes]:
        return Full()  # type: ignore[return-value]

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    answer = client.post("/import", content=b"[]")
    assert answer.status_code == 507
    text = "The upload could not be saved: No space left on device."
    assert answer.json() == {"error": text}
    monkeypatch.undo()
    assert client.post("/import", content=json.dumps(simple_chatgpt("one"))).status_code == 200


def test_nothing_is_left_in_the_folder(client: TestClient, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    client.post("/import", content=json.dumps([simple_chatgpt("one")]))
    client.post("/import", content=b"no")
    assert sorted(tmp_path.iterdir()) == before
