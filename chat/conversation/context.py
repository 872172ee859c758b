"""What of a chat goes along with a request: the choice that a person makes for each chat."""

import re
from dataclasses import dataclass
from typing import Literal

ContextKind = Literal["everything", "last", "tokens", "summary"]

MOST_TURNS_ALONG = 10_000  # that can be asked for
MOST_TOKENS_ALONG = 100_000_000
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Context:
    """What of a chat goes along with a request: a person's choice.

    `turns` is how many go along by "last", `tokens` how long the whole prompt becomes at most by "tokens".
    By "summary" the last summary goes along with the turns after it, or everything where there is none.
    `is_advised`: the person has dismissed the advice to go on in a fresh chat.
    """

    kind: ContextKind = "everything"
    turns: int = 4
    tokens: int = 8_000
    is_advised: bool = False

    @classmethod
    def read(cls, kind: object, number: object = None) -> "Context | None":
        """Return the choice that a page sends, with its number; None for what no page sends."""
        if kind == "everything":
            return cls("everything")
        if kind == "summary":
            return cls("summary")
        if not isinstance(number, str) or not _NUMBER.fullmatch(number):
            return None
        if kind == "last":
            return cls("last", turns=min(int(number), MOST_TURNS_ALONG))
        if kind == "tokens":
            return cls("tokens", tokens=min(max(int(number), 1), MOST_TOKENS_ALONG))
        return None


EVERYTHING = Context()
