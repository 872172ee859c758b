"""What signed-in people can reach of each other's: by the page, by forged events, by addresses."""

import contextlib
import csv
import io
import itertools
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from access.users import Users
from tests.servers.app_process import ROOT, AppProcess, is_healthy
from tests.servers.http_page import HttpPage
from tests.servers.scripted import ScriptedServer

APP_KEY = "sk-of-the-app-9f3b1c"
OWN_KEY = "sk-own-of-bob-77aa21"
PASSWORD = "correct horse battery"
ADAS_QUESTION = "Is Adelaide planning a surprise?"
BOBS_QUESTION = "What rhymes with orange marmalade?"
RUNNING_QUESTION = "Count quietly for Ada."
FORGERIES = [
    {"index": 0, "value": "changed"},
    {"index": [0, 0], "value": "changed", "previous_value": "x"},
    {"index": 99, "value": "changed"},
    {},
]
ODD_VALUES: list[Any] = [
    None,
    7,
    -1e308,
    True,
    "",
    "x" * 50_000,
    [],
    ["a", {"b": 1}],
    {},
    {"path": "/etc/passwd"},
]
GUARDED = [
    "/config",
    "/gradio_api/info",
    "/gradio_api/openapi.json",
    "/gradio_api/queue/data?session_hash=x",
    "/gradio_api/file=usage.csv",
    "/gradio_api/file/usage.csv",
    "/gradio_api/proxy=http://127.0.0.1/",
    "/gradio_api/deep_link?session_hash=x",
    "/gradio_api/call/send/x",
    "/gradio_api/upload_progress?upload_id=x",
    "/monitoring/summary",
    "/download/usage.csv",
    "/download/table.csv",
]


@dataclass(frozen=True)
class House:
    """An app with two people who have chatted; `adas` has a whole reply, `running` one without end."""

    app: AppProcess
    endpoint: ScriptedServer
    ada: HttpPage
    bob: HttpPage
    adas: str
    bobs: str
    running: str

    def turns(self) -> list[tuple[Any, ...]]:
        """Everything that is stored, but for how far the running reply is."""
        with closing(sqlite3.connect(f"file:{self.app.data_dir / 'tally.db'}?mode=ro", uri=True)) as database:
            return database.execute(
                "SELECT c.id, c.username, c.title, c.current_turn_id, t.id, t.question, t.status, "
                "CASE t.status WHEN 'running' THEN '' ELSE t.reply END "
                "FROM conversations c JOIN turns t ON t.conversation_id = c.id ORDER BY t.id"
            ).fetchall()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = tmp_path_factory.mktemp("home")
    (home / "temp").mkdir()
    users = Users(home / "data" / "users.json")
    for name in ("ada", "bob"):
        users.add(name, PASSWORD)
    with ScriptedServer() as endpoint:
        (home / ".env").write_text(f"OPENAI_API_KEY={APP_KEY}\nOPENAI_BASE_URL={endpoint.url}\n")
        variables = {"TALLY_LOG_LEVEL": "DEBUG", "TMPDIR": str(home / "temp")}
        app = AppProcess(home / "data", home, variables)
        with HttpPage(app.url) as ada, HttpPage(app.url) as bob:
            assert [page.sign_in(name, PASSWORD) for page, name in ((ada, "ada"), (bob, "bob"))] == [200, 200]
            adas = ada.begin(ADAS_QUESTION, "gpt-6-luna")
            ada.follow(adas)
            bobs = bob.begin(BOBS_QUESTION, "gpt-6-luna", key=OWN_KEY)
            bob.follow(bobs)
            running = ada.begin(RUNNING_QUESTION, "endless-20ms")
            yield House(app, endpoint, ada, bob, adas, bobs, running)
        assert app.stop() == 0
        assert app.blocked == []


def rows(text: str) -> list[dict[str, str]]:
    """The rows of a CSV text."""
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("address", GUARDED)
def test_nobody_reaches_anything_without_signing_in(address: str, house: House) -> None:
    with HttpPage(house.app.url) as stranger:
        assert stranger.client.get(address).status_code == 401


def test_no_event_answers_without_signing_in(house: House) -> None:
    with HttpPage(house.app.url) as stranger:
        for name, event in house.bob.events.items():
            body = {"data": [], "fn_index": event["id"], "session_hash": "stranger"}
            for address in ("queue/join", f"run/{name}", f"api/{name}", f"call/{name}", f"call/v2/{name}"):
                assert stranger.client.post(f"/gradio_api/{address}", json=body).status_code == 401
        assert stranger.client.post("/gradio_api/upload", files={"files": b"x"}).status_code == 401
        assert stranger.client.post("/gradio_api/component_server", json={}).status_code == 401


def test_sign_in_page_tells_nothing_of_what_is_behind_it(house: House) -> None:
    with HttpPage(house.app.url) as stranger:
        page = stranger.client.get("/").text
    assert "Sign in to Tally" in page
    assert "gpt-6-luna" not in page
    assert "conversation-id" not in page


def test_each_person_sees_only_their_own_conversations(house: House) -> None:
    adas, bobs = house.ada.follow(house.adas), house.bob.follow(house.bobs)
    assert ADAS_QUESTION in adas
    assert BOBS_QUESTION not in adas
    assert BOBS_QUESTION in bobs
    assert ADAS_QUESTION not in bobs
    assert RUNNING_QUESTION not in bobs


def test_owner_sees_what_everybody_has_spent_and_others_what_they_have(house: House) -> None:
    adas = rows(house.ada.client.get("/download/usage.csv").text)
    bobs = rows(house.bob.client.get("/download/usage.csv").text)
    assert [row["user"] for row in adas] == ["ada", "bob"]
    assert [row["user"] for row in bobs] == ["bob"]
    assert bobs[0]["key_owner"] == "user"


