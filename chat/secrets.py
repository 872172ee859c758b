"""Keeps the key, and a password in an endpoint's address, out of everything that the endpoint says."""

import base64
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

MASK = "***"
SHORTEST = 6  # characters; anything shorter, such as the "any" given to a local server, is part of many words
DEEPEST = 50
_SURE_WITH_DIGITS, _SURE = 8, 16
# The fields of what a model says: there only what cannot be an ordinary word is masked.
_WORDS_OF_A_MODEL = frozenset({"content", "reasoning", "reasoning_content", "refusal"})


class Secrets:
    """Finds the credentials that are sent to one endpoint, by their value, however they are encoded."""

    def __init__(self, api_key: str | None, user: str = "", password: str = "") -> None:
        given = [api_key or "", password or user]  # some put a token where the user's name stands
        if user or password:
            given.append(basic_credentials(user, password))
        every = {each for each in given if len(each) >= SHORTEST}
        sure = {each for each in every if _is_no_word(each)}
        self._anywhere = _pattern(sure)
        self._as_words = _pattern(every - sure, as_words=True)

    def masked(self, said: Any, *, by_model: bool = False, depth: int = DEEPEST) -> Any:
        """Return a JSON value without the secrets; `by_model` says that a model wrote it, by chance perhaps.

        What is nested deeper than `depth` levels, which no endpoint needs, is masked as a whole.
        """
        match said:
            case str():
                return self._masked(said, by_model)
            case dict() | list() if not depth:
                return MASK
            case dict():
                return {
                    self._masked(name, by_model): self.masked(
                        each, by_model=by_model or name in _WORDS_OF_A_MODEL, depth=depth - 1
                    )
                    for name, each in said.items()
                }
            case list():
                return [self.masked(each, by_model=by_model, depth=depth - 1) for each in said]
            case int() | float() if not isinstance(said, bool):
                return self._masked_number(said)
            case _:
                return said

    def _masked(self, text: str, by_model: bool) -> str:
        if self._anywhere:
            text = self._anywhere.sub(MASK, text)
        return text if by_model or not self._as_words else self._as_words.sub(MASK, text)

    def _masked_number(self, number: float) -> Any:
        if self._anywhere is None:
            return number
        text = str(number)
        masked = self._masked(text, by_model=True)
        return number if masked == text else masked


def without_credentials(address: str) -> tuple[str, str, str]:
    """Return an address without its user and password, then the user and the password, decoded."""
    parts = urlsplit(address)
    given, at, host = parts.netloc.rpartition("@")
    if not at:
        return address, "", ""
    user, _, password = given.partition(":")
    return parts._replace(netloc=host).geturl(), unquote(user), unquote(password)


def shown_address(address: str) -> str:
    """Return an address as it may be shown: its user, password and query are masked."""
    parts = urlsplit(address)
    _, at, host = parts.netloc.rpartition("@")
    query = MASK if parts.query else ""
    return parts._replace(netloc=f"{MASK}@{host}" if at else host, query=query).geturl()


def basic_credentials(user: str, password: str) -> str:
    """Return a user and password as HTTP's basic authentication sends them."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _is_no_word(secret: str) -> bool:
    """Return whether a secret cannot be an ordinary word, as `ollama` and `placeholder` are."""
    has_digit = any(character.isdigit() for character in secret)
    return len(secret) >= (_SURE_WITH_DIGITS if has_digit else _SURE)


def _pattern(secrets: Iterable[str], *, as_words: bool = False) -> re.Pattern[str] | None:
    writings = {
        form for secret in secrets for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1])
    }
    if not writings:
        return None
    found = "|".join(re.escape(each) for each in sorted(writings, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{found})(?!\w)" if as_words else found, re.IGNORECASE)
