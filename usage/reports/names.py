"""Numbers for texts, so that columns of few different texts are columns of integers."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Integers: TypeAlias = npt.NDArray[np.int64]


class Names:
    """Gives every different text a small number, in the order in which they come."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._texts: list[str] = []

    def __len__(self) -> int:
        return len(self._texts)

    def number(self, text: str) -> int:
        """The number of this text, a new one if it has none yet."""
        number = self._numbers.setdefault(text, len(self._texts))
        if number == len(self._texts):
            self._texts.append(text)
        return number

    def numbers(self, texts: Sequence[str]) -> Integers:
        """The number of each of these texts; one that is new gets the next."""
        known = self._numbers
        for text in texts:
            if text not in known:
                known[text] = len(self._texts)
                self._texts.append(text)
        return np.array([known[text] for text in texts], dtype=np.int64)

    def known(self, text: str) -> int | None:
        """The number of this text if it has one."""
        return self._numbers.get(text)

    def text(self, number: int) -> str:
        """The text that has this number."""
        return self._texts[number]

    def texts(self) -> list[str]:
        """All of them in the order of their numbers."""
        return list(self._texts)