def test_table_and_tab_hold_only_what_a_person_may_see(house: House) -> None:
    for page, people in ((house.ada, {"ada", "bob"}), (house.bob, {"bob"})):
        table = rows(page.client.get("/download/table.csv?by=user&period=all").text)
        assert people <= {row["user"] for row in table}
        assert not {"ada", "bob"} - people & {row["user"] for row in table}
        shown = page.fire("show", {"usage-period": "all", "usage-by": "conversation"}).text
        assert (house.adas in shown or ADAS_QUESTION in shown) is ("ada" in people)


@pytest.mark.parametrize("kind", ["adas", "running"])
def test_forged_events_read_and_change_nothing_of_somebody_elses(kind: str, house: House) -> None:
    theirs = getattr(house, kind)
    before, asked = house.turns(), len(house.endpoint.chats)
    for event in house.bob.events:
        if "conversation-id" not in [house.bob.components[n][0] for n in house.bob.events[event]["inputs"]]:
            continue
        values = {"conversation-id": theirs, "message": "changed", "model": "gpt-6-luna"}
        for forgery in FORGERIES:
            answer = house.bob.fire(event, values, forgery).text
            assert not any(
                secret in answer for secret in (ADAS_QUESTION, RUNNING_QUESTION, "word5 ", "word6 ")
            )
    assert house.turns() == before
    assert len(house.endpoint.chats) == asked


def test_forged_clicks_in_the_list_read_and_delete_nothing_of_somebody_elses(house: House) -> None:
    before = house.turns()
    for event, action in itertools.product(("pick", "settings_of_picked"), ("open", "delete")):
        for theirs in (house.adas, house.running, {"a": house.adas}, [house.adas], 7, None):
            answer = house.bob.fire(event, {}, {action: theirs}).text
            assert not any(secret in answer for secret in (ADAS_QUESTION, RUNNING_QUESTION, "gpt-6-luna"))
    assert house.turns() == before


def test_address_of_somebody_elses_conversation_shows_nothing_of_it(house: House) -> None:
    join = {"data": [20], "fn_index": house.bob.events["open_from_address"]["id"], "session_hash": "forged"}
    joined = house.bob.client.post(f"/gradio_api/queue/join?c={house.adas}", json=join)
    assert joined.status_code == 200
    answer = house.bob.client.get("/gradio_api/queue/data?session_hash=forged").text
    assert "somebody else" in answer
    assert ADAS_QUESTION not in answer


def test_direct_calls_around_the_queue_read_nothing_of_somebody_elses(house: House) -> None:
    before = house.turns()
    for name, event in house.bob.events.items():
        data = house.bob.inputs(name, {"conversation-id": house.adas, "message": "changed"})
        for way in ("run", "api", "call", "call/v2"):
            body = {"data": data, "fn_index": event["id"], "session_hash": f"direct-{name}"}
            answer = house.bob.client.post(f"/gradio_api/{way}/{name}", json=body)
            assert ADAS_QUESTION not in answer.text
            if way == "call":
                heard = house.bob.client.get(f"/gradio_api/call/{name}/{answer.json()['event_id']}")
                assert ADAS_QUESTION not in heard.text
    assert house.turns() == before


def test_inputs_of_wrong_types_do_no_harm(house: House) -> None:
    before = house.turns()
    for name, event in house.bob.events.items():
        for odd in ODD_VALUES:
            if name == "send" and isinstance(odd, str | int) and odd:
                continue  # a sound message, whatever it says
            # The stream to the page that sent such things may break off; nobody else's may.
            with contextlib.suppress(httpx2.RemoteProtocolError):
                fired = house.bob.fire_raw(name, [odd] * len(event["inputs"]), odd)
                assert "Traceback" not in fired.text
                assert str(ROOT) not in fired.text
    assert house.app.process.poll() is None
    assert is_healthy(house.app.url)
    assert house.turns() == before
    assert ADAS_QUESTION in house.ada.follow(house.adas)


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


def test_keys_are_in_no_page_no_file_and_no_log(house: House) -> None:
    assert [chat.headers["authorization"] for chat in house.endpoint.chats[:2]] == [
        f"Bearer {APP_KEY}",
        f"Bearer {OWN_KEY}",
    ]
    shown = json.dumps(house.bob.config) + house.bob.follow(house.bobs) + house.bob.client.get("/").text
    for key in (APP_KEY, OWN_KEY):
        assert key not in shown
        assert key not in house.app.stderr + house.app.stdout
    files = [path for path in house.app.data_dir.parent.rglob("*") if path.is_file() and path.name != ".env"]
    assert not [path for path in files for key in (APP_KEY, OWN_KEY) if key.encode() in path.read_bytes()]


def test_log_holds_no_words_of_a_conversation_even_at_its_most_talkative(house: House) -> None:
    for trouble in ("error-event", "broken-json", "context-openai", "html"):
        house.bob.follow(house.bob.begin("Is Zanzibar an island?", trouble))
    house.bob.fire("retry", {"message": "Zanzibar"}, {"index": None})
    assert "Traceback" in house.app.stderr
    for text in ("Adelaide", "marmalade", "quietly", "Zanzibar", "word1 "):
        assert text not in house.app.stderr


def test_running_reply_of_somebody_else_still_runs_after_all_of_this(house: House) -> None:
    chat = next(chat for chat in house.endpoint.chats if chat.model == "endless-20ms")
    sent = chat.events_sent
    while chat.events_sent == sent:
        time.sleep(0.05)
    assert chat.disconnected_at is None
    house.ada.fire("stop", {"conversation-id": house.running})
    assert "You stopped this reply." in house.ada.follow(house.running)
