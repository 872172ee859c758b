"""The ledger added up: takes calls in, and gives totals by any grouping without looking at them again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np

from usage.call_batch import EPOCH, CallBatch, local_days
from usage.periods import day_group
from usage.rollup import DAY_MASK, NAME_MASK, USER_MASK, Integers, Names, Rollup, Selection, key_of, parts_of
from usage.totals import Grouping, Totals

_Group = TypeVar("_Group")
_MICRO = 10**6
_LAST_DAY = (date(2200, 12, 31) - EPOCH).days


@dataclass(frozen=True, slots=True)
class Filter:
    """Which calls a question is about; None leaves a side open. Days are local and both count."""

    first_day: date | None = None
    last_day: date | None = None
    user: str | None = None
    conversation_id: str | None = None


class LedgerSums:
    """Totals by day, user and model, and by day, user and conversation; a day is one of this zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._users = Names()
        self._models = Names()
        self._conversations = Names()
        self._by_model = Rollup()
        self._by_conversation = Rollup()

    def add(self, batch: CallBatch) -> None:
        """Add these calls."""
        days = local_days(batch.minutes, self._zone)
        users = _numbers(self._users, batch, "user")
        figures = _figures_of(batch)
        for rollup, names, column in (
            (self._by_model, self._models, "model"),
            (self._by_conversation, self._conversations, "conversation_id"),
        ):
            keys = key_of(days, users, _numbers(names, batch, column))
            rollup.add(keys, figures)
            for place, cost in batch.odd_costs.items():
                rollup.add_odd_cost(int(keys[place]), _cost_alone(cost, bool(batch.estimated[place])))

    def by(self, grouping: Grouping, chosen: Filter) -> dict[str, Totals]:
        """Totals by the groups' names, in no order."""
        match grouping:
            case "user":
                return self._group(self._by_model, USER_MASK, chosen, self._user_of)
            case "model":
                return self._group(self._by_model, NAME_MASK, chosen, self._model_of)
            case "conversation":
                return self._group(self._by_conversation, NAME_MASK, chosen, self._conversation_of)
            case "day" | "week" | "month":
                return self._group(
                    self._by_model, DAY_MASK, chosen, lambda key: day_group(grouping, _day_of(key))
                )

    def by_day_and_model(self, chosen: Filter) -> dict[tuple[str, str], Totals]:
        """Totals by day and model, in no order."""
        return self._group(
            self._by_model,
            DAY_MASK | NAME_MASK,
            chosen,
            lambda key: (_day_of(key).isoformat(), self._model_of(key)),
        )

    def total(self, chosen: Filter) -> Totals:
        """One total of all that is chosen."""
        rollup = self._by_model if chosen.conversation_id is None else self._by_conversation
        return self._group(rollup, 0, chosen, lambda _: "").get("", Totals())

    def models(self) -> list[str]:
        """Every model, in the order of their first calls."""
        return self._models.texts()

    def _group(
        self, rollup: Rollup, mask: int, chosen: Filter, group_of: Callable[[int], _Group]
    ) -> dict[_Group, Totals]:
        groups: dict[_Group, Totals] = {}
        selection = self._selection(chosen)
        for key, totals in rollup.totals(mask, selection).items() if selection else ():
            group = group_of(key)
            groups[group] = groups[group] + totals if group in groups else totals
        return groups

    def _selection(self, chosen: Filter) -> Selection | None:
        """None when it names somebody or a conversation without any call."""
        user = None if chosen.user is None else self._users.known(chosen.user)
        name = None if chosen.conversation_id is None else self._conversations.known(chosen.conversation_id)
        if (user is None) != (chosen.user is None) or (name is None) != (chosen.conversation_id is None):
            return None
        first, last = chosen.first_day or date.min, chosen.last_day or date.max
        return Selection(max(0, (first - EPOCH).days), min(_LAST_DAY, (last - EPOCH).days), user, name)

    def _user_of(self, key: int) -> str:
        return self._users.text(parts_of(key)[1])

    def _model_of(self, key: int) -> str:
        return self._models.text(parts_of(key)[2])

    def _conversation_of(self, key: int) -> str:
        return self._conversations.text(parts_of(key)[2])


def _day_of(key: int) -> date:
    return EPOCH + timedelta(days=parts_of(key)[0])


def _numbers(names: Names, batch: CallBatch, column: str) -> Integers:
    texts, places = batch.names[column]
    return names.numbers(texts)[places]


def _figures_of(batch: CallBatch) -> Integers:
    known = batch.picodollars >= 0
    micro, rest = np.divmod(np.where(known, batch.picodollars, 0), _MICRO)
    estimated = batch.estimated
    return np.column_stack(
        [np.ones_like(micro), batch.tokens, ~known, micro, rest, micro * estimated, rest * estimated]
    )


def _cost_alone(cost_usd: Decimal, estimated: bool) -> Totals:
    return Totals(cost_usd=cost_usd, estimated_usd=cost_usd if estimated else Decimal(0))
