"""Keeps the limits that people set: a day's and a month's for themselves, and one for a conversation."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, Text, delete, select

from chat.store.database import Database, StoreError
from chat.store.tables import owned
from usage.budgets import Limit
from usage.units import Period

_LIMITS = Table(
    "limits", MetaData(), *(Column(name, Text) for name in ("username", "conversation_id", "period", "usd"))
)


class LimitsStore:
    """The limits in the database; those of a conversation go with it. All methods raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def limits(self, user: str, conversation_id: str) -> tuple[Limit, ...]:
        """What this person set for themselves and for this conversation of theirs ("" for none)."""
        whose = _LIMITS.c.username == user
        here = _LIMITS.c.conversation_id.is_(None) | (_LIMITS.c.conversation_id == conversation_id)
        with self._database.reading() as connection:
            rows = connection.execute(select(_LIMITS).where(whose, here).order_by(_LIMITS.c.period))
            return tuple(_limit_of(row) for row in rows.mappings())

    def set_own(self, user: str, period: Period, usd: Decimal | None) -> None:
        """From now on a person wants to spend at most so much a day or month; None lifts it."""
        with self._database.writing() as connection:
            here = (_LIMITS.c.username == user) & _LIMITS.c.conversation_id.is_(None)
            connection.execute(delete(_LIMITS).where(here, _LIMITS.c.period == period))
            if usd is not None:
                _insert(connection, user, None, Limit(usd, period, "own"))

    def set_conversation(self, user: str, conversation_id: str, usd: Decimal | None) -> None:
        """From now on a conversation may cost at most so much in all; None lifts it.

        Raises StoreError too when the user has no such conversation.
        """
        with self._database.writing() as connection:
            if connection.execute(owned(user, conversation_id)).first() is None:
                raise StoreError("This conversation no longer exists.")
            connection.execute(delete(_LIMITS).where(_LIMITS.c.conversation_id == conversation_id))
            if usd is not None:
                insert_conversation_limit(connection, user, conversation_id, usd)


def insert_conversation_limit(connection: Connection, user: str, conversation_id: str, usd: Decimal) -> None:
    """Limit a conversation that is new or has no limit, within a transaction."""
    _insert(connection, user, conversation_id, Limit(usd, "ever", "conversation"))


def _insert(connection: Connection, user: str, conversation_id: str | None, limit: Limit) -> None:
    values = {"username": user, "conversation_id": conversation_id, "period": limit.period}
    connection.execute(_LIMITS.insert().values(**values, usd=f"{limit.usd:f}"))


def _limit_of(row: Mapping[Any, Any]) -> Limit:
    is_own = row["conversation_id"] is None
    return Limit(Decimal(row["usd"]), row["period"], "own" if is_own else "conversation")
