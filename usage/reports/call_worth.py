"""What of a call's cost went into old messages, and what the endpoint's cache saved: by the row's own rates.

Tokens are columns in the order of `call_batch.TOKEN_COLUMNS`, rates in that of RATE_COLUMNS in picodollars a
token, -1 where unknown. Results are whole picodollars.
"""

import numpy as np
import numpy.typing as npt

from usage.reports.names import Integers

_INPUT, _CACHED, _WRITTEN, _ESTIMATED, _HISTORY = 0, 1, 2, 5, 6
# Products of what is below these fit 64 bits; what is above is no call that anybody has made.
_MOST_TOKENS = 2**30
_HIGHEST_RATE = 2**32


def saved_by_cache(tokens: Integers, rates: Integers) -> Integers:
    """What the cached tokens would have cost more as plain input, less what writing the cache cost more.

    Below 0 where the cache was written and hardly read, 0 where a count or a rate is unknown.
    """
    input_rate, cached_rate, written_rate = rates.T
    cached, written = np.maximum(tokens[:, _CACHED], 0), np.maximum(tokens[:, _WRITTEN], 0)
    sound = _sound(tokens, rates)
    read = np.where(sound & (cached_rate >= 0), cached * (input_rate - cached_rate), 0)
    return read - np.where(sound & (written_rate >= 0), written * (written_rate - input_rate), 0)


def history_cost(tokens: Integers, rates: Integers) -> Integers:
    """What sending earlier messages again cost, -1 where a count or a rate is unknown.

    Their share of the prompt is that of the count before sending, applied to the input that was reported.
    A cache holds the beginning of a prompt, so that its tokens count as old ones first.
    """
    input_rate, cached_rate, _ = rates.T
    estimated, history = tokens[:, _ESTIMATED], tokens[:, _HISTORY]
    sound = _sound(tokens, rates) & (estimated > 0) & (estimated < _MOST_TOKENS)
    sound &= (history >= 0) & (history <= estimated)
    whole = np.where(sound, tokens[:, _INPUT], 0)
    share = np.where(sound, history, 0)
    old = (2 * share * whole + estimated) // (2 * np.maximum(estimated, 1))
    old_cached = np.where(cached_rate >= 0, np.minimum(old, np.maximum(tokens[:, _CACHED], 0)), 0)
    cost = old_cached * np.maximum(cached_rate, 0) + (old - old_cached) * input_rate
    return np.where(sound, cost, -1)


def _sound(tokens: Integers, rates: Integers) -> npt.NDArray[np.bool_]:
    sound: npt.NDArray[np.bool_] = (
        (tokens[:, _INPUT] >= 0)
        & (tokens[:, _INPUT] < _MOST_TOKENS)
        & (tokens[:, _CACHED] < _MOST_TOKENS)
        & (tokens[:, _WRITTEN] < _MOST_TOKENS)
        & (rates[:, 0] >= 0)
        & (rates < _HIGHEST_RATE).all(axis=1)
    )
    return sound
