"""The tables of the database, and how turns and calls become rows and come back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.schema import CreateColumn, CreateTable

from chat.conversation import EVERYTHING, Attachment, Context, Turn
from chat.providers import Parameters
from usage.ledger import Call, LedgerEntry
from usage.units import Price

VERSION = 8  # of the tables as they are made here
OLDEST = 4  # of those that can be brought up to date

_tables = MetaData()


def _texts(*names: str) -> list[Column[Any]]:
    return [Column(name, Text, nullable=False) for name in names]


def _part_of_conversation(*, nullable: bool) -> Column[Any]:
    """Return the column of what is deleted together with its conversation."""
    its_conversation = ForeignKey("conversations.id", ondelete="CASCADE")
    return Column("conversation_id", Text, its_conversation, nullable=nullable)


SCHEMA_VERSION = Table("schema_version", MetaData(), Column("version", Integer, nullable=False))
CONVERSATIONS = Table(
    "conversations",
    _tables,
    Column("id", Text, primary_key=True),
    *_texts("username", "title", "updated_at"),
    Column("current_turn_id", Text),
    Column("is_pinned", Integer, nullable=False, server_default="0"),
    Column("is_archived", Integer, nullable=False, server_default="0"),
    Column("deleted_at", Text),  # deleted, but can still be brought back
    Column("waiting", Text),  # messages that wait for the end of a reply
    Column("context", Text),  # what goes along with a question; NULL for everything
    Column("search_title", Text),  # the title's words for search; NULL until they are there
    # In the order of the list: nothing is sorted, however many there are.
    Index("conversations_listed", "username", "is_archived", "is_pinned", "updated_at", "id"),
)
_IS_DELETED = CONVERSATIONS.c.deleted_at.is_not(None)
Index(
    "conversations_deleted",
    CONVERSATIONS.c.deleted_at,
    sqlite_where=_IS_DELETED,
    postgresql_where=_IS_DELETED,
)
TURNS = Table(
    "turns",
    _tables,
    Column("id", Text, primary_key=True),
    _part_of_conversation(nullable=False),
    *(Column(name, Text) for name in ("parent_id", "error", "entry", "pending_call")),
    *_texts("question", "model", "parameters", "created_at", "status", "reply", "reasoning", "remarks"),
    *_texts("comparison_id", "instance"),
    Column("connection", Text, nullable=False, server_default=""),
    Column("attachments", Text, nullable=False, server_default="[]"),
    *(Column(name, Integer, nullable=False, server_default="0") for name in ("is_left_out", "is_summary")),
    Column("sent_with", Text, nullable=False, server_default=""),
    Column("is_out", Integer, nullable=False),  # whether the pending call has been sent and may be billed
    Column("search_number", BigInteger),  # what search knows it by, in order of time; NULL for not yet
    Index("turns_by_conversation", "conversation_id", "created_at"),
    Index("turns_by_search_number", "search_number", "created_at"),
)
NO_CALL: dict[str, Any] = {"pending_call": None, "instance": "", "is_out": 0}  # of a turn that asks nothing
_HAS_NO_WORDS = CONVERSATIONS.c.search_title.is_(None)
Index(
    "conversations_without_words",
    CONVERSATIONS.c.id,
    sqlite_where=_HAS_NO_WORDS,
    postgresql_where=_HAS_NO_WORDS,
)
_HAS_PENDING_CALL = TURNS.c.pending_call.is_not(None)
Index(
    "turns_pending",
    TURNS.c.conversation_id,
    sqlite_where=_HAS_PENDING_CALL,
    postgresql_where=_HAS_PENDING_CALL,
)
_HAS_ATTACHMENTS = TURNS.c.attachments != "[]"
Index(
    "turns_with_attachments",
    TURNS.c.conversation_id,
    sqlite_where=_HAS_ATTACHMENTS,
    postgresql_where=_HAS_ATTACHMENTS,
)
LIMITS = Table(
    "limits",
    _tables,
    _part_of_conversation(nullable=True),
    *_texts("username", "period", "usd"),
    Index("limits_by_user", "username"),
    Index("limits_by_conversation", "conversation_id"),
)
RESERVATIONS = Table(
    "reservations",
    _tables,
    Column("call_id", Text, primary_key=True),
    *_texts("instance", "username", "conversation_id", "usd", "made_at"),
    Column("is_kept", Integer, nullable=False),
)
# Calls whose reply is not in this database: what is known of them until the ledger has their row, no text.
CALLS_WITHOUT_TURN = Table(
    "calls_without_turn",
    _tables,
    Column("call_id", Text, primary_key=True),
    *_texts("pending_call", "instance"),
    Column("is_out", Integer, nullable=False),
)
# Whose files are kept: what is in each stands under its hash on a shelf, once for everybody.
FILES = Table(
    "files",
    _tables,
    *(Column(name, Text, primary_key=True) for name in ("username", "hash")),
    *_texts("name", "used_at"),
    Column("bytes", BigInteger, nullable=False),  # of all that is kept of it
    Index("files_by_hash", "hash"),
    Index("files_by_use", "used_at"),
)
# What is left to do for search: words of deleted messages to forget, with a number that each deletion raises.
SEARCH_CHORES = Table(
    "search_chores",
    _tables,
    Column("name", Text, primary_key=True),
    Column("number", Integer, nullable=False),
)


def _texts_of_people(table: str) -> Table:
    """Return a table with texts of each person, by name."""
    keys = (Column(name, Text, primary_key=True) for name in ("username", "name"))
    return Table(table, _tables, *keys, *_texts("value"))


PREFERENCES = _texts_of_people("preferences")
SAVED_PROMPTS = _texts_of_people("saved_prompts")

_TURN_FIELDS = tuple(field.name for field in fields(Turn))
TURN_COLUMNS = tuple(TURNS.c[name] for name in _TURN_FIELDS)
_turns = TypeAdapter(Turn)
_json_columns: dict[str, TypeAdapter[Any]] = {
    "parameters": TypeAdapter(Parameters),
    "remarks": TypeAdapter(tuple[str, ...]),
    "attachments": TypeAdapter(tuple[Attachment, ...]),
    "entry": TypeAdapter(LedgerEntry | None),
}
_calls = TypeAdapter(Call)
_contexts = TypeAdapter(Context)
_FLAGS = ("is_left_out", "is_summary")


class OtherVersionError(Exception):
    """The database was written by a Tally that is newer or too old; the text is fit to show."""


def make_tables(connection: Connection) -> None:
    """Make the tables of a new database, in the connection's transaction; add to an older one what it lacks.

    Raises OtherVersionError.
    """
    connection.execute(CreateTable(SCHEMA_VERSION, if_not_exists=True))
    version = connection.execute(select(func.max(SCHEMA_VERSION.c.version))).scalar()
    if version is None:
        _tables.create_all(connection, checkfirst=False)
        connection.execute(SCHEMA_VERSION.insert().values(version=VERSION))
    elif version > VERSION:
        raise OtherVersionError("it was written by a newer version of Tally; update Tally to open it")
    elif version < OLDEST:
        raise OtherVersionError(
            "it was written by an older version of Tally, which this one cannot read; move it away to begin "
            "without chats (usage.csv keeps what they cost), or start the version that wrote it"
        )
    elif version < VERSION:
        _add_what_is_missing(connection)
        connection.execute(SCHEMA_VERSION.insert().values(version=VERSION))


def _add_what_is_missing(connection: Connection) -> None:
    """Make the tables, columns and indexes that an older database lacks; what is in it stays as it is.

    A new column of an old table has to be nullable or to have a default.
    """
    old = inspect(connection)
    for table in _tables.sorted_tables:
        if not old.has_table(table.name):
            table.create(connection)
            continue
        there = {column["name"] for column in old.get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                added = CreateColumn(column).compile(dialect=connection.dialect)
                connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {added}"))
        for index in table.indexes:
            index.create(connection, checkfirst=True)


def owned_by(user: str) -> ColumnElement[bool]:
    """Match a person's conversations; those that were deleted are hidden at once, everywhere."""
    return (CONVERSATIONS.c.username == user) & CONVERSATIONS.c.deleted_at.is_(None)


