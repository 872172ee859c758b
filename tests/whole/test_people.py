"""What signed-in people can reach of each other's, and how little they can do to each other."""

import contextlib
import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from access.bounds import FOR_A_PERSON
from tests.conftest import StartApp
from tests.servers.app_process import ROOT, is_healthy, wait_for
from tests.servers.http_page import HttpPage
from tests.servers.raw_http import RawRequest, cookie_of
from tests.servers.scripted import ScriptedServer
from tests.whole.house import ADAS_QUESTION, BOBS_QUESTION, OWN_KEY, PASSWORD, RUNNING_QUESTION, House

EIGHT_WORDS = "".join(f"word{number} " for number in range(1, 9))
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


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_each_person_sees_only_their_own_conversations_and_the_owner_what_all_have_spent(
    house: House,
) -> None:
    adas, bobs = house.ada.follow(house.adas), house.bob.follow(house.bobs)
    assert ADAS_QUESTION in adas
    assert BOBS_QUESTION not in adas
    assert BOBS_QUESTION in bobs
    assert ADAS_QUESTION not in bobs
    assert RUNNING_QUESTION not in bobs
    assert "Everyone today" in adas
    assert "Everyone today" not in bobs


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
        forged = {"conversation-id": theirs, "message": "changed", "model-chosen": "gpt-6-luna"}
        values = {name: forged[name] for name in house.bob.input_names(event) if name in forged}
        if "conversation-id" not in values:
            continue
        for forgery in FORGERIES:
            answer = house.bob.fire(event, values, forgery).text
            assert not any(
                secret in answer for secret in (ADAS_QUESTION, RUNNING_QUESTION, "word5 ", "word6 ")
            )
    assert house.turns() == before
    assert len(house.endpoint.chats) == asked


def test_search_finds_nothing_of_somebody_elses(house: House) -> None:
    for typed in (
        "Adelaide",
        '"planning a surprise"',
        "plann",
        "model:gpt",
        "after:2020",
        "before:2999",
        "",
        "*",
    ):
        asked = {"text": typed, "number": 1, "user": "ada"}
        adas, bobs = (page.fire("search", {}, asked) for page in (house.ada, house.bob))
        assert bobs.success
        assert "surprise" not in bobs.text
        assert house.adas not in bobs.text
        assert house.running not in bobs.text
        assert ("surprise" in adas.text) is (typed != "*")
    for odd in ODD_VALUES:
        for sent in (odd, {"text": odd, "number": odd}):
            answer = house.bob.fire("search", {}, sent)
            assert answer.success or "path" in str(odd)  # Gradio lets no path through
            assert "surprise" not in answer.text


FORGED_ROWS: list[tuple[str, dict[str, Any]]] = [
    ("pick", {}),
    ("delete", {}),
    ("undo", {"open": "true"}),
    *(("change_row", {"do": do}) for do in ("pin", "unpin", "archive", "unarchive", "export", "")),
    ("change_row", {"do": "rename", "title": "Mine now"}),
]


@pytest.mark.parametrize(("event", "data"), FORGED_ROWS)
def test_forged_clicks_in_the_list_read_and_change_nothing_of_somebody_elses(
    event: str, data: dict[str, Any], house: House
) -> None:
    before = house.turns()
    for theirs in (house.adas, house.running, {"a": house.adas}, [house.adas], 7, None, "\x00"):
        for forged in (data | {"id": theirs, "open": theirs}, data | {"id": theirs}, [theirs], theirs):
            answer = house.bob.fire(event, {}, forged).text
            assert not any(secret in answer for secret in (ADAS_QUESTION, RUNNING_QUESTION, "endless-20ms"))
    assert house.turns() == before


