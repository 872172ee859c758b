"""The index of all messages' words in SQLite: kept up with what is written, and brought up to date later.

A message is a row of a full-text table whose number is in the order of time, so that the newest of many come
first without sorting, and a span of time is a span of numbers. It keeps words only, never a text. Where there
is no full-text table, as with PostgreSQL, nothing of this is done: search reads the texts themselves.
"""

import hashlib
import logging
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.exc import DatabaseError

from chat.conversation import Turn
from chat.providers import choice_of
from chat.store.schema import CONVERSATIONS, SEARCH_CHORES, TURNS
from chat.store.search.words import row_of_words

# The words come taken apart already; `ascii` leaves other letters as they are, on every version of SQLite.
MAKE = """
CREATE VIRTUAL TABLE search_words USING fts5(
    owner, model, words, content='', columnsize=0, prefix='2 3', tokenize='ascii'
)
"""
INSERT = "INSERT INTO search_words(rowid, owner, model, words) VALUES (:number, :owner, :model, :words)"
DELETE = """
INSERT INTO search_words(search_words, rowid, owner, model, words)
VALUES ('delete', :number, :owner, :model, :words)
"""
FORGETTING = "INSERT INTO search_words(search_words, rank) VALUES ('secure-delete', 1)"
MERGE = "INSERT INTO search_words(search_words, rank) VALUES ('merge', :pages)"
CONFIGURED = "SELECT v FROM search_words_config WHERE k = :name"
IS_THERE = "SELECT 1 FROM sqlite_master WHERE name = 'search_words'"
HAS_MODULE = "SELECT 1 FROM pragma_module_list WHERE name = 'fts5'"

CAN_FORGET = (3, 42)  # SQLite from here on takes deleted words out of the index at once
OLD_FORMAT = 4  # of the index, before that
A_SECOND = 16  # numbers; turns of one second that are more take those of the next
FORGET = "forget"
MOST_CHARACTERS_AT_ONCE = 200_000  # about a tenth of a second
_ENDED = TURNS.c.status != "running"


logger = logging.getLogger(__name__)


class _Indexed(NamedTuple):
    """A turn as the index needs it. `reply` is None while it is being written."""

    id: str
    owner: str
    model: str
    created_at: datetime
    question: str
    reply: str | None


def make_index(connection: Connection) -> None:
    """Make the full-text table where it is missing and SQLite can have one."""
    if connection.dialect.name != "sqlite" or connection.execute(text(HAS_MODULE)).first() is None:
        return
    can_forget = (connection.dialect.server_version_info or ()) >= CAN_FORGET
    if has_index(connection) and not can_forget and _configured(connection, "version") > OLD_FORMAT:
        _rebuild(connection)
    elif not has_index(connection):
        connection.execute(text(MAKE))
    if can_forget and not _configured(connection, "secure-delete"):
        connection.execute(text(FORGETTING))


def has_index(connection: Connection) -> bool:
    """Return whether the messages of this database are indexed."""
    return connection.dialect.name == "sqlite" and connection.execute(text(IS_THERE)).first() is not None


def index_title(connection: Connection, conversation_id: str, title: str) -> None:
    """Let a conversation be found by this title, and by no other."""
    here = CONVERSATIONS.c.id == conversation_id
    connection.execute(update(CONVERSATIONS).where(here).values(search_title=row_of_words(title)))


def index_turns(connection: Connection, user: str, turns: Iterable[Turn]) -> None:
    """Let turns that have just been written be found: their questions, and replies that have ended."""
    if has_index(connection):
        _insert(
            connection,
            [
                _Indexed(
                    turn.id,
                    user,
                    turn.choice,
                    turn.created_at,
                    turn.question,
                    None if turn.status == "running" else turn.reply,
                )
                for turn in turns
            ],
        )


