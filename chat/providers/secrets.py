"""Keeps the key, and a password in an endpoint's address, out of everything that the endpoint says."""

import base64
import contextlib
import json
import re
from collections.abc import AsyncGenerator, Iterable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from chat.providers.seam import ChatError, Completed, CompletionEvent, ReasoningDelta, TextDelta
from settings import MASK

SHORTEST = 6  # characters; anything shorter, such as the "any" given to a local server, is part of many words
DEEPEST = 50
_SURE_WITH_DIGITS, _SURE = 8, 16
# What takes no place in a line, or only a blank: a key that it breaks up can still be read.
_UNSEEN = (
    r"[\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
# The fields of what a model says: there only what cannot be an ordinary word is masked.
_WORDS_OF_A_MODEL = frozenset({"content", "reasoning", "reasoning_content", "refusal"})
# What may be shown of a key while it is not clear that it is one: many words begin like it.
SHOWN_OF_A_KEY = 2


class Secrets:
    """Finds the credentials that are sent to one endpoint, by their value, however they are encoded."""

    def __init__(self, api_key: str | None, user: str = "", password: str = "") -> None:
        given = [api_key or "", password or user]  # some put a token where the user's name stands
        if user or password:
            given.append(basic_credentials(user, password))
        every = {each for each in given if len(each) >= SHORTEST}
        sure = {each for each in every if _is_no_word(each)}
        self._sure = _writings(sure)
        self._anywhere = _pattern(self._sure)
        self._as_words = _pattern(_writings(every - sure), as_words=True)

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

    def in_pieces(self) -> "MaskedPieces":
        """Return what masks a text that comes piece by piece."""
        return MaskedPieces(self._sure, self._anywhere)

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


class MaskedPieces:
    """Masks a text that comes in pieces: what may become a key is held back until that is known."""

    def __init__(self, writings: Iterable[str], pattern: re.Pattern[str] | None) -> None:
        self._pattern = pattern
        self._beginnings: dict[str, list[str]] = {}  # by their last letter, the longest first
        for size in range(max(map(len, writings), default=0) - 1, 0, -1):
            for beginning in {each[:size].lower() for each in writings if len(each) > size}:
                self._beginnings.setdefault(beginning[-1], []).append(beginning)
        self._kept = ""  # what a key may have begun with
        self._given = 0  # how many characters of it were given

    def add(self, piece: str) -> str:
        """Give what can be shown now."""
        text, position, begins_after = self._kept + piece, self._given, 0
        given: list[str] = []
        for found in self._pattern.finditer(text) if self._pattern else ():
            given += [text[position : found.start()], MASK]
            position = begins_after = found.end()
        start = len(text) - self._begun(text[begins_after:])
        end = max(position, min(len(text), start + SHOWN_OF_A_KEY))
        self._kept, self._given = text[start:], end - start
        return "".join([*given, text[position:end]])

    def rest(self) -> str:
        """Give what was held back, when nothing comes any more."""
        rest = self._kept[self._given :]
        self._kept, self._given = "", 0
        return rest

    def _begun(self, text: str) -> int:
        """Return how many of the last characters are the beginning of a key."""
        likely = self._beginnings.get(text[-1:].lower(), ())
        return next((len(each) for each in likely if text[-len(each) :].lower() == each), 0)


async def masked_reply(
    events: AsyncGenerator[CompletionEvent, None], secrets: Secrets
) -> AsyncGenerator[CompletionEvent, None]:
    """Mask what a reply says; whatever ends it, first comes what was held back."""
    text, reasoning = secrets.in_pieces(), secrets.in_pieces()

    def held_back() -> list[ReasoningDelta | TextDelta]:
        rest = (ReasoningDelta(reasoning.rest()), TextDelta(text.rest()))
        return [each for each in rest if each.text]

    async with contextlib.aclosing(events):
        try:
            async for event in events:
                match event:
                    case TextDelta(piece):
                        if shown := text.add(piece):
                            yield TextDelta(shown)
                    case ReasoningDelta(piece):
                        if shown := reasoning.add(piece):
                            yield ReasoningDelta(shown)
                    case Completed():
                        for each in held_back():
                            yield each
                        yield event
                    case _:
                        yield event
        except ChatError:
            for each in held_back():
                yield each
            raise


def without_credentials(address: str) -> tuple[str, str, str]:
    """Return an address without its user and password, then the user and the password, decoded."""
    parts = urlsplit(address)
    given, at, host = parts.netloc.rpartition("@")
    if not at:
        return address, "", ""
    user, _, password = given.partition(":")
    return parts._replace(netloc=host).geturl(), unquote(user), unquote(password)


def shown_address(address: str) -> str:
    """Return an address as it may be shown: its user, password and whatever follows the path are masked."""
    parts = urlsplit(address)
    _, at, host = parts.netloc.rpartition("@")
    return parts._replace(
        netloc=f"{MASK}@{host}" if at else host,
        query=MASK if parts.query else "",
        fragment=MASK if parts.fragment else "",
    ).geturl()


def basic_credentials(user: str, password: str) -> str:
    """Return a user and password as HTTP's basic authentication sends them."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _is_no_word(secret: str) -> bool:
    """Return whether a secret cannot be an ordinary word, as `ollama` and `placeholder` are."""
    has_digit = any(character.isdigit() for character in secret)
    return len(secret) >= (_SURE_WITH_DIGITS if has_digit else _SURE)


def _writings(secrets: Iterable[str]) -> set[str]:
    return {form for secret in secrets for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1])}


def _pattern(writings: Iterable[str], *, as_words: bool = False) -> re.Pattern[str] | None:
    if not writings:
        return None
    found = "|".join(map(_however_broken_up, sorted(writings, key=len, reverse=True)))
    return re.compile(rf"(?<!\w)(?:{found})(?!\w)" if as_words else found, re.IGNORECASE)


def _however_broken_up(secret: str) -> str:
    seen = [re.escape(each) for each in secret if not re.match(_UNSEEN, each)]
    return f"{_UNSEEN}*+".join(seen)
