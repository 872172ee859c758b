"""Finds the messages and titles that a query asks for: in the index, or else in the texts themselves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select, text

from chat.providers import choice_of
from chat.store.schema import CONVERSATIONS, TURNS, owned_by
from chat.store.search.search_index import first_number, has_index, owner_word
from chat.store.search.search_query import SearchQuery
from chat.store.search.words import Phrase, row_of_words, words_of

MOST_FOUND = 50
MOST_TITLES = 10
LINE_LENGTH = 160
BEFORE_MATCH = 50  # characters of the line, at most, where it has to be cut

# The full-text table is walked from the newest message to the oldest, and left as soon as there are enough.
IN_INDEX = """
SELECT turns.id, turns.conversation_id, turns.model, turns.connection, turns.created_at, conversations.title,
    CASE search_words.rowid % 2 WHEN 0 THEN 'question' ELSE 'reply' END AS part,
    CASE search_words.rowid % 2 WHEN 0 THEN turns.question ELSE turns.reply END AS message
FROM search_words
CROSS JOIN turns ON turns.search_number = search_words.rowid / 2
CROSS JOIN conversations ON conversations.id = turns.conversation_id
WHERE search_words MATCH :wanted
    AND search_words.rowid >= :first AND search_words.rowid < :end
    AND conversations.username = :user AND conversations.deleted_at IS NULL
ORDER BY search_words.rowid DESC
"""
FIRST, END = 0, 2**62
A_FEW = 100  # rows at a time, where the texts are read
_SHOWN = (
    *(TURNS.c.id, TURNS.c.conversation_id, TURNS.c.model, TURNS.c.connection, TURNS.c.created_at),
    CONVERSATIONS.c.title,
)

LINE_ENDS = "\n\r\t\v\f\x1c\x1d\x1e\x85\u2028\u2029"

Spans = list[tuple[int, int]]
Part = Literal["title", "question", "reply"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A message, or a conversation's title, that was searched for.

    `line` is the line of it that matches best, cut to some 160 characters; `marks` say where in it the
    matches begin and end. `turn_id` is None for a title. `model` was asked, with its connection; `at` is UTC.
    """

    conversation_id: str
    turn_id: str | None
    title: str
    at: datetime
    part: Part
    model: str
    line: str
    marks: tuple[tuple[int, int], ...]


def find(connection: Connection, user: str, query: SearchQuery, most: int = MOST_FOUND) -> tuple[Found, ...]:
    """Return what of a person's conversations the query asks for: titles, then messages, the latest first.

    All phrases stand in one message, or in one title. A turn is found once.
    """
    found = list(_titles(connection, user, query))
    turns = set()
    for message in _messages(connection, user, query):
        if len(found) >= most:
            break
        if message.turn_id not in turns:
            found.append(message)
        turns.add(message.turn_id)
    return tuple(found)


def cut(message: str, phrases: Sequence[Phrase]) -> tuple[str, Spans] | None:
    """Return the line of a message that holds most of these phrases, and where; None if one is nowhere.

    With no phrases it is the first line with anything on it. It is cut to some 160 characters.
    """
    if not phrases:
        return _shortened(next((line for line in message.splitlines() if line.strip()), ""), [])
    best, missing, most = "", {*phrases}, 0
    for line in message.splitlines():
        words = row_of_words(line)
        there = {phrase for phrase in phrases if phrase.in_a_row in words}
        missing -= there
        if len(there) > most:
            best, most = line, len(there)
        if most == len(phrases):
            break
    if missing:  # they may go on over the end of a line
        words = row_of_words(message)
        if any(phrase.in_a_row not in words for phrase in missing):
            return None
        best = "".join(" " if character in LINE_ENDS else character for character in message)
    return _shortened(best, _spans(best, phrases))


def _spans(line: str, phrases: Sequence[Phrase]) -> Spans:
    """Return where any of the phrases stand, from left to right."""
    words = words_of(line)
    return sorted(span for phrase in phrases for span in phrase.spans_in(words))


def _shortened(line: str, spans: Spans) -> tuple[str, Spans]:
    """Return a line with its first match in view."""
    start = 0
    if len(line) > LINE_LENGTH and spans and spans[0][0] > BEFORE_MATCH:
        start = spans[0][0] - BEFORE_MATCH
        blank = line.find(" ", start, spans[0][0])
        start = blank + 1 if blank >= 0 else start
    end = min(len(line), start + LINE_LENGTH)
    before, after = "…" if start else "", "…" if end < len(line) else ""
    marks = [
        (max(begin, start) - start + len(before), min(stop, end) - start + len(before))
        for begin, stop in _joined(spans)
        if begin < end
    ]
    return before + line[start:end] + after, marks


def _joined(spans: Spans) -> Spans:
    """Return spans, sorted by their beginnings, without what lies in another one."""
    joined: Spans = []
    for begin, stop in spans:
        if joined and begin < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((begin, stop))
    return joined


