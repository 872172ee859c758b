"""What Tally recorded of each model on each UTC day, to be held against a bill."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from usage.ledger import CALL_PURPOSES
from usage.reports.call_table import EPOCH, CallTable, Filter, Places, day_of
from usage.reports.names import Integers, Names
from usage.reports.table_sums import Groups, spending, sums

OPENAI = "api.openai.com"
_DAY_MINUTES = 1440
_FATE_UNKNOWN = "fate unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class OurDay:
    """What Tally recorded of one model on one day of UTC, at the endpoint that the bill is from.

    `usd` is the cost as far as it is known, `estimated_usd` the part of it that is estimated. The last three
    count calls: with an estimated cost, without a known price, and sent without word of what became of them.
    """

    day: date
    model: str
    usd: Decimal
    estimated_usd: Decimal = Decimal(0)
    calls: int
    estimated_calls: int = 0
    unknown_price_calls: int = 0
    uncertain_calls: int = 0


def our_days(table: CallTable, first_day: date, last_day: date, endpoint: str = OPENAI) -> list[OurDay]:
    """By UTC day, from the first to the last, and by the model that answered, else the one asked for.

    A bill is that of one key: calls with people's own keys are left out (see `own_key_calls`).
    """
    places = _places(table, first_day, last_day, endpoint, "app")
    days, models, names = _utc_days(table, places), *billed_models(table, places)
    keys, numbers = np.unique(days * len(names) + models, return_inverse=True)
    is_call = table.is_one_of("purpose", CALL_PURPOSES, places)
    known = (table.at("picodollars", places) >= 0) | (table.at("partner", places) >= 0)
    estimated = is_call & known & table.is_one_of("usage_source", ["estimated"], places)
    uncertain = is_call & table.is_one_of("note", [_FATE_UNKNOWN], places)
    counts = [sums(numbers, mask.astype(np.int64), len(keys)).tolist() for mask in (estimated, uncertain)]
    totals = Groups(table, places, numbers, len(keys)).totals()
    return [
        OurDay(
            day=day_of(key // len(names)),
            model=names.text(key % len(names)),
            usd=totals[number].cost_usd,
            estimated_usd=totals[number].estimated_usd,
            calls=totals[number].calls,
            estimated_calls=counts[0][number],
            unknown_price_calls=totals[number].unknown_price_calls,
            uncertain_calls=counts[1][number],
        )
        for number, key in enumerate(keys.tolist())
    ]


def own_key_calls(table: CallTable, first_day: date, last_day: date, endpoint: str = OPENAI) -> int:
    """How many calls of these UTC days went out with people's own keys."""
    places = _places(table, first_day, last_day, endpoint, "user")
    return int(np.count_nonzero(table.is_one_of("purpose", CALL_PURPOSES, places)))


def _places(table: CallTable, first_day: date, last_day: date, endpoint: str, key_owner: str) -> Places:
    places = spending(table, Filter())
    days = _utc_days(table, places)
    mask = (days >= (first_day - EPOCH).days) & (days <= (last_day - EPOCH).days)
    mask &= table.is_one_of("endpoint", [endpoint], places)
    mask &= table.is_one_of("key_owner", [key_owner], places)
    return places[mask]


def _utc_days(table: CallTable, places: Places) -> Integers:
    return table.at("minute", places).astype(np.int64) // _DAY_MINUTES


def billed_models(table: CallTable, places: Places) -> tuple[Integers, Names]:
    """Return the numbers and names of the models billed: the one that answered, else the one asked for."""
    names = Names()
    asked = names.numbers(table.names["model"].texts())
    answered = names.numbers(table.names["resolved_model"].texts())
    silent = table.is_one_of("resolved_model", [""], places)
    found = np.where(silent, asked[table.at("model", places)], answered[table.at("resolved_model", places)])
    return found, names
