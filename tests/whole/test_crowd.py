"""Many people at once: every reply comes whole, every call has its row, and nobody hears of another's."""

import asyncio
import json
from collections import Counter
from pathlib import Path

from tests.helpers.data_files import ledger
from tests.servers.app_process import AppProcess
from tests.servers.crowd import CrowdPage, Reply, add_people, ask_all, signed_in
from tests.servers.scripted import ScriptedServer

PEOPLE = 25
CHUNKS = 60
MODEL = f"stream-{CHUNKS}x5ms"
WORDS = " ".join(f"word{number}" for number in range(1, CHUNKS + 1))
ROUNDS = 2


async def talk(pages: list[CrowdPage]) -> list[Reply]:
    """Have all open their pages and ask at the same time, then once more."""
    await asyncio.gather(*(page.open() for page in pages))
    return [reply for _ in range(ROUNDS) for reply in await ask_all(pages, MODEL, within_s=0)]


def test_a_crowd_gets_every_reply_whole_and_nobody_elses(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    names = add_people(data_dir, PEOPLE)
    with ScriptedServer() as endpoint:
        app = AppProcess(data_dir, tmp_path, endpoint.variables)
        pages = signed_in(app.url, names)
        replies = asyncio.run(talk(pages))
        assert app.stop() == 0
    assert len(replies) == len(endpoint.chats) == PEOPLE * ROUNDS
    for reply in replies:
        assert reply.question in reply.chat
        assert WORDS in reply.chat
    for page in pages:
        heard = json.dumps([line.decode() for _at, line in page.heard.lines])
        others = {f"The question of {name}." for name in names} - {f"The question of {page.name}."}
        assert not [question for question in others if question in heard]
    rows = ledger(data_dir)
    assert Counter(row["user"] for row in rows) == dict.fromkeys(names, ROUNDS)
    assert {(row["status"], row["output_tokens"]) for row in rows} == {("completed", str(CHUNKS))}
