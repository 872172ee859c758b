"""Lines of the ledger as bytes in bulk: where their fields are, and the ones of a fixed form read at once."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from usage.csv_rows import YEARS
from usage.names import Integers

_TIME = b"2026-11-22T08:30:00.000"
_TIME_MARKS = [place for place, character in enumerate(_TIME) if not chr(character).isdigit()]
_LONGEST_TEXT = 1000
_WORD_BYTES = 8
_MIX = np.random.default_rng(1).integers(1, 2**63, _LONGEST_TEXT // _WORD_BYTES + 1, np.uint64) * 2 + 1
_MINUTE_LIMITS = [np.datetime64(f"{year}-01-01", "m").astype(np.int64) for year in (YEARS.start, YEARS.stop)]


class NotPlainError(ValueError):
    """These lines hold something that Tally does not write like this, so they must be read row by row."""


def require_plain(plain: bool) -> None:
    """Raises NotPlainError unless `plain`."""
    if not plain:
        raise NotPlainError


def field_bounds(data: bytes, columns: int) -> tuple[Integers, Integers]:
    """Where each field starts and ends, one row a line. Raises NotPlainError unless all lines are whole."""
    characters = np.frombuffer(data, np.uint8)
    separators = np.flatnonzero((characters == ord(",")) | (characters == ord("\n")))
    require_plain(len(separators) % columns == 0)
    ends: Integers = separators.reshape(-1, columns)
    is_line_end = characters[ends] == ord("\n")
    require_plain(bool(is_line_end[:, -1].all()) and not is_line_end[:, :-1].any())
    starts = np.concatenate([[0], separators[:-1] + 1]).reshape(-1, columns)
    return starts, ends


def fields(data: bytes, starts: Integers, ends: Integers) -> Sequence[bytes]:
    """The bytes of one column's fields, none of which may be empty."""
    widths = ends - starts
    require_plain(bool((widths > 0).all()))
    if (widths == widths[0]).all():
        values: list[bytes] = _slices(data, starts, int(widths[0])).tolist()
        return values
    return [data[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def distinct(data: bytes, starts: Integers, ends: Integers) -> tuple[list[bytes], Integers]:
    """The different byte texts from each start to its end, in order of appearance, and each one's place."""
    widths = ends - starts
    width = max(1, int(widths.max()))
    require_plain(width <= _LONGEST_TEXT)
    words = _words(data, starts, widths, -(-width // _WORD_BYTES))
    marks = (words * _MIX[: words.shape[1]]).sum(axis=1, dtype=np.uint64) + widths.astype(np.uint64)
    _, first, places = np.unique(marks, return_index=True, return_inverse=True)
    same = (words == words[first[places]]).all(axis=1) & (widths == widths[first[places]])
    require_plain(bool(same.all()))  # two texts with one mark: never seen, and then read row by row
    order = np.argsort(first)
    ranks = np.empty_like(order)
    ranks[order] = np.arange(len(order))
    found = zip(starts[first[order]].tolist(), ends[first[order]].tolist(), strict=True)
    return [data[start:end] for start, end in found], ranks[places]


def _words(data: bytes, starts: Integers, widths: Integers, words: int) -> npt.NDArray[np.uint64]:
    """Each text as a row of so many 64-bit words, zeros after its end."""
    size = words * _WORD_BYTES
    padded = data + bytes(size)
    windows = np.ndarray((len(data) + 1, size), np.uint8, buffer=padded, strides=(1, 1))
    texts = windows[starts]
    texts[np.arange(size) >= widths[:, None]] = 0
    return texts.view(np.uint64)


def minutes(data: bytes, starts: Integers, ends: Integers) -> Integers:
    """The UTC minutes since 1970 of one column's times, all written as Tally writes them."""
    require_plain(bool((ends - starts == len(_TIME) + 1).all()))
    require_plain(bool((np.frombuffer(data, np.uint8)[ends - 1] == ord("Z")).all()))
    texts = _slices(data, starts, len(_TIME))
    marks = texts.view(np.uint8).reshape(-1, len(_TIME))[:, _TIME_MARKS]
    require_plain(bool((marks == [_TIME[place] for place in _TIME_MARKS]).all()))
    try:
        times = texts.astype("datetime64[ms]").astype(np.int64) // 60_000
    except ValueError as exc:
        raise NotPlainError(str(exc)) from exc
    require_plain(bool((times >= _MINUTE_LIMITS[0]).all() and (times < _MINUTE_LIMITS[1]).all()))
    return times


def _slices(data: bytes, starts: Integers, width: int) -> npt.NDArray[np.bytes_]:
    """So many bytes from each start."""
    windows = np.ndarray((len(data) - width + 1,), dtype=f"S{width}", buffer=data, strides=(1,))
    return windows[starts]
