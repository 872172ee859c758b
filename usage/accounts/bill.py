"""Holds the bill against what Tally recorded, and names the calls that could explain the difference."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from usage.accounts.billed import Bill, exact_sum
from usage.reports import OurDay
from usage.units import format_usd

# Less than this is no difference: the endpoint may round each of its line items, Tally rounds nothing.
SAME_BELOW_USD = Decimal("0.000001")
_DATE_SUFFIX = re.compile(r"-\d{4}-\d{2}-\d{2}$", re.ASCII)
_WITHOUT_TALLY = "calls made elsewhere in this organisation, or a higher price"
_TOO_EARLY = "the bill is not complete yet, or the price was lower"

Key = tuple[date, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One model on one UTC day, both ways. An amount is None where its side has none that is known.

    `difference_usd` is what the bill has beyond the known cost here: the rows add up to the total.
    """

    day: date
    model: str
    ours_usd: Decimal | None
    theirs_usd: Decimal | None
    difference_usd: Decimal
    explanation: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All rows by day and model, their total in USD, and what to know about them."""

    first_day: date
    last_day: date
    rows: tuple[Difference, ...]
    ours_usd: Decimal
    theirs_usd: Decimal
    difference_usd: Decimal
    unknown_price_calls: int

    @property
    def remark(self) -> str:
        """The days compared, what the total leaves out, and how far the bill is to be trusted."""
        days = (
            f"{self.first_day} to {self.last_day}" if self.first_day < self.last_day else f"{self.first_day}"
        )
        left_out = ""
        if self.unknown_price_calls:
            left_out = f" The total leaves out {_calls(self.unknown_price_calls)} of unknown price."
        return (
            f"Compared: {days}, in days of UTC.{left_out} A bill is often a day or two behind: "
            "look again before you rely on its latest days. It is that of the whole organisation."
        )


def compare(ours: Iterable[OurDay], bill: Bill) -> Comparison:
    """Hold what Tally recorded on the days that the bill covers against it; other days are left out."""
    theirs = {(charge.day, charge.model): charge.usd for charge in bill.charges}
    recorded = _by_billed_name((day for day in ours if bill.first_day <= day.day <= bill.last_day), theirs)
    rows = [_row(key, recorded.get(key), theirs.get(key)) for key in sorted({*theirs, *recorded})]
    return Comparison(
        bill.first_day,
        bill.last_day,
        tuple(rows),
        ours_usd=exact_sum(day.usd for day in recorded.values()),
        theirs_usd=exact_sum(theirs.values()),
        difference_usd=exact_sum(row.difference_usd for row in rows),
        unknown_price_calls=sum(day.unknown_price_calls for day in recorded.values()),
    )


def _by_billed_name(ours: Iterable[OurDay], theirs: Iterable[Key]) -> dict[Key, OurDay]:
    """What was recorded, under the names that the bill has for the models."""
    alike: dict[Key, list[str]] = defaultdict(list)
    for day, model in theirs:
        alike[day, _undated(model)].append(model)
    groups: dict[Key, list[OurDay]] = defaultdict(list)
    for our in ours:
        groups[our.day, _billed_name(our.model, alike.get((our.day, _undated(our.model)), []))].append(our)
    return {key: _joined(key, group) for key, group in groups.items()}


def _billed_name(model: str, alike: Collection[str]) -> str:
    """Return the bill's name for a model of that day, out of names that differ by a date at most.

    That is its own name, else the only one that differs by a date at its end. Of several, or of two names
    with different dates, nothing says that they are the same: the model then stays by itself.
    """
    if model in alike:
        return model
    plain = _undated(model)
    names = [name for name in alike if plain in (name, model)]
    return names[0] if len(names) == 1 else model


def _undated(model: str) -> str:
    return _DATE_SUFFIX.sub("", model)


def _joined(key: Key, group: list[OurDay]) -> OurDay:
    day, model = key
    return OurDay(
        day=day,
        model=model,
        usd=exact_sum(our.usd for our in group),
        estimated_usd=exact_sum(our.estimated_usd for our in group),
        calls=sum(our.calls for our in group),
        estimated_calls=sum(our.estimated_calls for our in group),
        unknown_price_calls=sum(our.unknown_price_calls for our in group),
        uncertain_calls=sum(our.uncertain_calls for our in group),
    )


def _row(key: Key, ours: OurDay | None, theirs_usd: Decimal | None) -> Difference:
    known_usd = ours.usd if ours else Decimal(0)
    difference_usd = exact_sum([theirs_usd or Decimal(0), known_usd.copy_negate()])
    return Difference(
        *key,
        ours_usd=known_usd if ours and ours.unknown_price_calls < ours.calls else None,
        theirs_usd=theirs_usd,
        difference_usd=difference_usd,
        explanation=_explanation(ours, theirs_usd, difference_usd),
    )


def _explanation(ours: OurDay | None, theirs_usd: Decimal | None, difference_usd: Decimal) -> str:
    """What a difference could come from; "" where there is none."""
    is_same = abs(difference_usd) < SAME_BELOW_USD
    unknown = ours.unknown_price_calls if ours else 0
    if is_same and not unknown:
        return ""
    if ours is None:
        return "Not a call of Tally's: made elsewhere in this organisation, or a charge for something else."
    causes = ", ".join(_causes(ours, difference_usd))
    if theirs_usd is None:
        return f"Not in the bill, or not yet: {_calls(ours.calls)}{causes and ', among them '}{causes}."
    if is_same:
        return f"Nothing was billed, or not yet, for {_calls(unknown)} of unknown price."
    if difference_usd > 0:
        return f"More was billed: maybe {causes or _WITHOUT_TALLY}."
    return f"Less was billed: maybe {causes or _TOO_EARLY}."


def _causes(ours: OurDay, difference_usd: Decimal) -> list[str]:
    causes = []
    if ours.estimated_calls:
        estimated = format_usd(ours.estimated_usd, estimated=True)
        causes.append(f"{_calls(ours.estimated_calls)} with an estimated cost ({estimated})")
    if ours.unknown_price_calls and difference_usd >= 0:  # what is not in our amount cannot make it too high
        causes.append(f"{_calls(ours.unknown_price_calls)} of unknown price")
    if ours.uncertain_calls:
        causes.append(f"{_calls(ours.uncertain_calls)} whose fate is unknown")
    return causes


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count:,} calls"
