"""Uses Tally for as long as one likes, and says whether anything grew or was lost: `python -m bench.soak 60`.

Ten people chat, stop, open their chats again, compare, search, look at their usage and import, and the
endpoint fails them now and then. A line comes each minute: replies, memory, threads and open files. At the
end the ledger is held against what the endpoint delivered, call by call.
"""

import asyncio
import json
import random
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.servers import chats_at, endpoint, tally
from bench.startup import memory_mb
from tests.helpers.data_files import ledger
from tests.helpers.foreign_exports import simple_chatgpt
from tests.servers.crowd import CrowdPage, Reply, add_people, signed_in

PEOPLE = 10
MINUTES = 60
WHOLE = ("stream-40x5ms", "stream-200x10ms", "slow-first-300ms")
FAILING = ("cut-close", "error-event", "broken-json", "status-500", "rate-limit", "no-model")
ENDLESS = "endless-20ms"
MINUTE_S = 60.0
GIVEN_S = 0.5  # to an endless reply before it is stopped
REST_S = 0.2


@dataclass
class Person:
    """Somebody who does one thing after another, in chats of their own."""

    page: CrowdPage
    chance: random.Random
    chats: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    async def live_until(self, end: float) -> None:
        """Go on until then, by `time.monotonic`."""
        ways: Sequence[Callable[[], Awaitable[None]]] = (
            *(self.chat, self.chat, self.chat, self.fail, self.stop, self.compare),
            *(self.open_again, self.search, self.look_at_usage, self.bring_in),
        )
        await self.page.open()
        while time.monotonic() < end:
            way = self.chance.choice(ways)
            await way()
            self.done[way.__name__] += 1
            self.page.heard.lines.clear()
            await asyncio.sleep(self.chance.random() * REST_S)

    async def chat(self) -> None:
        """Ask something, in a new chat or an old one."""
        self._note(await self._ask(self.chance.choice(WHOLE), self._some_chat()))

    async def fail(self) -> None:
        """Ask a model that fails."""
        self._note(await self._ask(self.chance.choice(FAILING), ""))

    async def compare(self) -> None:
        """Ask two models at once."""
        self._note(await self._ask(WHOLE[0], "", **{"compare-with": WHOLE[1]}))

    async def stop(self) -> None:
        """Stop a reply that would never end."""
        asking = asyncio.create_task(self._ask(ENDLESS, self._some_chat()))
        chat = ""
        while not chat and not asking.done():
            await asyncio.sleep(GIVEN_S)
            chat = self.page.heard.told_of() or ""
        if chat:
            await self.page.fire("stop", {"conversation-id": chat})
        self._note(await asking)

    async def open_again(self) -> None:
        """Open a chat, as after a reload."""
        await self.page.fire("follow", {"conversation-id": self._some_chat()})
        await self.page.listened()

    async def search(self) -> None:
        """Search for a word that is in every reply."""
        await self.page.fire("search", event_data={"text": "word7", "number": "1"})
        await self.page.listened()

    async def look_at_usage(self) -> None:
        """Download the table of the Usage tab."""
        await self.page.request("GET", "/download/table.csv?by=day")

    async def bring_in(self) -> None:
        """Import a small export."""
        export = [simple_chatgpt(uuid.uuid4().hex)]
        await self.page.request("POST", "/import?name=small.json", json.dumps(export).encode())

    async def _ask(self, model: str, chat: str, **values: Any) -> Reply:
        question = f"{self.page.name} asks {uuid.uuid4().hex}"
        return await self.page.ask(question, model, **{"conversation-id": chat, **values})

    def _note(self, reply: Reply) -> None:
        if chat := reply.shown.get("conversation-id"):
            self.chats = [*self.chats, chat][-20:]

    def _some_chat(self) -> str:
        return self.chance.choice(["", *self.chats])


async def watch(people: Sequence[Person], minutes: float, pid: int) -> None:
    """Have them live for so long, and print a line each minute."""
    began = time.monotonic()
    living = [asyncio.create_task(each.live_until(began + minutes * MINUTE_S)) for each in people]
    while not all(each.done() for each in living):
        await asyncio.wait(living, timeout=MINUTE_S)
        done = sum((each.done for each in people), Counter[str]())
        print(
            f"{(time.monotonic() - began) / MINUTE_S:.0f} min: {sum(done.values())} things done, "
            f"{memory_mb(pid):.0f} MB, {_count(pid, 'task')} threads, {_count(pid, 'fd')} open files",
            flush=True,
        )
    for each in living:
        each.result()


def _count(pid: int, what: str) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/{what}").iterdir())


def differences(rows: Sequence[dict[str, str]], chats: Sequence[dict[str, Any]]) -> list[str]:
    """Return where the ledger and what the endpoint delivered do not agree."""
    found = [
        f"call {call} has {number} rows"
        for call, number in Counter(row["call_id"] for row in rows).items()
        if number > 1
    ]
    # A reply may be stopped before its first word, and have been billed.
    delivered = Counter(
        chat["body"]["model"] for chat in chats if chat["first_event_at"] or chat["body"]["model"] == ENDLESS
    )
    noted = Counter(row["model"] for row in rows if row["usage_source"] != "none")
    found += [
        f"{model}: {delivered[model]} delivered, {noted[model]} in the ledger"
        for model in sorted({*delivered, *noted})
        if delivered[model] != noted[model]
    ]
    return found + [
        f"{row['model']} should be whole: {row}"
        for row in rows
        if row["model"] in WHOLE and row["status"] != "completed"
    ]


def main(minutes: float) -> int:
    """Print what came of it; 1 where anything was lost."""
    with tempfile.TemporaryDirectory() as folder, endpoint() as address:
        data_dir = Path(folder) / "data"
        names = add_people(data_dir, PEOPLE)
        variables = {"OPENAI_BASE_URL": address, "OPENAI_API_KEY": "any", "TALLY_MODEL": WHOLE[0]}
        with tally(data_dir, variables) as running:
            pages = signed_in(running.url, names)
            people = [Person(page, random.Random(page.name)) for page in pages]  # noqa: S311 - no secrets
            asyncio.run(watch(people, minutes, running.pid))
        chats, rows = chats_at(address), ledger(data_dir)
    print(dict(sum((each.done for each in people), Counter[str]())))
    lost = differences(rows, chats)
    print("\n".join(lost or [f"{len(rows)} rows for {len(chats)} requests: nothing lost, nothing twice."]))
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES))
