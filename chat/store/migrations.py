"""The shape of the database, as numbered steps; each is run once and never changed."""

from sqlalchemy import Connection, text

STEPS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            username TEXT NOT NULL,
            title TEXT NOT NULL,
            updated_at TEXT NOT NULL,
            current_turn_id TEXT
        )""",
        "CREATE INDEX conversations_by_user ON conversations (username, updated_at)",
        """CREATE TABLE turns (
            id TEXT PRIMARY KEY,
            conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            parent_id TEXT,
            question TEXT NOT NULL,
            model TEXT NOT NULL,
            parameters TEXT NOT NULL,
            created_at TEXT NOT NULL,
            status TEXT NOT NULL,
            reply TEXT NOT NULL,
            reasoning TEXT NOT NULL,
            error TEXT,
            remarks TEXT NOT NULL,
            entry TEXT,
            pending_call TEXT,
            instance TEXT NOT NULL
        )""",
        "CREATE INDEX turns_by_conversation ON turns (conversation_id, created_at)",
        "CREATE INDEX turns_pending ON turns (conversation_id) WHERE pending_call IS NOT NULL",
    ),
    ("ALTER TABLE turns ADD COLUMN comparison_id TEXT NOT NULL DEFAULT ''",),
    (
        """CREATE TABLE limits (
            username TEXT NOT NULL,
            conversation_id TEXT REFERENCES conversations (id) ON DELETE CASCADE,
            period TEXT NOT NULL,
            usd TEXT NOT NULL
        )""",
        "CREATE INDEX limits_by_user ON limits (username)",
        "CREATE INDEX limits_by_conversation ON limits (conversation_id)",
        """CREATE TABLE reservations (
            call_id TEXT PRIMARY KEY,
            instance TEXT NOT NULL,
            username TEXT NOT NULL,
            conversation_id TEXT NOT NULL,
            usd TEXT NOT NULL,
            made_at TEXT NOT NULL,
            is_kept INTEGER NOT NULL
        )""",
    ),
    # What an older version has left behind may have been sent.
    ("ALTER TABLE turns ADD COLUMN is_out INTEGER NOT NULL DEFAULT 1",),
)


class NewerDatabaseError(Exception):
    """The database was written by a later Tally; the text is fit to show."""


def migrate(connection: Connection) -> None:
    """Bring the database to the newest shape, in the connection's transaction.

    Raises NewerDatabaseError.
    """
    connection.execute(text("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)"))
    version = connection.execute(text("SELECT MAX(version) FROM schema_version")).scalar() or 0
    if version > len(STEPS):
        raise NewerDatabaseError("it was written by a newer version of Tally; update Tally to open it")
    for number, statements in enumerate(STEPS[version:], start=version + 1):
        for statement in statements:
            connection.execute(text(statement))
        connection.execute(text("INSERT INTO schema_version VALUES (:number)"), {"number": number})
