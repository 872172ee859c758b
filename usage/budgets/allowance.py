"""Decides whether a call fits into what is left, and how long its reply may become."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from decimal import Decimal

from texts import _
from usage.budgets.limits import Limit, sentence
from usage.budgets.reservations import Reservation
from usage.forecast import WorstCase, longest_reply
from usage.ledger import Call
from usage.units import TOKENS_PER_MTOK, format_amount, format_day, format_tokens

SHORTEST_USEFUL_REPLY_TOKENS = 64


class BudgetExceeded(Exception):  # noqa: N818 - it is not a fault
    """A call would go over a limit; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call that is to be kept within the limits.

    `worst` is None when the price is unknown, `output_tokens` when any length of reply will do;
    `new_limit` is that of a conversation which begins with this call.
    """

    call: Call
    worst: WorstCase | None
    output_tokens: int | None = None
    new_limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """What a limit has left, once what is spent and what is set aside has been taken from it.

    `reserved_usd` is set aside for calls under way, `kept_usd` for calls that ended at an unknown cost.
    """

    limit: Limit
    spent_usd: Decimal
    reserved_usd: Decimal
    kept_usd: Decimal

    @property
    def usd(self) -> Decimal:
        """Return what is left in USD, below 0 when more was spent than allowed."""
        return self.limit.usd - self.spent_usd - self.reserved_usd - self.kept_usd


def allowed(planned: PlannedCall, limits: Iterable[Left], zone: tzinfo, among: int = 1) -> Reservation:
    """Return the reservation for a call, its reply made shorter where only that fits into all limits.

    `among` is how many calls share what is left, this one included. Raises BudgetExceeded.
    """
    left = min(limits, key=lambda each: each.usd)
    worst = planned.worst
    if worst is None:
        raise BudgetExceeded(
            _(
                "The price of this model is unknown, so it cannot be kept within {budget}. Set its price in "
                "the Usage tab under Prices or in prices.toml, or choose another model."
            ).format(budget=left.limit.name)
        )
    share_usd, longest = left.usd / among, longest_reply(planned.output_tokens, worst.room_tokens)
    shortest = min(longest, SHORTEST_USEFUL_REPLY_TOKENS)
    if share_usd < worst.cost(shortest):
        start = left.limit.next_start(planned.call.started_at, zone)
        raise BudgetExceeded(_refused(left, worst.cost(shortest), start, among))
    if share_usd >= worst.cost(longest):
        most_tokens = longest if worst.output_usd_per_mtok else planned.output_tokens
        call = replace(planned.call, most_output_tokens=most_tokens)
        return Reservation(call, worst.cost(longest))
    tokens = int((share_usd - worst.prompt_usd) * TOKENS_PER_MTOK // worst.output_usd_per_mtok)
    has_left = _has_left(left, among)
    note = _("{budget_has_left}, so this reply is limited to {tokens} tokens.")
    note = note.format(budget_has_left=has_left, tokens=format_tokens(tokens))
    return Reservation(replace(planned.call, most_output_tokens=tokens), worst.cost(tokens), note)


def _has_left(left: Left, among: int) -> str:
    share_usd = left.usd / among
    rest = format_amount(share_usd) if share_usd > 0 else _("nothing")
    text = _("{budget} has {rest} left for this model") if among > 1 else _("{budget} has {rest} left")
    return text.format(budget=sentence(left.limit.name), rest=rest)


def _refused(left: Left, needed_usd: Decimal, start: datetime | None, among: int) -> str:
    figures = [_("{cost} spent").format(cost=format_amount(left.spent_usd))]
    if left.reserved_usd:
        text = _("{cost} set aside for replies under way")
        figures.append(text.format(cost=format_amount(left.reserved_usd)))
    if left.kept_usd:
        text = _("{cost} for replies whose cost is not known")
        figures.append(text.format(cost=format_amount(left.kept_usd)))
    text = _("{budget_has_left} ({figures}), and this message may cost {cost} even with a short reply.")
    text = text.format(
        budget_has_left=_has_left(left, among), figures=", ".join(figures), cost=format_amount(needed_usd)
    )
    return f"{text} {_way_out(left.limit, start)}"


def _way_out(limit: Limit, start: datetime | None) -> str:
    if start is None:
        return _("Raise it under Settings, or start a new chat.")
    text = _("It resets on {day} at {time} ({zone}).")
    text = text.format(
        day=format_day(start.date()), time=f"{start:%H:%M}", zone=str(start.tzinfo).removeprefix("Etc/")
    )
    return f"{text} {_('You can raise it under Settings.')}" if limit.scope == "own" else text