def index_reply(connection: Connection, turn: Turn) -> None:
    """Let the reply of a turn be found that has ended; call it before that is written.

    A turn may end more than once: then the later reply takes the place of the earlier one.
    """
    if not has_index(connection):
        return
    row = connection.execute(_turns().where(TURNS.c.id == turn.id)).first()
    if row is None:
        return
    before = _indexed(row)
    if row.search_number is None:
        _insert(connection, [before._replace(reply=turn.reply)])
    elif before.reply != turn.reply:
        number = _number_of_reply(row.search_number)
        if before.reply is not None:
            _forget(connection, [_words(number, before, before.reply)])
        _write(connection, INSERT, [_words(number, before, turn.reply)])


def forget_conversation(connection: Connection, conversation_id: str) -> None:
    """Take a conversation's messages out of the index; call it before they are deleted for good."""
    if not has_index(connection):
        return
    here = _turns().where(TURNS.c.conversation_id == conversation_id, TURNS.c.search_number.is_not(None))
    words = []
    for row in connection.execute(here).all():
        turn = _indexed(row)
        words.append(_words(_number_of_question(row.search_number), turn, turn.question))
        if turn.reply is not None:
            words.append(_words(_number_of_reply(row.search_number), turn, turn.reply))
    _forget(connection, words)
    of_it = update(TURNS).where(TURNS.c.conversation_id == conversation_id)
    connection.execute(of_it.values(search_number=None))


def index_some(connection: Connection, most: int) -> bool:
    """Index what is not indexed yet, the newest first, at most `most`; return whether there was anything."""
    titles = (
        select(CONVERSATIONS.c.id, CONVERSATIONS.c.title)
        .where(CONVERSATIONS.c.search_title.is_(None))
        .limit(most)
    )
    untitled = connection.execute(titles).all()
    for row in untitled:
        index_title(connection, row.id, row.title)
    if not has_index(connection):
        return bool(untitled)
    rows = connection.execute(_missing().order_by(TURNS.c.created_at.desc()).limit(most))
    some, size = [], 0
    for row in rows:
        some.append(_indexed(row))
        size += len(row.question) + len(row.reply)
        if size > MOST_CHARACTERS_AT_ONCE:
            break
    rows.close()
    _insert(connection, some)
    return bool(untitled or some)


def is_behind(connection: Connection) -> bool:
    """Return whether there is still something to index."""
    untitled = select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.search_title.is_(None)).limit(1)
    if connection.execute(untitled).first() is not None:
        return True
    return has_index(connection) and connection.execute(_missing().limit(1)).first() is not None


def words_to_forget(connection: Connection) -> int | None:
    """Return the number of the last deletion whose words may still be on the disk; None without any."""
    number = select(SEARCH_CHORES.c.number).where(SEARCH_CHORES.c.name == FORGET)
    return connection.execute(number).scalar()


def merge(connection: Connection, pages: int) -> bool:
    """Merge about this many pages of the index; return whether there was anything to merge.

    A negative number begins with all of it: once that is merged, no deleted word is left. A SQLite that takes
    them out at once has nothing to merge for that.
    """
    if _configured(connection, "secure-delete"):
        return False
    driver: Any = connection.connection.driver_connection
    before = driver.total_changes
    connection.execute(text(MERGE), {"pages": pages})
    return bool(driver.total_changes - before >= 2)


def have_forgotten(connection: Connection, number: int) -> None:
    """Note that no word is left of this deletion and those before it."""
    here = (SEARCH_CHORES.c.name == FORGET) & (SEARCH_CHORES.c.number == number)
    connection.execute(SEARCH_CHORES.delete().where(here))


