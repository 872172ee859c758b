"""A public link without a network: the app says so and runs here, with sign-in and a limit."""

import re
from pathlib import Path

import httpx2

from access import Users
from tests.conftest import StartApp
from tests.servers.app_process import AppProcess, wait_for
from tests.servers.http_page import HttpPage
from tests.servers.scripted import ScriptedServer

ONE_PAGES, ONE_PERSONS = "Kept for this page only", "for you alone, until Tally stops"


def said_of_a_key(page: HttpPage) -> list[str]:
    """Return what is said of a key that is pasted, for whom it is kept."""
    text = page.fire("take_key", {"key": "sk-own-1234567890"}).text
    return [said for said in (ONE_PAGES, ONE_PERSONS) if said in text]


def test_share_without_a_network_runs_locally_with_a_guest_and_a_limit(
    app_process: StartApp, scripted: ScriptedServer
) -> None:
    variables = scripted.variables | {"TALLY_PROVIDER": "openai"}
    app = app_process("--share", variables=variables, offline=True)
    wait_for(lambda: app.stdout.endswith("(shown only once)\n"))
    *_, address, no_link, guest = app.stdout.splitlines()  # Gradio says first what it could not download
    assert address == f"Tally runs at {app.url}"
    assert (
        no_link == "No public link could be made: is there a connection to the internet? Tally runs locally."
    )
    told = re.fullmatch(r"Sign in as guest with the password (\S{16,}) \(shown only once\)", guest)
    assert told is not None
    assert app.stderr.count(told[1]) == 0
    with HttpPage(app.url) as page:
        assert page.client.get("/config").status_code == 401
        assert page.sign_in("guest", "guess") == 400
        assert page.sign_in("guest", told[1]) == 200
        assert said_of_a_key(page) == [ONE_PAGES]
        page.follow(page.begin("Hello", "gpt-6-astra"))
        assert 9_500 < scripted.chats[-1].body["max_completion_tokens"] <= 10_000  # 100 USD per million
        refused = page.fire(
            "send",
            {"message": "word " * 12_000, "model-chosen": "gpt-6-astra", "System prompt": "x " * 99_000},
        )
    assert "daily budget of $1.00" in refused.text
    assert len(scripted.chats) == 1


def test_share_with_people_makes_no_guest(app_process: StartApp, tmp_path: Path) -> None:
    Users(tmp_path / "users.json").add("ada", "correct horse battery")
    app = app_process("--share", data_dir=tmp_path, offline=True)
    assert "guest" not in app.stdout
    with HttpPage(app.url) as page:
        assert page.client.get("/config").status_code == 401
        assert page.sign_in("ada", "correct horse battery") == 200
        assert said_of_a_key(page) == [ONE_PERSONS]


def test_a_key_is_one_pages_where_anybody_may_come_and_else_one_persons(
    open_app: AppProcess, app_process: StartApp
) -> None:
    with HttpPage(open_app.url) as anybodys, HttpPage(app_process().url) as own:
        assert (said_of_a_key(anybodys), said_of_a_key(own)) == ([ONE_PAGES], [ONE_PERSONS])


def test_space_without_storage_says_that_a_restart_forgets(app_process: StartApp) -> None:
    variables = {"GRADIO_SERVER_NAME": "127.0.0.1"}
    space = app_process(variables={**variables, "SPACE_ID": "ada/tally"})
    elsewhere = app_process(variables=variables)
    pages = [httpx2.get(f"{app.url}/config").text for app in (space, elsewhere)]
    assert ["This Space has no persistent storage" in page for page in pages] == [True, False]
