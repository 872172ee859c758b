"""Minutes as days and hours of the clock on the wall, in bulk."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from usage.reports.names import Integers

_DAY = 1440
_QUARTER = 15  # every change of a clock falls on a quarter of an hour


def local_minutes(minutes: Integers, zone: ZoneInfo) -> Integers:
    """The minutes that the wall's clock showed, counted from 1970-01-01 00:00 on it.

    `minutes` are UTC since 1970; a doubled hour at the end of daylight saving is shown twice.
    """
    days, place_of_day = np.unique(minutes // _DAY, return_inverse=True)
    at_start = np.array([_offset(day * _DAY, zone) for day in days.tolist()], dtype=np.int64)
    at_end = np.array([_offset(day * _DAY + _DAY - 1, zone) for day in days.tolist()], dtype=np.int64)
    offsets = at_start[place_of_day]
    changing = (at_start != at_end)[place_of_day]
    if changing.any():
        quarters, place = np.unique(minutes[changing] // _QUARTER, return_inverse=True)
        found = [_offset(quarter * _QUARTER, zone) for quarter in quarters.tolist()]
        offsets[changing] = np.array(found, dtype=np.int64)[place]
    return minutes + offsets


def _offset(minute: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(minute * 60, UTC).astimezone(zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds()) // 60
