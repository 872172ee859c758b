"""Keeps the keys that people bring for themselves: in memory and nowhere else, until Tally ends."""

from settings import clean_key


class OwnKeys:
    """A key for each person who has brought one. It is never given back to a page."""

    def __init__(self) -> None:
        self._by_user: dict[str, str] = {}

    def of(self, user: str) -> str:
        """Return this person's key; empty for none."""
        return self._by_user.get(user, "")

    def set(self, user: str, key: str) -> None:
        """Take this key, or none, from now on. Raises ValueError, saying why, for one that cannot be used."""
        if key.strip():
            self._by_user[user] = clean_key(key)
        else:
            self._by_user.pop(user, None)
