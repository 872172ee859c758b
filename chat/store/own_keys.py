"""Keeps the keys that people bring for themselves: in memory and nowhere else, until Tally ends."""

from chat.store.pages import Pages
from settings import clean_key


class OwnKeys:
    """A key for each person, or page, who has brought one. It is never given back to a page."""

    def __init__(self) -> None:
        self._by_user: dict[str, str] = {}
        self._by_page: Pages[str] = Pages(len)

    def of(self, user: str, page: str = "") -> str:
        """Return the key of this person, or of this page alone; empty for none."""
        return (self._by_page.get(page) if page else self._by_user.get(user)) or ""

    def set(self, user: str, key: str, page: str = "") -> None:
        """Take this key, or none, from now on. Raises ValueError, saying why, for one that cannot be used."""
        cleaned = clean_key(key) if key.strip() else ""
        if page:
            self._by_page.set(page, cleaned or None)
        else:
            self._by_user[user] = cleaned