def row_of(turn: Turn) -> dict[str, Any]:
    """Return a turn as the columns of its row."""
    values: dict[str, Any] = _turns.dump_python(turn, mode="json")
    flags = {name: int(values[name]) for name in _FLAGS}
    return values | flags | {name: json.dumps(values[name]) for name in _json_columns}


def turn_of(row: Sequence[Any]) -> Turn:
    """Return the turn that a row of TURN_COLUMNS holds."""
    values = dict(zip(_TURN_FIELDS, row, strict=True))
    if '"call_id":' in values["entry"]:
        values["entry"] = json.dumps(_nested(json.loads(values["entry"])))
    # Each column's JSON is read in one go: a conversation of 1,000 messages takes a dozen milliseconds.
    values |= {name: column.validate_json(values[name]) for name, column in _json_columns.items()}
    return _turns.validate_python(values)


def text_of_context(context: Context) -> str | None:
    """Return what goes along with a question as the value of a column."""
    return None if context == EVERYTHING else _contexts.dump_json(context).decode()


def context_of(written: str | None) -> Context:
    """Return what goes along with a question, as a column has it."""
    return _contexts.validate_json(written) if written else EVERYTHING


def text_of_call(call: Call) -> str:
    """Return a call as the text of one column."""
    return _calls.dump_json(call).decode()


def call_of(text: str) -> Call:
    """Return the call that a column holds."""
    values = json.loads(text)
    if "price_list" in values:  # left behind by a version that wrote the endpoint's two parts apart
        values["endpoint"] = {"host": values["endpoint"], "billed_by": values.pop("price_list")}
    return _calls.validate_python(values)


def _nested(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with its call and its price, which the version before wrote side by side."""
    call = {field.name: entry[field.name] for field in fields(Call) if field.name in entry}
    price = {field.name: entry[field.name] for field in fields(Price) if field.name in entry}
    return {
        **entry,
        "call": call | {"id": entry["call_id"], "endpoint": {"host": entry["endpoint"]}},
        "price": None if price["input_usd_per_mtok"] is None else price | {"source": entry["price_source"]},
    }