def owner_word(user: str) -> str:
    """Return the word that marks a person's messages in the index."""
    return hashlib.blake2b(user.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def first_number(moment: datetime) -> int:
    """Return the number that the first message of this moment (or one of that second) may have."""
    return _number_of_question(int(moment.timestamp()) * A_SECOND)


def _turns() -> Any:
    """Return the query for turns as the index needs them."""
    return select(
        TURNS.c.id,
        CONVERSATIONS.c.username,
        TURNS.c.model,
        TURNS.c.connection,
        TURNS.c.created_at,
        TURNS.c.status,
        TURNS.c.question,
        TURNS.c.reply,
        TURNS.c.search_number,
    ).join(CONVERSATIONS, CONVERSATIONS.c.id == TURNS.c.conversation_id)


def _missing() -> Any:
    """Return the query for the turns that have ended and are not indexed."""
    return _turns().where(TURNS.c.search_number.is_(None), _ENDED)


def _indexed(row: Any) -> _Indexed:
    return _Indexed(
        row.id,
        row.username,
        choice_of(row.connection, row.model),
        datetime.fromisoformat(row.created_at),
        row.question,
        None if row.status == "running" else row.reply,
    )


def _insert(connection: Connection, turns: Sequence[_Indexed]) -> None:
    """Index these turns, the oldest first: the index takes numbers that rise much faster."""
    words, number = [], 0
    for turn in sorted(turns, key=lambda turn: turn.created_at):
        number = _free_number(connection, max(int(turn.created_at.timestamp()) * A_SECOND, number + 1))
        connection.execute(update(TURNS).where(TURNS.c.id == turn.id).values(search_number=number))
        words.append(_words(_number_of_question(number), turn, turn.question))
        if turn.reply is not None:
            words.append(_words(_number_of_reply(number), turn, turn.reply))
    if words:
        _write(connection, INSERT, words)


def _free_number(connection: Connection, number: int) -> int:
    """Return the first number from this one on that no turn has."""
    is_taken = select(TURNS.c.search_number).where(TURNS.c.search_number == number)
    if connection.execute(is_taken).first() is None:
        return number
    following = TURNS.alias()
    has_next = select(following.c.id).where(following.c.search_number == TURNS.c.search_number + 1)
    last = select(func.min(TURNS.c.search_number)).where(TURNS.c.search_number >= number, ~has_next.exists())
    return int(connection.execute(last).scalar_one()) + 1


def _forget(connection: Connection, words: Sequence[dict[str, Any]]) -> None:
    if not words:
        return
    _write(connection, DELETE, words)
    here = SEARCH_CHORES.c.name == FORGET
    raised = connection.execute(update(SEARCH_CHORES).where(here).values(number=SEARCH_CHORES.c.number + 1))
    if not raised.rowcount:
        connection.execute(SEARCH_CHORES.insert().values(name=FORGET, number=1))


def _write(connection: Connection, statement: str, words: Sequence[dict[str, Any]]) -> None:
    """Write these rows of the index. A damaged index keeps nobody from saving messages: it is rebuilt."""
    try:
        with connection.begin_nested():
            connection.execute(text(statement), words)
    except DatabaseError as exc:
        if type(exc.orig) is not sqlite3.DatabaseError:  # its kinds say that nothing at all can be written
            raise
        logger.warning("The index for search is damaged, and is rebuilt. %s", exc.orig)
        _rebuild(connection)


def _words(number: int, turn: _Indexed, message: str) -> dict[str, Any]:
    """Return a message as a row of the index."""
    return {
        "number": number,
        "owner": owner_word(turn.owner),
        "model": row_of_words(turn.model),
        "words": row_of_words(message),
    }


def _number_of_question(number: int) -> int:
    return 2 * number


def _number_of_reply(number: int) -> int:
    return 2 * number + 1


def _configured(connection: Connection, name: str) -> int:
    """Return an option of the full-text table, 0 for one that is not set."""
    return int(connection.execute(text(CONFIGURED), {"name": name}).scalar() or 0)


def _rebuild(connection: Connection) -> None:
    """Drop an index that this SQLite cannot read, and leave it all to be indexed once more."""
    readable = "UPDATE search_words_config SET v = :version WHERE k = 'version'"
    connection.execute(text(readable), {"version": OLD_FORMAT})
    connection.execute(text("DROP TABLE search_words"))
    make_index(connection)
    connection.execute(update(TURNS).values(search_number=None))
