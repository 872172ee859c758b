"""Opens the database: transactions for reading and writing, and what goes wrong in them in words to show."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from chat.conversation import is_temporary
from chat.store.schema import OtherVersionError, make_tables
from texts import _

_IN_MEMORY = "sqlite://"
BUSY_S = 5.0  # how long to wait for others who write


class StoreError(Exception):
    """Conversations cannot be read or saved; the text says why and is fit to show."""


class Database:
    """A SQL database with its tables, for any thread. Raises StoreError where it cannot be used.

    SQLite needs file locks as soon as it has two connections. Without locks there is one connection, which
    all threads take in turn; nobody may begin a transaction within another.
    `temporary` is where temporary conversations are.
    """

    temporary: "Database | None" = None

    def __init__(self, url: str, *, has_locks: bool = True) -> None:
        one_connection: dict[str, Any] = {} if has_locks else {"pool_size": 1, "max_overflow": 0}
        if url == _IN_MEMORY:
            one_connection |= {"poolclass": QueuePool, "connect_args": {"check_same_thread": False}}
        try:
            # What people write is not for a log, where the text of an error may end up.
            self._engine = create_engine(url, hide_parameters=True, **one_connection)
        except (SQLAlchemyError, ModuleNotFoundError) as exc:
            raise StoreError(
                _("The database cannot be opened: {reason}.").format(reason=_reason(exc))
            ) from exc
        is_sqlite = self._engine.dialect.name == "sqlite"
        self._has_log = is_sqlite and has_locks
        if is_sqlite:
            event.listen(self._engine, "connect", _prepare_sqlite if has_locks else _prepare_only_connection)
            event.listen(self._engine, "begin", _begin_sqlite)
        if url == _IN_MEMORY:
            event.listen(self._engine, "connect", _keep_off_the_disk)
        self._writer = self._engine.execution_options(writes=True)
        self._may_write = Lock() if is_sqlite else None
        try:
            with self.writing() as connection:
                make_tables(connection)
        except OtherVersionError as exc:
            raise StoreError(_("The database cannot be opened: {reason}.").format(reason=exc)) from exc

    @classmethod
    def in_memory(cls) -> "Database":
        """Return an empty database that ends with this process and is never written to a disk."""
        return cls(_IN_MEMORY, has_locks=False)

    def of(self, id_: str | None) -> "Database":
        """Return where the conversation or the turn with this id is kept; a page may send none."""
        return self.temporary if self.temporary and id_ and is_temporary(id_) else self

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Begin a transaction that only reads."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except (SQLAlchemyError, UnicodeError) as exc:
            raise StoreError(_("Chats cannot be read: {reason}.").format(reason=_reason(exc))) from exc

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Begin a transaction that writes: one at a time among all processes, all or nothing."""
        try:
            with self._turn_to_write(), self._writer.begin() as connection:
                yield connection
        except (SQLAlchemyError, UnicodeError) as exc:
            raise StoreError(_("Nothing can be saved: {reason}.").format(reason=_reason(exc))) from exc

    @contextmanager
    def _turn_to_write(self) -> Iterator[None]:
        """Wait until no other thread writes: SQLite would have it sleep, up to 100 ms at a time.

        After BUSY_S it goes to SQLite all the same, as when another process keeps everybody from writing.
        """
        is_mine = self._may_write is not None and self._may_write.acquire(timeout=BUSY_S)
        try:
            yield
        finally:
            if self._may_write is not None and is_mine:
                self._may_write.release()

    def clear_log(self) -> bool:
        """Empty SQLite's log of changes, which goes on to hold what has been deleted from the database.

        Return False where another connection is in the way, so that this has to be tried again.
        """
        if not self._has_log:
            return True
        try:
            with closing(self._engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                [is_busy, *_counts] = cursor.fetchone() or [0]
        except (SQLAlchemyError, sqlite3.Error) as exc:
            raise StoreError(_("Nothing can be saved: {reason}.").format(reason=_reason(exc))) from exc
        return not is_busy

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()
        if self.temporary:
            self.temporary.close()


def database_folder(url: str | None) -> Path | None:
    """Return the folder of a SQLite database's file; None when it is not in a file."""
    database = make_url(url).database if url else None
    return Path(database).parent if database and database != ":memory:" else None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own transactions leave out what changes the shape
    connection.execute(f"PRAGMA busy_timeout = {int(1000 * BUSY_S)}")
    with suppress(sqlite3.OperationalError):  # locked by another copy, which does the same to the same file
        connection.execute("PRAGMA journal_mode = WAL")
    _prepare_any(connection)


def _prepare_only_connection(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    # Comes first, so that a WAL left behind is read without shared memory, which needs locks.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA journal_mode = DELETE")
    # The journal stays between transactions here: it is emptied, or it would go on to hold what was deleted.
    connection.execute("PRAGMA journal_size_limit = 0")
    _prepare_any(connection)


def _keep_off_the_disk(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA temp_store = MEMORY")  # or a large sort would go into a file


def _prepare_any(connection: Any) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten, not only given up


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that begins with reading cannot wait for its turn to write: it fails at once.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _reason(exc: Exception) -> str:
    cause = getattr(exc, "orig", None) or exc
    return str(cause).splitlines()[0]
