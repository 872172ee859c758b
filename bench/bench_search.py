"""Measures search in 100,000 messages: how long the server takes for each query, and for the index."""

import random
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.figures import Figure, table
from chat.conversation import Turn
from chat.providers import Parameters
from chat.store import ConversationStore, read_query
from chat.store.schema import row_of

MESSAGES = 100_000
GOAL_MS = 50
ROUNDS = 15
ZONE = ZoneInfo("Europe/Berlin")
_BEGAN = datetime(2024, 11, 1, tzinfo=UTC)
_BETWEEN = timedelta(days=730) / (MESSAGES // 2)
_TURNS_A_CHAT = 12
_QUESTION, _REPLY = 400, 2800  # characters on average: 1,600 a message
_MODELS = ("gpt-6-luna", "gpt-6.1-terra", "gpt-6.1-sol", "llama-3.3-70b-versatile", "gpt-6-astra")
_MODEL_WEIGHTS = (60, 25, 10, 4, 1)
RARE = "quetzalcoatlus"


@dataclass(frozen=True)
class Language:
    """Words by how often they are used: the second half as often as the first, the third a third of it."""

    words: list[str]
    between: str
    characters: float  # of a word and what follows it

    def text(self, chance: random.Random, length: float) -> str:
        """Return a text of about this many characters, with a line's end now and then."""
        words = chance.choices(self.words, cum_weights=self._weights, k=max(3, int(length / self.characters)))
        lines = [self.between.join(words[at : at + 60]) for at in range(0, len(words), 60)]
        return "\n\n".join(lines)

    @property
    def _weights(self) -> list[float]:
        return _zipf(len(self.words))


_made: dict[int, list[float]] = {}


def _zipf(count: int) -> list[float]:
    if count not in _made:
        _made[count] = list(accumulate(1 / rank for rank in range(1, count + 1)))
    return _made[count]


def main() -> None:
    """Print the figures alone."""
    print(table(measure()))


def measure() -> list[Figure]:
    """Fill a database, index it and search it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tally.db"
        ConversationStore(f"sqlite:///{path}").close()
        languages = _languages()
        characters = _fill(path, languages)
        text_mb = path.stat().st_size / 1e6
        store = ConversationStore(f"sqlite:///{path}")
        indexing_s = _timed(store.search_upkeep.catch_up)
        detail = f"{characters / MESSAGES:.0f} characters on average; {text_mb:.0f} MB of messages"
        figures = [
            Figure(f"index of {MESSAGES:,} messages, in the background", indexing_s, "s", None, detail),
            Figure("size of the index", path.stat().st_size / 1e6 - text_mb, "MB", None, detail),
            *_searched(store, languages),
            *_forgotten(store),
        ]
        store.close()
    return figures


def _languages() -> list[Language]:
    chance = random.Random(2)  # noqa: S311
    latin = _invented(chance, "bcdfghklmnprstvw", "aeiou", 30_000)
    german = _invented(chance, "bdfghklmnrstwz", "aeiouäöü", 30_000)
    russian = _invented(chance, "бвгдзклмнпрст", "аеиоуыя", 30_000)
    han = [chr(0x4E00 + at) for at in range(3500)]
    kana = [chr(0x3041 + at) for at in range(80)] + han[:1500]
    return [
        Language(latin, " ", 6.0),
        Language(german, " ", 6.0),
        Language(russian, " ", 6.0),
        Language(han, "", 1.0),
        Language(kana, "", 1.0),
    ]


def _invented(chance: random.Random, consonants: str, vowels: str, count: int) -> list[str]:
    """Return words, the commonest first; they are the shortest as well."""
    words: dict[str, None] = {}
    while len(words) < count:
        syllables = 1 + min(4, int(len(words) ** 0.25 / 3.5) + chance.randrange(2))
        letters = (chance.choice(consonants) + chance.choice(vowels) for _ in range(syllables))
        words["".join(letters) + chance.choice(["", "", chance.choice(consonants)])] = None
    return list(words)


def _fill(path: Path, languages: list[Language]) -> int:
    """Write the messages as a Tally without search would have; return how many characters they have."""
    chance = random.Random(1)  # noqa: S311
    characters = 0
    with closing(sqlite3.connect(path)) as connection, connection:
        for number, turn in enumerate(_turns(chance, languages)):
            if number % _TURNS_A_CHAT == 0:
                chat = (turn.conversation_id, "bob" if number % 10 == 0 else "ada", turn.question[:60])
                connection.execute(
                    "INSERT INTO conversations (id, username, title, updated_at) VALUES (?, ?, ?, ?)",
                    (*chat, turn.created_at.isoformat()),
                )
            row = row_of(turn) | {"instance": "", "is_out": 0}
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            connection.execute(f"INSERT INTO turns ({names}) VALUES ({values})", row)  # noqa: S608
            characters += len(turn.question) + len(turn.reply)
    return characters


def _turns(chance: random.Random, languages: list[Language]) -> Iterator[Turn]:
    plain = Turn(
        id="",
        conversation_id="",
        parent_id=None,
        question="",
        model="",
        parameters=Parameters(),
        created_at=_BEGAN,
        status="completed",
    )
    language = languages[0]
    for number in range(MESSAGES // 2):
        if number % _TURNS_A_CHAT == 0:
            [language] = chance.choices(languages, [50, 15, 10, 15, 10])
        rare = f" {RARE}" if number % 9973 == 5 else ""
        yield replace(
            plain,
            id=f"{number:032x}",
            conversation_id=f"{number // _TURNS_A_CHAT:032x}",
            question=language.text(chance, chance.expovariate(1 / _QUESTION)),
            reply=language.text(chance, chance.expovariate(1 / _REPLY)) + rare,
            model=chance.choices(_MODELS, _MODEL_WEIGHTS)[0],
            created_at=_BEGAN + number * _BETWEEN,
        )


def _searched(store: ConversationStore, languages: list[Language]) -> Iterator[Figure]:
    first, second, third = languages[0].words[:3]
    han = languages[3].words
    for what, typed in (
        ("a rare word", f"{RARE} "),
        ("a common word", f'"{first}"'),
        ("two common words", f'{second} "{third}"'),
        ("two common words that are never together", f'{han[0]} "{first}"'),
        ("a phrase", f'"{first} {second}"'),
        ("two Chinese characters", f"{han[2]}{han[9]}"),
        ("a prefix of two letters", "ba"),
        ("a prefix of three letters", "bab"),
        ("a prefix of four letters", "baba"),
        ("a common word, a model, dates", f'"{first}" model:gpt-6 after:2025-03 before:2025-06'),
        ("a common word of a rare model", f'"{first}" model:gpt-6-astra'),
        ("a rare model alone", "model:gpt-6-astra"),
        ("a month alone", "after:2025-03 before:2025-04"),
        ("nothing found", '"zzz"'),
    ):
        found = 0
        times = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            found = len(store.search("ada", read_query(typed, ZONE)))
            times.append((time.perf_counter() - began) * 1000)
        detail = f"median; the longest took {max(times):.0f} ms; {found} found"
        yield Figure(f"search for {what}", statistics.median(times), "ms", GOAL_MS, detail)


def _forgotten(store: ConversationStore) -> Iterator[Figure]:
    """Delete a conversation for good while somebody else writes."""
    conversation_id = f"{7:032x}"
    [*owners] = [user for user in ("ada", "bob") if store.conversation(user, conversation_id)]
    now = datetime.now(UTC)
    store.delete(owners[0], conversation_id, now)
    deleting_s = _timed(lambda: store.purge_deleted(now + timedelta(seconds=1)))
    longest, is_over = [0.0], threading.Event()

    def write() -> None:
        while not is_over.wait(0.05):
            longest.append(_timed(lambda: store.calls_without_turn.forget()))

    writer = threading.Thread(target=write)
    writer.start()
    forgetting_s = _timed(store.search_upkeep.catch_up)
    is_over.set()
    writer.join()
    yield Figure("a chat deleted", deleting_s * 1000, "ms", None, f"{2 * _TURNS_A_CHAT} messages")
    detail = f"in the background; another who writes meanwhile waits {max(longest) * 1000:.0f} ms at most"
    yield Figure("its words gone from the index", forgetting_s, "s", None, detail)


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