@pytest.mark.parametrize(
    ("query", "status"),
    [
        *(("", 200), ("count=1", 200), ("count=-5", 200), ("count=99999999999999999999", 200)),
        *(("archived=true", 200), ("archived=%00", 200), ("after=2026-01-01T00:00:00%2B00:00%20x", 200)),
        *(("count=x", 400), ("count=1e9", 400), ("after=x", 400), ("after=2026-01-01%20x", 400)),
        *(("after=2026-01-01T00:00:00%2B00:00", 400), (f"after={'9' * 5000}", 400), ("after=%00%ff", 400)),
    ],
)
def test_rows_of_the_list_are_given_to_their_owner_alone_whatever_place_is_named(
    query: str, status: int, house: House
) -> None:
    answers = {page: page.client.get(f"/conversations?{query}") for page in (house.ada, house.bob)}
    assert {answer.status_code for answer in answers.values()} == {status}
    assert {answer.headers["cache-control"] for answer in answers.values()} == {"no-store"}
    assert ADAS_QUESTION not in answers[house.bob].text
    if query == "":
        assert ADAS_QUESTION in answers[house.ada].text
        assert BOBS_QUESTION in answers[house.bob].text


def test_address_of_somebody_elses_conversation_shows_nothing_of_it(house: House) -> None:
    join = {"data": [20], "fn_index": house.bob.events["open_from_address"]["id"], "session_hash": "forged"}
    joined = house.bob.client.post(f"/gradio_api/queue/join?c={house.adas}", json=join)
    assert joined.status_code == 200
    answer = house.bob.client.get("/gradio_api/queue/data?session_hash=forged").text
    assert "belongs to someone else" in answer
    assert ADAS_QUESTION not in answer


@pytest.mark.parametrize("part", ["question", "reply"])
def test_text_of_a_message_is_given_to_nobody_else(part: str, house: House) -> None:
    turn_id = next(turn_id for id_, _, _, _, turn_id, *_ in house.turns() if id_ == house.adas)
    address = f"/message?turn={turn_id}&part={part}"
    own = house.ada.client.get(address)
    assert (own.status_code, own.headers["cache-control"]) == (200, "no-store")
    assert own.json()["text"] == (ADAS_QUESTION if part == "question" else EIGHT_WORDS)
    assert house.bob.client.get(address).status_code == 404


@pytest.mark.parametrize("query", ["", "?turn=x&part=question", "?part=reply", "?turn=%00%ff&part=reply"])
def test_message_that_is_not_there_is_not_found(query: str, house: House) -> None:
    assert house.ada.client.get(f"/message{query}").status_code == 404


def test_direct_calls_around_the_queue_read_nothing_of_somebody_elses(house: House) -> None:
    before = house.turns()
    for name, event in house.bob.events.items():
        forged = {"conversation-id": house.adas, "message": "changed"}
        data = house.bob.inputs(
            name, {each: forged[each] for each in house.bob.input_names(name) if each in forged}
        )
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


BOB_IS_ANSWERED = "word8"


@pytest.fixture
def cleo(house: House) -> Iterator[HttpPage]:
    with HttpPage(house.app.url) as page:
        assert page.sign_in("cleo", PASSWORD) == 200
        yield page


def test_one_person_has_so_many_streams_at_once_and_others_go_on(house: House, cleo: HttpPage) -> None:
    with contextlib.ExitStack() as streams:
        statuses = []
        for number in range(FOR_A_PERSON.requests + 1):
            headers = [cookie_of(cleo)]
            stream = RawRequest(house.app.url, "GET", f"/gradio_api/heartbeat/page-{number}", headers)
            statuses.append(streams.enter_context(stream).status)
        assert Counter(statuses) == {200: FOR_A_PERSON.requests, 429: 1}
        assert house.ada.fire("estimate", {"message": "Hello", "model-chosen": "gpt-6-luna"}).success
    wait_for(lambda: cleo.client.get("/config").status_code == 200)