def _titles(connection: Connection, user: str, query: SearchQuery) -> Iterator[Found]:
    if not query.phrases or query.models:
        return
    found = (
        select(CONVERSATIONS.c.id, CONVERSATIONS.c.title, CONVERSATIONS.c.updated_at)
        .where(owned_by(user), *_between(CONVERSATIONS.c.updated_at, query))
        .where(*(CONVERSATIONS.c.search_title.contains(phrase.in_a_row) for phrase in query.phrases))
        .order_by(CONVERSATIONS.c.updated_at.desc())
        .limit(MOST_TITLES)
    )
    for row in connection.execute(found):
        if (shown := cut(row.title, query.phrases)) is not None:
            yield Found(
                conversation_id=row.id,
                turn_id=None,
                title=row.title,
                at=datetime.fromisoformat(row.updated_at),
                part="title",
                model="",
                line=shown[0],
                marks=tuple(shown[1]),
            )


def _messages(connection: Connection, user: str, query: SearchQuery) -> Iterator[Found]:
    """Yield the messages that the query asks for, the newest first."""
    rows = _in_index if has_index(connection) else _in_texts
    for row, part, message in rows(connection, user, query):
        if (shown := cut(message, query.phrases)) is not None:
            yield Found(
                conversation_id=row.conversation_id,
                turn_id=row.id,
                title=row.title,
                at=datetime.fromisoformat(row.created_at),
                part=part,
                model=choice_of(row.connection, row.model),
                line=shown[0],
                marks=tuple(shown[1]),
            )


def _in_index(connection: Connection, user: str, query: SearchQuery) -> Iterator[tuple[Any, Part, str]]:
    asked = {
        "wanted": wanted(user, query),
        "first": FIRST if query.after is None else first_number(query.after),
        "end": END if query.before is None else first_number(query.before),
        "user": user,
    }
    for row in connection.execute(text(IN_INDEX), asked):
        if query.phrases or row.part == "question":
            yield row, row.part, row.message


def wanted(user: str, query: SearchQuery) -> str:
    """Return a query as the full-text table takes it. Words have none of its syntax: no signs of ASCII."""
    parts = [f'owner : "{owner_word(user)}"']
    if query.models:
        parts.append(f"model : ({' OR '.join(map(_matched, query.models))})")
    if query.phrases:
        parts.append(f"words : ({' AND '.join(map(_matched, query.phrases))})")
    return " AND ".join(parts)


def _matched(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.words)}"{" *" if phrase.is_prefix else ""}'


def _in_texts(connection: Connection, user: str, query: SearchQuery) -> Iterator[tuple[Any, Part, str]]:
    for row in connection.execute(in_texts(user, query), execution_options={"yield_per": A_FEW}):
        model = words_of(choice_of(row.connection, row.model))
        if query.models and not any(phrase.spans_in(model) for phrase in query.models):
            continue
        if query.phrases and row.status != "running":
            yield row, "reply", row.reply
        yield row, "question", row.question


def in_texts(user: str, query: SearchQuery) -> Select[Any]:
    """Return the query for the turns, the newest first, whose texts have all that is looked for somewhere."""
    columns = (TURNS.c.question, TURNS.c.reply)
    phrases = [and_(*(_has(column, phrase) for phrase in query.phrases)) for column in columns]
    models = [or_(_has(TURNS.c.model, phrase), _has(TURNS.c.connection, phrase)) for phrase in query.models]
    found = (
        select(*_SHOWN, TURNS.c.status, *columns)
        .join(CONVERSATIONS, CONVERSATIONS.c.id == TURNS.c.conversation_id)
        .where(owned_by(user), *_between(TURNS.c.created_at, query))
        .order_by(TURNS.c.created_at.desc())
    )
    for any_of in (phrases if query.phrases else [], models):
        if any_of:
            found = found.where(or_(*any_of))
    return found


def _has(column: ColumnElement[Any], phrase: Phrase) -> ColumnElement[bool]:
    """Return whether a text has the words of a phrase anywhere, as typed or without their accents."""
    pairs = zip(phrase.words, phrase.typed or phrase.words, strict=True)
    return and_(*(or_(*(column.ilike(f"%{word}%") for word in {*pair})) for pair in pairs))


def _between(moment: ColumnElement[Any], query: SearchQuery) -> list[ColumnElement[bool]]:
    """Return whether a moment, written as UTC in ISO 8601, is one that the query asks for."""
    # Without a zone, so that it sorts before every way to write this second and its parts.
    texts = [None if each is None else f"{each:%Y-%m-%dT%H:%M:%S}" for each in (query.after, query.before)]
    return [
        *([moment >= texts[0]] if texts[0] else []),
        *([moment < texts[1]] if texts[1] else []),
    ]
