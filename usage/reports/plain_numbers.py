"""Counts and costs read from lines in bulk, eight digits at a time, as whole numbers: nothing is rounded."""

import numpy as np
import numpy.typing as npt

from usage.reports.call_batch import PICODOLLAR_LIMIT, PICODOLLARS
from usage.reports.names import Integers
from usage.reports.plain_lines import PlainLines, require_plain

_DIGITS = 8
_DECIMALS = 2 * _DIGITS
_PICODOLLAR_DECIMALS = 12
_ZEROS = 0x3030303030303030
# By how many digits a word has, at its end or its beginning: ones where they are not.
_BEFORE = np.array([(1 << 8 * (_DIGITS - size)) - 1 for size in range(_DIGITS + 1)], np.uint64)
_AFTER = ~np.array([(1 << 8 * size) - 1 for size in range(_DIGITS + 1)], np.uint64)


def counts(lines: PlainLines, columns: list[int]) -> Integers:
    """The counts of these columns, one row a line, -1 where nothing stands."""
    ends = lines.ends[:, columns]
    widths = ends - lines.starts[:, columns]
    require_plain((widths <= _DIGITS).all())
    return np.where(widths == 0, -1, _number(lines.words(ends - _DIGITS), _BEFORE[widths]))


def picodollars(lines: PlainLines, column: int) -> Integers:
    """One column's costs, each of which must be a whole number of picodollars; -1 where nothing stands."""
    starts, ends = lines.starts[:, column], lines.ends[:, column]
    points = _points(lines, starts, ends)
    wholes, decimals = points - starts, np.maximum(ends - points - 1, 0)
    require_plain((wholes <= _DIGITS).all() and (decimals <= _DECIMALS).all())
    require_plain((wholes + decimals > 0)[ends > starts].all())
    whole = _number(lines.words(points - _DIGITS), _BEFORE[wholes])
    require_plain((whole <= PICODOLLAR_LIMIT // PICODOLLARS).all())
    high = _number(lines.words(points + 1), _AFTER[np.minimum(decimals, _DIGITS)])
    low = _number(lines.words(points + 1 + _DIGITS), _AFTER[np.maximum(decimals - _DIGITS, 0)])
    fraction, rest = np.divmod(high * 10**_DIGITS + low, 10 ** (_DECIMALS - _PICODOLLAR_DECIMALS))
    found = whole * PICODOLLARS + fraction
    require_plain((rest == 0).all() and (found < PICODOLLAR_LIMIT).all())
    return np.where(ends == starts, -1, found)


def _points(lines: PlainLines, starts: Integers, ends: Integers) -> Integers:
    """Where each cost has its point among its first eight characters, else its end."""
    is_point = lines.words(starts).view(np.uint8).reshape(-1, _DIGITS) == ord(".")
    points = np.where(is_point.any(axis=1), starts + is_point.argmax(axis=1), ends)
    return np.minimum(points, ends)


def _number(words: npt.NDArray[np.uint64], filled: npt.NDArray[np.uint64]) -> Integers:
    """The number that eight digits make, the first in the lowest byte; zeros where `filled` has ones."""
    digits = (words & ~filled) | (filled & np.uint64(_ZEROS))
    require_plain(((digits & 0xF0F0F0F0F0F0F0F0) == _ZEROS).all())
    require_plain((((digits + 0x0606060606060606) & 0xF0F0F0F0F0F0F0F0) == _ZEROS).all())
    digits &= np.uint64(0x0F0F0F0F0F0F0F0F)
    pairs = (digits * 10 + (digits >> 8)) & 0x00FF00FF00FF00FF
    fours = (pairs * 100 + (pairs >> 16)) & 0x0000FFFF0000FFFF
    numbers: Integers = ((fours * 10_000 + (fours >> 32)) & 0x00000000FFFFFFFF).astype(np.int64)
    return numbers
