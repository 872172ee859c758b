"""Keeps what people set for themselves, and the prompts that they save: a text for each, by its name."""

from collections.abc import Mapping

from sqlalchemy import Table, delete, select

from chat.store.database import Database
from chat.store.personal.pages import Pages
from chat.store.schema import PREFERENCES, SAVED_PROMPTS


class PreferencesStore:
    """What each person has set. All methods raise StoreError."""

    _table: Table = PREFERENCES

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_page: Pages[dict[str, str]] = Pages(lambda texts: sum(map(len, texts.values())))

    def all(self, user: str, page: str = "") -> dict[str, str]:
        """Return what this person, or this page alone, has set, by name; what is not set is left out."""
        if page:
            return dict(self._by_page.get(page) or {})
        table = self._table
        with self._database.reading() as connection:
            rows = connection.execute(select(table).where(table.c.username == user))
            return {row.name: row.value for row in rows}

    def set(self, user: str, values: Mapping[str, str], page: str = "") -> None:
        """Set these, and leave all others as they are; an empty text means "not set".

        What holds for a page alone is not written anywhere.
        """
        if page:
            both = {**self.all(user, page), **values}
            self._by_page.set(page, {name: value for name, value in both.items() if value})
            return
        table = self._table
        with self._database.writing() as connection:
            here = (table.c.username == user) & table.c.name.in_(values)
            connection.execute(delete(table).where(here))
            for name, value in values.items():
                if value:
                    row = {"username": user, "name": name, "value": value}
                    connection.execute(table.insert().values(**row))


class SavedPromptsStore(PreferencesStore):
    """The prompts that each person has saved: together they may be too long to be read with the settings."""

    _table = SAVED_PROMPTS
