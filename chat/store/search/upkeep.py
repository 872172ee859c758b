"""Brings the index up to date in the background, and takes the words of deleted messages out of it."""

import logging
import threading
import time

from chat.store.database import Database, StoreError
from chat.store.search import search_index

TURNS_AT_ONCE = 50  # so that a batch is written within some tenths of a second
PAGES_AT_ONCE = 200
LOOK_EVERY_S = 60.0

logger = logging.getLogger(__name__)


class SearchUpkeep:
    """What search needs beyond what is written with each message, in small pieces: others write in between.

    What is done is known from the database alone: it may be broken off at any time, and done by any copy of
    the app.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_wanted = threading.Event()
        self._is_ending = threading.Event()

    def run(self) -> None:
        """Do what there is to do, now and whenever there is more, until `stop`."""
        level = logging.WARNING
        while not self._is_ending.is_set():
            self._is_wanted.clear()
            try:
                self.catch_up()
                level = logging.WARNING
            except StoreError as exc:
                logger.log(level, "What is searched is not up to date. %s", exc)
                level = logging.DEBUG  # what is wrong has been said
            self._is_wanted.wait(LOOK_EVERY_S)

    def catch_up(self) -> None:
        """Index all that is not indexed, and forget what is deleted. Raises StoreError."""
        while not self._is_ending.is_set() and self._index_some():
            pass
        self._forget()

    def look_again(self) -> None:
        """Say that there may be something to do."""
        self._is_wanted.set()

    def stop(self) -> None:
        """Let `run` end."""
        self._is_ending.set()
        self._is_wanted.set()

    def _index_some(self) -> bool:
        began = time.monotonic()
        with self._database.reading() as connection:
            if not search_index.is_behind(connection):
                return False
        with self._database.writing() as connection:
            search_index.index_some(connection, TURNS_AT_ONCE)
        self._let_others_write(began)
        return True

    def _forget(self) -> None:
        with self._database.reading() as connection:
            number = search_index.words_to_forget(connection)
        if number is None:
            return
        pages, is_merging = -PAGES_AT_ONCE, True
        while is_merging:
            if self._is_ending.is_set():
                return
            began = time.monotonic()
            with self._database.writing() as connection:
                is_merging = search_index.merge(connection, pages)
            pages = PAGES_AT_ONCE
            self._let_others_write(began)
        with self._database.writing() as connection:
            search_index.have_forgotten(connection, number)
        self._database.clear_log()

    def _let_others_write(self, began: float) -> None:
        """Wait as long as the last piece took: whoever waits for the database looks only now and then."""
        self._is_ending.wait(time.monotonic() - began)