def test_one_person_s_events_do_not_fill_the_queue_for_others(house: House, cleo: HttpPage) -> None:
    wait_for(lambda: cleo.client.get("/config").status_code == 200)
    inputs = cleo.inputs("follow", {"conversation-id": cleo.begin("Count.", "endless-20ms")})

    def follow_on_all_pages() -> list[str]:
        pages: list[str] = []
        while len(pages) < FOR_A_PERSON.events:  # events of pages just left may still be on their way out
            if cleo.join("follow", inputs).status_code == 200:
                pages.append(cleo.session)
        return pages

    pages = follow_on_all_pages()
    refused = [cleo.join("follow", inputs) for _ in range(10)]
    assert {answer.status_code for answer in refused} == {429}
    assert refused[0].json() == {
        "detail": "You have sent too many requests at once. Wait a moment and try again."
    }
    assert BOB_IS_ANSWERED in house.bob.follow(house.bobs)
    assert house.bob.fire("estimate", {"message": "Hello", "model-chosen": "gpt-6-luna"}).success
    for page in pages:  # who listens and leaves gives it all back
        listen = f"/gradio_api/queue/data?session_hash={page}"
        with RawRequest(house.app.url, "GET", listen, [cookie_of(cleo)]) as stream:
            assert stream.status == 200
    assert follow_on_all_pages()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/gradio_api/queue/data?session_hash=adas-page", None),
        ("GET", "/gradio_api/heartbeat/adas-page", None),
        ("GET", "/gradio_api/deep_link?session_hash=adas-page", None),
        ("GET", "/gradio_api/stream/adas-page/run/1/playlist.m3u8", None),
        ("POST", "/gradio_api/queue/join", {"session_hash": "adas-page", "fn_index": 0, "data": []}),
        ("POST", "/gradio_api/cancel", {"session_hash": "adas-page", "fn_index": 0, "event_id": "x"}),
        ("POST", "/gradio_api/run/send", {"session_hash": "adas-page", "data": []}),
        ("POST", "/gradio_api/component_server", {"session_hash": "adas-page", "data": []}),
        ("GET", "/gradio_api/call/send/{event}", None),
        ("GET", "/gradio_api/call/v2/send/{event}", None),
        ("POST", "/gradio_api/stream/{event}", {"data": []}),
        ("POST", "/gradio_api/stream/{event}/close", None),
        ("POST", "/gradio_api/cancel", {"session_hash": "other", "fn_index": 0, "event_id": "{event}"}),
    ],
)
def test_page_and_event_of_one_person_are_of_no_use_to_another(
    method: str, path: str, body: dict[str, object] | None, house: House
) -> None:
    join = {"session_hash": "adas-page", "fn_index": 0, "data": []}
    house.ada.client.post("/gradio_api/queue/join", json=join)
    made = house.ada.client.post("/gradio_api/call/send", json={"data": []})
    assert made.status_code == 200, made.text
    event = made.json()["event_id"]
    content = json.dumps(body).replace("{event}", event) if body is not None else None
    answer = house.bob.client.request(method, path.replace("{event}", event), content=content)
    assert answer.status_code == 404


def test_page_is_of_use_to_its_own_person_in_each_of_their_sessions(house: House) -> None:
    join = {"session_hash": "bobs-page", "fn_index": house.bob.events["estimate"]["id"]}
    with HttpPage(house.app.url) as elsewhere:
        assert elsewhere.sign_in("bob", PASSWORD) == 200
        body = {**join, "data": house.bob.inputs("estimate", {})}
        assert house.bob.client.post("/gradio_api/queue/join", json=body).status_code == 200
        assert (
            "process_completed" in elsewhere.client.get("/gradio_api/queue/data?session_hash=bobs-page").text
        )


def test_everybody_s_reply_begins_while_those_of_44_others_run(
    app_process: StartApp, scripted: ScriptedServer
) -> None:
    app = app_process(variables=scripted.variables)
    with contextlib.ExitStack() as pages:
        for _ in range(45):
            page = pages.enter_context(HttpPage(app.url))
            inputs = page.inputs("send", {"message": "Count", "model-chosen": "endless-20ms"})
            assert page.join("send", inputs).status_code == 200
            stream = page.client.stream(
                "GET", "/gradio_api/queue/data", params={"session_hash": page.session}
            )
            lines = pages.enter_context(stream).iter_lines()
            assert any("word1" in line for line in lines)
        assert all(chat.disconnected_at is None for chat in scripted.chats)
        assert len(scripted.chats) == 45


