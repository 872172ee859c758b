"""Holds the bill against what Tally recorded, and names the calls that could explain the difference."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal

from texts import N_, _
from usage.accounts.billed import Bill, exact_sum
from usage.reports import TOTAL, Calls, Cell, Column, OurDay, Sheet, calls_text, our_days, own_key_calls
from usage.units import format_days, format_usd

# Less than this is no difference: the endpoint may round each of its line items, Tally rounds nothing.
SAME_BELOW_USD = Decimal("0.000001")
_DATE_SUFFIX = re.compile(r"-\d{4}-\d{2}-\d{2}$", re.ASCII)
_COLUMNS = (
    Column("day", N_("Day (UTC)"), "time"),
    Column("model", N_("Model")),
    Column("ours_usd", N_("Tally"), "usd"),
    Column("theirs_usd", N_("Bill"), "usd"),
    Column("difference_usd", N_("Difference"), "usd"),
    Column("explanation", N_("Possible reason")),
)

Key = tuple[date, str]


def bill_sheet(calls: Calls, bill: Bill) -> Sheet:
    """Hold what Tally recorded on the days of a bill against it. Raises LedgerError."""
    with calls.unchanged():
        ours = our_days(calls, bill.first_day, bill.last_day)
        return compare(ours, bill, own_key_calls(calls, bill.first_day, bill.last_day))


def compare(ours: Iterable[OurDay], bill: Bill, own_keys: int = 0) -> Sheet:
    """Return both sides by UTC day and model; an amount is None where its side has none that is known.

    The difference is what the bill has beyond the known cost here, so that rows add up to the total. Days
    that the bill does not cover are left out, and so are the `own_keys` calls with people's own keys.
    """
    theirs = {(charge.day, charge.model): charge.usd for charge in bill.charges}
    recorded = _by_billed_name((day for day in ours if bill.first_day <= day.day <= bill.last_day), theirs)
    differences = {
        key: exact_sum([theirs.get(key, Decimal(0)), -recorded[key].usd if key in recorded else Decimal(0)])
        for key in sorted({*theirs, *recorded})
    }
    ours_usd = exact_sum(day.usd for day in recorded.values())
    return Sheet(
        name="bill",
        title=_("Compared with the bill"),
        columns=_COLUMNS,
        rows=[
            _row(key, recorded.get(key), theirs.get(key), difference_usd)
            for key, difference_usd in differences.items()
        ],
        total=[TOTAL, None, ours_usd, exact_sum(theirs.values()), exact_sum(differences.values()), None],
        note=_note(bill, sum(day.unknown_price_calls for day in recorded.values()), own_keys),
    )


def _note(bill: Bill, unknown: int, own_keys: int) -> str:
    """Say which days are compared, what is left out, and how far the bill is to be trusted."""
    days = format_days(bill.first_day, bill.last_day)
    sentences = [_("Compared: {days} (UTC days).").format(days=days)]
    if unknown:
        text = _("Not in the total: {calls} without a price.")
        sentences.append(text.format(calls=calls_text(unknown)))
    sentences.append(
        _(
            "Bills are often a day or two behind: check the latest days again later. "
            "This one is for the whole organization."
        )
    )
    if own_keys:
        text = _("Not compared: {calls} with people’s own keys, which have their own bills.")
        sentences.append(text.format(calls=calls_text(own_keys)))
    return " ".join(sentences)


def _by_billed_name(ours: Iterable[OurDay], theirs: Iterable[Key]) -> dict[Key, OurDay]:
    """Return what was recorded under the names that the bill has for the models."""
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


def _row(key: Key, ours: OurDay | None, theirs_usd: Decimal | None, difference_usd: Decimal) -> list[Cell]:
    day, model = key
    ours_usd = ours.usd if ours and ours.unknown_price_calls < ours.calls else None
    explanation = _explanation(ours, theirs_usd, difference_usd)
    return [day.isoformat(), model, ours_usd, theirs_usd, difference_usd, explanation]


def _explanation(ours: OurDay | None, theirs_usd: Decimal | None, difference_usd: Decimal) -> str:
    """Return what a difference could come from; "" where there is none."""
    is_same = abs(difference_usd) < SAME_BELOW_USD
    unknown = ours.unknown_price_calls if ours else 0
    if is_same and not unknown:
        return ""
    if ours is None:
        return _("Not made with Tally: used elsewhere in this organization, or charged for something else.")
    causes = ", ".join(_causes(ours, difference_usd))
    if theirs_usd is None:
        text = _("Not on the bill, at least not yet: {calls}, including {causes}.")
        if not causes:
            text = _("Not on the bill, at least not yet: {calls}.")
        return text.format(calls=calls_text(ours.calls), causes=causes)
    if is_same:
        text = _("Nothing billed, at least not yet, for {calls} without a price.")
        return text.format(calls=calls_text(unknown))
    if difference_usd > 0:
        causes = causes or _("calls made elsewhere in this organization, or a higher price")
        return _("Billed more: maybe {causes}.").format(causes=causes)
    causes = causes or _("the bill is not complete yet, or the price was lower")
    return _("Billed less: maybe {causes}.").format(causes=causes)


def _causes(ours: OurDay, difference_usd: Decimal) -> list[str]:
    causes = []
    if ours.estimated_calls:
        text = _("{calls} with an estimated cost ({usd})")
        usd = format_usd(ours.estimated_usd, estimated=True)
        causes.append(text.format(calls=calls_text(ours.estimated_calls), usd=usd))
    if ours.unknown_price_calls and difference_usd >= 0:  # what is not in our amount cannot make it too high
        causes.append(_("{calls} without a price").format(calls=calls_text(ours.unknown_price_calls)))
    if ours.uncertain_calls:
        causes.append(_("{calls} with an unknown outcome").format(calls=calls_text(ours.uncertain_calls)))
    return causes
