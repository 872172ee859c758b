"""What must not get out of a running app: its files by address, keys, and the words of conversations."""

import json
from base64 import b64decode
from html import unescape
from pathlib import Path

import pytest

from tests.conftest import StartApp
from tests.servers.app_process import ROOT, wait_for
from tests.servers.http_page import HttpPage
from tests.servers.scripted import ScriptedServer
from tests.whole.house import APP_KEY, OWN_KEY, House


def test_no_file_of_the_app_can_be_read_by_its_address(house: House) -> None:
    data = house.app.data_dir
    files = [data / name for name in ("tally.db", "tally.db-wal", "usage.csv", "users.json")]
    files += [data.parent / ".env", ROOT / "app.py", Path("/etc/passwd")]
    for file in files:
        for path in (str(file), f"../data/{file.name}", f"{data}/../data/{file.name}", f"file://{file}"):
            for address in (
                f"/gradio_api/file={path}",
                f"/gradio_api/file/{path}",
                f"/static/{path}",
                f"/assets/{path}",
            ):
                assert house.bob.client.get(address).status_code in (403, 404)


def test_uploaded_file_is_not_a_way_to_the_data_folder(house: House) -> None:
    name = f"../../../../..{house.app.data_dir}/usage.csv"
    before = (house.app.data_dir / "usage.csv").read_bytes()
    answer = house.bob.client.post("/gradio_api/upload", files={"files": (name, b"forged")})
    assert (house.app.data_dir / "usage.csv").read_bytes() == before
    assert str(house.app.data_dir) not in answer.text


def test_nobody_fills_the_disk_with_uploads(house: House) -> None:
    answer = house.bob.client.post("/gradio_api/upload", files={"files": ("big.bin", b"x" * 100_000)})
    assert (answer.status_code, "big.bin" in answer.text) == (413, False)


def leaked(house: House, shown: str) -> list[str]:
    """Return where a key is that should be nowhere: on the page, in the log, or in a file."""
    files = [path for path in house.app.data_dir.parent.rglob("*") if path.is_file() and path.name != ".env"]
    texts = {"page": shown, "log": house.app.stderr + house.app.stdout}
    found = [name for name, text in texts.items() for key in (APP_KEY, OWN_KEY) if key in text]
    return found + [
        str(path) for path in files for key in (APP_KEY, OWN_KEY) if key.encode() in path.read_bytes()
    ]


def test_keys_are_in_no_page_no_file_and_no_log(house: House) -> None:
    assert [chat.headers["authorization"] for chat in house.endpoint.chats[:2]] == [
        f"Bearer {APP_KEY}",
        f"Bearer {OWN_KEY}",
    ]
    shown = json.dumps(house.bob.config) + house.bob.follow(house.bobs) + house.bob.client.get("/").text
    assert leaked(house, shown) == []


@pytest.mark.parametrize("where", ["error", "error-event", "model", "tier", "count", "text"])
def test_a_key_that_the_endpoint_repeats_is_in_none_of_them_either(house: House, where: str) -> None:
    shown = []
    for event in ("remove_key", "take_key"):
        house.bob.fire(event, {"key": OWN_KEY})
        shown.append(unescape(house.bob.follow(house.bob.begin("Who am I?", f"repeats-in-{where}"))))
    house.bob.fire("remove_key")
    assert ["***" in each for each in shown] == [True, True]
    assert leaked(house, "".join(shown)) == []


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/chat/completions"])
def test_password_in_the_endpoints_address_is_on_no_page_in_no_file_and_no_log(
    scripted: ScriptedServer, app_process: StartApp, path: str
) -> None:
    password = "s3cret-of-ada"
    address = scripted.url.replace("//", f"//ada:{password}@").replace("/v1", path)
    app = app_process(variables={"OPENAI_BASE_URL": address, "TALLY_LOG_LEVEL": "DEBUG"})
    with HttpPage(app.url) as page:
        shown = page.follow(page.begin("Who am I?", "gpt-6-luna")) + page.client.get("/config").text
    sent = scripted.requests[-1].headers["authorization"]
    assert b64decode(sent.removeprefix("Basic ")).decode() == f"ada:{password}"
    assert "http://***@127.0.0.1" in shown
    assert "is not an OpenAI-compatible endpoint" in shown
    texts = [shown, app.stdout, app.stderr]
    texts += [path.read_text("latin-1") for path in app.data_dir.rglob("*") if path.is_file()]
    assert not [text for text in texts for secret in (password, sent) if secret in text]


def test_log_holds_no_words_of_a_conversation_even_at_its_most_talkative(house: House) -> None:
    for trouble in ("error-event", "broken-json", "context-openai", "html"):
        house.bob.follow(house.bob.begin("Is Zanzibar an island?", trouble))
    house.bob.fire("retry", {"System prompt": "Zanzibar"}, {"index": None})
    wait_for(lambda: "failed: KeyError in " in house.app.stderr)
    for text in ("Adelaide", "marmalade", "quietly", "Zanzibar", "word1 "):
        assert text not in house.app.stderr