def test_running_reply_of_somebody_else_still_runs_after_all_of_this(house: House) -> None:
    wait_for(lambda: any(chat.model == "endless-20ms" for chat in house.endpoint.chats))
    chat = next(chat for chat in house.endpoint.chats if chat.model == "endless-20ms")
    sent = chat.events_sent
    wait_for(lambda: chat.events_sent > sent)
    assert chat.disconnected_at is None
    house.ada.fire("stop", {"conversation-id": house.running})
    assert "You stopped this reply." in house.ada.follow(house.running)


def lists_asked(house: House) -> int:
    """Return how often the endpoint was asked for its models."""
    return sum(request.path == "/v1/models" for request in house.endpoint.requests)


def test_who_is_not_the_owner_adds_tests_and_removes_no_connection(house: House) -> None:
    mine = {"connection-name": "Mine", "connection-address": house.endpoint.url, "connection-key": OWN_KEY}
    file, before = house.app.data_dir / "connections.toml", lists_asked(house)
    refused = [house.bob.fire(event, mine) for event in ("save_connection", "test_connection")]
    refused.append(house.bob.fire("press_connection", event_data={"do": "remove", "name": "Hers"}))
    assert all("Only the owner of this app can change connections." in each.text for each in refused)
    assert (file.exists(), lists_asked(house)) == (False, before)

    hers = house.ada.fire("save_connection", {**mine, "connection-name": "Hers"})
    assert "Hers was saved. Connected: " in hers.text
    assert 'key_from = "memory"' in file.read_text()
    said = [hers.text, house.bob.fire("show_connections").text, house.ada.fire("show_connections").text]
    assert all("Hers" in each for each in said)
    texts = [*said, house.app.stderr, file.read_text()]
    assert [text for text in texts if OWN_KEY in text] == []
    assert not any(each in said[1] for each in ("Remove", "Edit", "preset"))
    house.ada.fire("press_connection", event_data={"do": "remove", "name": "Hers"})
    assert "Hers" not in file.read_text()


def test_who_is_not_the_owner_learns_nothing_of_an_account(house: House) -> None:
    hers = {
        "connection-name": "Hers",
        "connection-address": house.endpoint.url,
        "connection-prices": "openrouter",
        "connection-key": OWN_KEY,
    }
    house.ada.fire("save_connection", hers)
    bobs, asked = house.bob.fire("check_balances").text, credits_asked(house)
    assert "Only the owner of this app can do this." in bobs
    assert ("Hers" in bobs, "$" in bobs, asked) == (False, False, 0)
    assert "Hers: $12.66 left of $25.00" in house.ada.fire("check_balances").text
    assert credits_asked(house) == 1
    shown = [page.fire("_show_current").text for page in (house.ada, house.bob)]
    assert ["usage-accounts" in each for each in shown] == [True, False]
    house.ada.fire("press_connection", event_data={"do": "remove", "name": "Hers"})


def credits_asked(house: House) -> int:
    """Return how often the endpoint was asked about an account."""
    return sum(request.path == "/v1/credits" for request in house.endpoint.requests)


def test_settings_budgets_and_keys_are_nobody_elses_to_read_or_change(house: House) -> None:
    prompt, budget = "Answer in Latin.", {"my-daily-budget": "12.34"}
    house.ada.fire("save", {"System prompt": prompt})
    house.ada.fire("save_own_day_budget", budget)
    house.ada.fire("take_key", {"key": OWN_KEY})
    forged = {"System prompt": "", "Shown": '{"chat": "", "texts": {}, "user": "ada"}', "my-daily-budget": ""}
    for event in ("save", "reset", "save_own_day_budget", "remove_key"):
        values = forged | {"conversation-id": house.adas}
        names = house.bob.input_names(event)
        house.bob.fire(event, {name: value for name, value in values.items() if name in names})
    mine, theirs = (
        "".join(page.fire(event).text for event in ("open_page", "relist", "show_connections"))
        for page in (house.ada, house.bob)
    )
    for said in (prompt, "12.34", "A key is set.", "your own key"):
        assert (said in mine, said in theirs) == (True, False)
    house.ada.fire(
        "save", {"System prompt": "", "Shown": json.dumps({"chat": "", "texts": {"system_prompt": "x"}})}
    )
    house.ada.fire("save_own_day_budget", {"my-daily-budget": ""})
    house.ada.fire("remove_key")
