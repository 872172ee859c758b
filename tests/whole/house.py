"""A running app with two people who have chatted: what one can reach of the other's is for tests to try.

A third, Cleo, is known to it too: a test that uses up what one person may have does so as her.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from access import Users
from tests.servers.app_process import AppProcess
from tests.servers.http_page import HttpPage
from tests.servers.scripted import ScriptedServer

APP_KEY = "sk-of-the-app-9f3b1c"
OWN_KEY = "sk-own-of-bob-77aa21"
PASSWORD = "correct horse battery"
ADAS_QUESTION = "Is Adelaide planning a surprise?"
BOBS_QUESTION = "What rhymes with orange marmalade?"
RUNNING_QUESTION = "Count quietly for Ada."


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
        """Return everything that is stored, but for how far the running reply is."""
        with closing(sqlite3.connect(f"file:{self.app.data_dir / 'tally.db'}?mode=ro", uri=True)) as database:
            return database.execute(
                "SELECT c.id, c.username, c.title, c.current_turn_id, t.id, t.question, t.status, "
                "CASE t.status WHEN 'running' THEN '' ELSE t.reply END "
                "FROM conversations c JOIN turns t ON t.conversation_id = c.id ORDER BY t.id"
            ).fetchall()


@contextmanager
def opened_house(home: Path) -> Iterator[House]:
    """Start the app in this folder, and end it after use."""
    (home / "temp").mkdir()
    users = Users(home / "data" / "users.json")
    for name in ("ada", "bob", "cleo"):
        users.add(name, PASSWORD)
    with ScriptedServer() as endpoint:
        (home / ".env").write_text(f"OPENAI_API_KEY={APP_KEY}\nOPENAI_BASE_URL={endpoint.url}\n")
        variables = {"TALLY_LOG_LEVEL": "DEBUG", "TMPDIR": str(home / "temp")}
        app = AppProcess(home / "data", home, variables)
        with HttpPage(app.url) as ada, HttpPage(app.url) as bob:
            assert [page.sign_in(name, PASSWORD) for page, name in ((ada, "ada"), (bob, "bob"))] == [200, 200]
            adas = ada.begin(ADAS_QUESTION, "gpt-6-luna")
            ada.follow(adas)
            bob.fire("take_key", {"key": OWN_KEY})
            bobs = bob.begin(BOBS_QUESTION, "gpt-6-luna")
            bob.follow(bobs)
            bob.fire("remove_key")
            running = ada.begin(RUNNING_QUESTION, "endless-20ms")
            yield House(app, endpoint, ada, bob, adas, bobs, running)
        assert app.stop() == 0
        assert app.blocked == []
