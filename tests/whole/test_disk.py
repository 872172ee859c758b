"""A disk that fills up, a ledger edited by hand: nothing is sent unsaved, nothing is counted twice."""

import resource
from pathlib import Path

from tests.conftest import StartApp
from tests.servers.app_process import AppProcess, wait_for
from tests.servers.http_page import HttpPage
from tests.servers.scripted import ScriptedServer
from tests.whole.test_ending import ledger, stored

ENDLESS = "endless-20ms"
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def fill_disk(app: AppProcess) -> None:
    """Let no file of the app grow beyond one byte, as on a full disk."""
    resource.prlimit(app.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))


def make_room(app: AppProcess) -> None:
    """Let files grow again."""
    resource.prlimit(app.process.pid, resource.RLIMIT_FSIZE, UNLIMITED)


def variables(endpoint: ScriptedServer) -> dict[str, str]:
    """What connects the app with the endpoint."""
    return {"OPENAI_BASE_URL": endpoint.url, "OPENAI_API_KEY": "sk-test"}


def test_message_that_cannot_be_saved_is_not_sent(app_process: StartApp, scripted: ScriptedServer) -> None:
    app = app_process(variables=variables(scripted))
    message = {"message": "Hello", "model": "gpt-6-luna"}
    with HttpPage(app.url) as page:
        fill_disk(app)
        refused = page.fire("send", message)
        assert "The message was not sent." in refused.text
        assert "Nothing can be saved" in refused.text
        assert refused.outputs.get("Sent") is None  # so that the page leaves the message in its box
        assert scripted.chats == []
        make_room(app)
        page.follow(page.begin("Hello", "gpt-6-luna"))
    assert [status for status, _ in stored(app.data_dir)] == ["completed"]
    assert len(ledger(app.data_dir)) == 1


def test_reply_during_which_the_disk_fills_is_shown_and_accounted_for_once_there_is_room(
    app_process: StartApp, scripted: ScriptedServer
) -> None:
    app = app_process(variables=variables(scripted))
    with HttpPage(app.url) as page:
        conversation_id = page.begin("Count for me.", ENDLESS)
        wait_for(lambda: any("word5 " in reply for _, reply in stored(app.data_dir)))
        fill_disk(app)
        page.fire("stop", {"conversation-id": conversation_id})
        wait_for(lambda: scripted.chats[0].disconnected_at is not None)
        said = page.follow(conversation_id)
        assert "word5 " in said
        assert "What this reply cost could not be recorded." in said
        assert "This reply could not be saved." in said
    assert ledger(app.data_dir) == []
    make_room(app)
    assert app.stop() == 0
    again = app_process(variables=variables(scripted), data_dir=app.data_dir)
    wait_for(lambda: len(ledger(app.data_dir)) == 1)
    wait_for(lambda: stored(app.data_dir)[0][0] != "running")
    with HttpPage(again.url) as page:
        assert "word5 " in page.follow(conversation_id)
        page.follow(page.begin("Once more.", "gpt-6-luna"))
    rows = ledger(app.data_dir)
    assert [row["usage_source"] for row in rows] == ["estimated", "reported"]
    assert [row["cost_usd"] for row in rows] == ["0", "0"]


def test_ledger_edited_by_hand_is_read_by_its_header_and_goes_on(
    app_process: StartApp, scripted: ScriptedServer
) -> None:
    first = app_process(variables=variables(scripted))
    with HttpPage(first.url) as page:
        for question in ("One", "Two", "Three"):
            page.follow(page.begin(question, "gpt-6-luna"))
    first.stop()
    edited = _edited(first.data_dir / "usage.csv")
    second = app_process(variables=variables(scripted), data_dir=first.data_dir)
    with HttpPage(second.url) as page:
        page.follow(page.begin("Four", "gpt-6-luna"))
        tab = page.fire("show", {"usage-period": "all", "usage-by": "day"}).text
    assert "2 rows of usage.csv left out: line 3 " in tab
    assert "; line 5 " in tab
    assert '<th scope=\\"row\\">Total</th><td class=\\"figure\\" data-exact=\\"3\\">3</td>' in tab
    whole = (first.data_dir / "usage.csv").read_bytes()
    assert whole.startswith(edited + b"\n")
    row = ledger(first.data_dir)[-1]
    assert (row["note"], row["status"], row["input_tokens"], row["output_tokens"]) == (
        "",
        "completed",
        "1234",
        "8",
    )
    assert whole.count(b"\n") == 6


def _edited(path: Path) -> bytes:
    """Turn the columns round, add one, spoil the second row, and leave half a last line."""
    header, *rows = [line.split(",")[::-1] for line in path.read_text().splitlines()]
    lines = [["note", *header], *(["mine", *row] for row in rows)]
    lines[2][header.index("input_tokens") + 1] = "many"
    text = "\n".join(",".join(line) for line in lines) + "\nmine,12"
    path.write_text(text)
    return text.encode()
