"""The addresses of files: to each person only their own, within bounds, nothing that a browser would run."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from chat.files import FileContents, Picture, UnreadableFileError
from chat.store import KeptFiles
from chat.ui import file_routes
from tests.helpers.fakes import Rig

PICTURE = Picture(b"picture", "image/png", 40, 30)
SMALL = Picture(b"small", "image/webp", 4, 3)


def read(data: bytes, name: str) -> FileContents:
    """Take everything for text but what says that it is something else."""
    if data == b"broken":
        raise UnreadableFileError(f"{name} is broken.")
    if data == b"picture":
        pictures = {"original": PICTURE, "high": PICTURE, "low": PICTURE, "thumbnail": SMALL}
        return FileContents(kind="image", media_type="image/png", pictures=pictures)  # type: ignore[arg-type]
    return FileContents(kind="text", media_type="text/html", pages=(data.decode(),), notes=("A note.",))


def asking(
    files: KeptFiles, folder: Path, person: str | None = "ada", *, is_shared: bool = False
) -> TestClient:
    """Return somebody who asks."""
    routes = file_routes(files, read, lambda _request: person, lambda _who: is_shared, folder)
    return TestClient(Starlette(routes=routes))


@pytest.fixture
def client(rig: Rig, tmp_path: Path) -> Iterator[TestClient]:
    with asking(rig.files, tmp_path) as client:
        yield client


def send(client: TestClient, data: bytes = b"<b>Hello</b>", name: str = "a.html", **more: str) -> Any:
    answer = client.post("/files", params={"name": name, **more}, content=data)
    return answer.json()


@pytest.mark.parametrize("person", [None, ""])
def test_nobody_sends_or_gets_anything(
    rig: Rig, tmp_path: Path, client: TestClient, person: str | None
) -> None:
    kept = send(client)
    nobody = asking(rig.files, tmp_path, person)
    answers = [
        nobody.post("/files", content=b"Hello."),
        nobody.get(f"/files/{kept['hash']}/text"),
        nobody.delete(f"/files/{kept['hash']}"),
    ]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert all("Sign in" in answer.text for answer in answers)


def test_a_file_comes_back_to_its_owner_alone(rig: Rig, tmp_path: Path, client: TestClient) -> None:
    kept = send(client)
    described = {"name": "a.html", "kind": "text", "size": 12, "pages": 1, "pixels": {}}
    assert kept == described | {"hash": kept["hash"], "notes": ["A note."]}
    eve = asking(rig.files, tmp_path, "eve")
    for name in ("text", "file", "description", "original", "contents.json"):
        assert eve.get(f"/files/{kept['hash']}/{name}").status_code == 404
    assert client.get(f"/files/{kept['hash']}/text").text == "<b>Hello</b>"
    assert client.get(f"/files/{kept['hash']}/description").json() == kept | {"name": ""}
    for name in ("original", "thumbnail", "contents.json", "..%2ftext", "page-1-high"):
        assert client.get(f"/files/{kept['hash']}/{name}").status_code == 404
    eve.delete(f"/files/{kept['hash']}")
    assert client.get(f"/files/{kept['hash']}/text").status_code == 200
    client.delete(f"/files/{kept['hash']}")
    assert client.get(f"/files/{kept['hash']}/text").status_code == 404


@pytest.mark.parametrize("name", ["text", "file", "description"])
def test_nothing_that_was_sent_runs_in_a_browser(client: TestClient, name: str) -> None:
    kept = send(client, b"<script>alert(1)</script>")
    answer = client.get(f"/files/{kept['hash']}/{name}")
    assert answer.headers["content-type"].split(";")[0] in {
        "text/plain",
        "application/octet-stream",
        "application/json",
    }
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


def test_pictures_are_handed_out_as_what_they_are(client: TestClient) -> None:
    kept = send(client, b"picture", "a.png")
    assert kept["pixels"] == {detail: [40, 30] for detail in ("low", "high", "original")}
    original = client.get(f"/files/{kept['hash']}/original")
    assert (original.headers["content-type"], original.content) == ("image/png", b"picture")
    assert client.get(f"/files/{kept['hash']}/thumbnail").headers["content-type"] == "image/webp"
    assert client.get(f"/files/{kept['hash']}/file").status_code == 404  # an image is only its pictures


def test_a_browser_asks_each_time_whether_a_picture_is_still_the_person_s(
    rig: Rig, tmp_path: Path, client: TestClient
) -> None:
    address = f"/files/{send(client, b'picture', 'a.png')['hash']}/original"
    first = client.get(address)
    assert first.headers["cache-control"] == "private, no-cache"
    known = {"If-None-Match": first.headers["etag"]}
    assert (client.get(address, headers=known).status_code, client.get(address).status_code) == (304, 200)
    assert asking(rig.files, tmp_path, "bob").get(address, headers=known).status_code == 404


def test_a_large_file_comes_whole_in_pieces(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.ui.messages.attachments.file_addresses._PIECE", 7)
    data = b"0123456789" * 100
    answer = client.get(f"/files/{send(client, data)['hash']}/file")
    assert (answer.content, answer.headers["content-length"]) == (data, "1000")


def test_what_cannot_be_read_is_said_and_not_kept(client: TestClient, rig: Rig) -> None:
    answer = client.post("/files", params={"name": "b.pdf"}, content=b"broken")
    assert (answer.status_code, answer.json()) == (422, {"error": "b.pdf is broken."})
    assert rig.files.space("ada") == (0, 0)


@pytest.mark.parametrize("length", ["declared", "unknown"])
def test_a_file_that_is_too_large_is_refused(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, length: str
) -> None:
    monkeypatch.setattr("chat.ui.messages.attachments.file_addresses.LARGEST_FILE", 2**20)
    data = b"x" * (2**20 + 1)
    content = data if length == "declared" else iter([data[:100], data[100:]])
    answer = client.post("/files", content=content)
    assert answer.status_code == 413
    assert answer.json() == {"error": "This file is too large: the limit is 1 MiB."}


def test_a_shared_name_has_less_room(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.ui.messages.attachments.file_addresses.MOST_BYTES_OF_A_SHARED_NAME", 100)
    many = asking(rig.files, tmp_path, is_shared=True)
    answer = many.post("/files", content=b"Hello.")
    assert (answer.status_code, answer.json()["error"][:24]) == (507, "Your files have reached ")


def test_the_room_that_files_take_is_said(client: TestClient) -> None:
    assert client.get("/files").json() == {"text": "You have no stored files."}
    send(client)
    room = "1 file uses 195 B of 2,147 MB. It is deleted with its chat."
    assert client.get("/files").json() == {"text": room}
    send(client, b"x" * 3_000_000)
    assert client.get("/files").json()["text"].startswith("2 files use 6.0 MB of 2,147 MB. They are deleted")


def test_a_file_of_a_temporary_chat_is_known_as_one(client: TestClient, tmp_path: Path) -> None:
    kept = send(client, temporary="1")
    assert kept["hash"].startswith("temporary-")
    assert client.get(f"/files/{kept['hash']}/text").text == "<b>Hello</b>"
    assert not (tmp_path / "attachments").exists()


def test_a_name_is_one_short_line(client: TestClient) -> None:
    assert send(client, name="a\nb\u2028c" + "x" * 500)["name"] == "a b c" + "x" * 195
    assert send(client, b"other", name=" ")["name"] == "File"
    assert json.dumps(
        send(client, b"half", name="a\ud800b".encode("utf-8", "surrogatepass").decode("latin-1"))
    )
