"""Measures importing and exporting 5,000 conversations: time, and memory that must not grow."""

import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from bench.conversations import CHARACTERS, SENTENCE
from bench.figures import Figure, table
from chat.archive import Import, found_in, zip_of
from chat.store import ConversationStore, WholeConversations
from tests.helpers.foreign_exports import simple_chatgpt

FEW, MANY = 500, 5_000  # conversations
_TURNS = 10  # of each: 20 messages
_GOAL_S = 60.0
_GOAL_TIMES = 1.1  # the memory of many to that of few


class _Measured(NamedTuple):
    """Seconds, and megabytes at the peak of the process: after importing, and after exporting too."""

    in_s: float
    again_s: float
    out_s: float
    in_mb: float
    out_mb: float


def main() -> None:
    """Print the figures alone."""
    print(table(measure()))


def measure() -> list[Figure]:
    """Import and export few and many conversations, each in a process of its own."""
    few, many = _in_process(FEW), _in_process(MANY)
    kb = 1024 * (many.out_mb - few.out_mb) / (MANY - FEW)
    of = f"{MANY:,} chats of 20 messages, ChatGPT's format"
    return [
        Figure("importing them", many.in_s, "s", _GOAL_S, of),
        Figure("importing them again", many.again_s, "s", None, "nothing comes in twice"),
        Figure("everything as a zip", many.out_s, "s", None, of),
        _memory("memory of importing, to that for a tenth", many.in_mb, few.in_mb),
        Figure("memory that the zip adds", kb, "KB", None, "for each chat, in its list of files"),
    ]


def _memory(what: str, many_mb: float, few_mb: float) -> Figure:
    return Figure(what, many_mb / few_mb, "×", _GOAL_TIMES, f"{many_mb:.0f} MB of {few_mb:.0f} MB")


def _in_process(conversations: int) -> _Measured:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "conversations.json"
        with path.open("wb") as file:
            file.writelines(_export(conversations))
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("spawn").Process(target=_measure, args=(theirs, path))
        process.start()
        theirs.close()
        found: _Measured = ours.recv()
        process.join()
    return found


def _export(conversations: int) -> Iterator[bytes]:
    text = (SENTENCE * (CHARACTERS // len(SENTENCE) + 1))[:CHARACTERS]
    for number in range(conversations):
        yield b"," if number else b"["
        yield json.dumps(simple_chatgpt(f"chat-{number}", turns=_TURNS, text=text)).encode()
    yield b"]"


def _measure(answer: Connection, path: Path) -> None:
    store = ConversationStore(f"sqlite:///{path.parent / 'tally.db'}")
    wholes = WholeConversations(store.database)
    seconds: list[float] = []
    for _time in range(2):
        importing = Import(wholes, "local", datetime.now(UTC))
        began = time.perf_counter()
        with path.open("rb") as file:
            for _progress in importing.run(found_in(file, path.name)):
                pass
        seconds.append(time.perf_counter() - began)
        assert importing.result.is_whole
    in_mb = _peak_mb()
    began = time.perf_counter()
    for _piece in zip_of(wholes.all("local"), UTC):
        pass
    out_s = time.perf_counter() - began
    store.close()
    in_s, again_s = seconds
    answer.send(_Measured(in_s, again_s, out_s, in_mb, _peak_mb()))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
