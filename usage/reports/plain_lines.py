"""Lines of the ledger as bytes in bulk: where their fields are, and which of them say the same."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from usage.ledger import YEARS
from usage.reports.names import Integers

_COMMA, _LINE_END, _RETURN = b",\n\r"
_TIME = b"2026-11-22T08:30:00.000"
_TIME_MARKS = [place for place, character in enumerate(_TIME) if not chr(character).isdigit()]
_LONGEST_TEXT = 1000
_WORD, _WORD_BYTES = "<u8", 8
_MIX = np.random.default_rng(1).integers(1, 2**63, _LONGEST_TEXT // _WORD_BYTES + 1, np.uint64) * 2 + 1
# By how many bytes of a word there are: ones where they stand.
_THERE = np.array([(1 << 8 * size) - 1 for size in range(_WORD_BYTES + 1)], np.uint64)
_MINUTE_LIMITS = [np.datetime64(f"{year}-01-01", "m").astype(np.int64) for year in (YEARS.start, YEARS.stop)]


class NotPlainError(ValueError):
    """These lines hold something that Tally does not write like this, so they must be read row by row."""


def require_plain(plain: bool | np.bool_) -> None:
    """Raises NotPlainError unless `plain`."""
    if not plain:
        raise NotPlainError


class PlainLines:
    """Whole lines without quotes; `starts` and `ends` are where their fields are, one row a line.

    Raises NotPlainError, as all its methods do, for what is not as plain as Tally writes it.
    """

    def __init__(self, data: bytes, columns: int) -> None:
        characters = np.frombuffer(data, np.uint8)
        is_line_end = characters == _LINE_END
        separators = np.flatnonzero((characters == _COMMA) | is_line_end)
        require_plain(len(separators) > 0 and len(separators) % columns == 0)
        self.ends: Integers = separators.reshape(-1, columns)
        require_plain(is_line_end[self.ends[:, -1]].all())
        require_plain(np.count_nonzero(is_line_end) == len(self.ends))
        self.starts: Integers = np.concatenate([[0], separators[:-1] + 1]).reshape(-1, columns)
        self.ends[:, -1] -= characters[np.maximum(self.ends[:, -1] - 1, 0)] == _RETURN
        self._data = data
        self._padded = bytes(_WORD_BYTES) + data + bytes(_LONGEST_TEXT + _WORD_BYTES)

    def fields(self, column: int) -> list[bytes]:
        """One column's fields as they are, none of which may be empty."""
        starts, widths = self.starts[:, column], self.ends[:, column] - self.starts[:, column]
        require_plain((widths > 0).all())
        if (widths == widths[0]).all():
            values: list[bytes] = self._windows(starts, f"S{widths[0]}").tolist()
            return values
        bounds = zip(starts.tolist(), self.ends[:, column].tolist(), strict=True)
        return [self._data[start:end] for start, end in bounds]

    def distinct(self, first: int, last: int) -> tuple[list[bytes], Integers]:
        """The different texts in columns side by side, in order of appearance, and each line's place."""
        starts, ends = self.starts[:, first], self.ends[:, last]
        words = self._words(starts, ends - starts)
        marks = words @ _MIX[: words.shape[1]] + (ends - starts).astype(np.uint64)
        places, _ = pd.factorize(marks)
        lines = np.flatnonzero(np.diff(np.maximum.accumulate(places), prepend=-1))
        same = lines[places]
        # Two texts with one mark: never seen, and then read row by row.
        require_plain((words == words[same]).all() and (ends - starts == (ends - starts)[same]).all())
        bounds = zip(starts[lines].tolist(), ends[lines].tolist(), strict=True)
        return [self._data[start:end] for start, end in bounds], places

    def minutes(self, column: int) -> Integers:
        """The UTC minutes since 1970 of one column's times, all written as Tally writes them."""
        starts, ends = self.starts[:, column], self.ends[:, column]
        require_plain((ends - starts == len(_TIME) + 1).all())
        require_plain((np.frombuffer(self._data, np.uint8)[ends - 1] == ord("Z")).all())
        texts = self._windows(starts, f"S{len(_TIME)}")
        marks = texts.view(np.uint8).reshape(-1, len(_TIME))[:, _TIME_MARKS]
        require_plain((marks == [_TIME[place] for place in _TIME_MARKS]).all())
        try:
            times = texts.astype("datetime64[ms]").astype(np.int64) // 60_000
        except ValueError as exc:
            raise NotPlainError(str(exc)) from exc
        require_plain((times >= _MINUTE_LIMITS[0]).all() and (times < _MINUTE_LIMITS[1]).all())
        return times

    def words(self, starts: Integers) -> npt.NDArray[np.uint64]:
        """The eight bytes from each start on as a number, the first of them the lowest."""
        return self._windows(starts, _WORD)

    def _words(self, starts: Integers, widths: Integers) -> npt.NDArray[np.uint64]:
        """Each text as a row of 64-bit words, zeros after its end."""
        width = max(1, int(widths.max()))
        require_plain(width <= _LONGEST_TEXT)
        size = -(-width // _WORD_BYTES)
        words = self._windows(starts, f"V{size * _WORD_BYTES}").view(_WORD).reshape(-1, size)
        left = widths[:, None] - np.arange(0, size * _WORD_BYTES, _WORD_BYTES)
        words &= _THERE[np.clip(left, 0, _WORD_BYTES)]
        return words

    def _windows(self, starts: Integers, kind: str) -> npt.NDArray[Any]:
        """So many bytes from each start, which may be up to eight before the first."""
        size = np.dtype(kind).itemsize
        shape = (len(self._padded) - size + 1,)
        return np.ndarray(shape, kind, buffer=self._padded, strides=(1,))[starts + _WORD_BYTES]
