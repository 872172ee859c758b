"""Masks keys in what comes piece by piece, where each piece by itself shows none."""

import contextlib
import re
from collections.abc import AsyncGenerator, Callable, Iterable

from chat.providers.errors import ChatError
from chat.providers.seam import Completed, CompletionEvent, ReasoningDelta, TextDelta
from settings import MASK

# So much of a key may be shown while it is not clear that it is one: many a word begins like it.
SHOWN_OF_A_KEY = 2


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
        """How many of the last characters are the beginning of a key."""
        likely = self._beginnings.get(text[-1:].lower(), ())
        return next((len(each) for each in likely if text[-len(each) :].lower() == each), 0)


async def masked_reply(
    events: AsyncGenerator[CompletionEvent, None], in_pieces: Callable[[], MaskedPieces]
) -> AsyncGenerator[CompletionEvent, None]:
    """Mask what a reply says; whatever ends it, first comes what was held back."""
    text, reasoning = in_pieces(), in_pieces()

    def held_back() -> list[ReasoningDelta | TextDelta]:
        rest: list[ReasoningDelta | TextDelta] = [
            ReasoningDelta(reasoning.rest()),
            TextDelta(text.rest()),
        ]
        return [each for each in rest if each.text]

    async with contextlib.aclosing(events):
        try:
            async for event in events:
                if isinstance(event, TextDelta):
                    if shown := text.add(event.text):
                        yield TextDelta(shown)
                    continue
                if isinstance(event, ReasoningDelta):
                    if shown := reasoning.add(event.text):
                        yield ReasoningDelta(shown)
                    continue
                if isinstance(event, Completed):
                    for each in held_back():
                        yield each
                yield event
        except ChatError:
            for each in held_back():
                yield each
            raise
