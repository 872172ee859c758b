"""Keeps spending within its limits: checked before a call, with what calls under way may cost set aside."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from usage.budgets.allowance import BudgetExceeded, Left, PlannedCall, allowed
from usage.budgets.limits import Limit, UsedLimit
from usage.budgets.reservations import Held, Reservation, Reservations
from usage.ledger import Call
from usage.units import Period

# What the ledger says was spent in the period of this moment, by one user (None: all), in one conversation.
Spent = Callable[[Period, datetime, str | None, str | None], Decimal]
# The limits that a person set: for themselves, and for this conversation.
SetLimits = Callable[[str, str], Sequence[Limit]]


@dataclass(frozen=True)
class Budgets:
    """The limits that were given, those that people set, and the calls under way; any thread may ask.

    Days and months are those of `zone`. `is_corrected` says of a call whose cost was unknown whether it is
    known by now. What `spent` and `set_limits` raise passes through every method.
    """

    given: Sequence[Limit]
    spent: Spent
    zone: tzinfo
    set_limits: SetLimits
    reservations: Reservations
    is_corrected: Callable[[str], bool]

    def limits(self, user: str, conversation_id: str) -> tuple[Limit, ...]:
        """Return the limits on a call of this person in this conversation, "" for one still to begin."""
        return (*self.given, *self.set_limits(user, conversation_id))

    def used(self, user: str, conversation_id: str, now: datetime) -> tuple[UsedLimit, ...]:
        """Return these limits with what was spent of each, by the ledger."""
        return tuple(
            UsedLimit(limit, self._spent_of(limit, user, conversation_id, now))
            for limit in self.limits(user, conversation_id)
        )

    def reserve(self, planned: PlannedCall, among: int = 1) -> Reservation:
        """Set aside what a call can cost at most, with a shorter reply where only that fits.

        `among` is how many calls share what is left, this one included.
        Raises BudgetExceeded when no useful reply fits, or when a limit stands and the price is unknown.
        """
        limits = self._limits_on(planned)
        if not limits:
            return Reservation(planned.call, Decimal(0))
        # What is new in the ledger is read before the others have to wait for this call.
        call = planned.call
        self._spent_of(limits[0], call.user, call.conversation_id, call.started_at)

        def decide(held: Sequence[Held]) -> Reservation:
            return allowed(planned, self._left(planned.call, limits, held), self.zone, among)

        return self.reservations.add(decide)

    def refusal(self, planned: PlannedCall, among: int = 1) -> str:
        """Return why such a call would not go out now; empty when it would."""
        limits = self._limits_on(planned)
        try:
            if limits:
                left = self._left(planned.call, limits, self.reservations.all())
                allowed(planned, left, self.zone, among)
        except BudgetExceeded as exc:
            return str(exc)
        return ""

    def release(self, reservation: Reservation, *, is_unpriced: bool = False) -> None:
        """Let go of the money of a call that is in the ledger now, or was never made.

        If nobody knows what it cost (`is_unpriced`), what was set aside goes on to count until that is known
        or the period is over. A second time it does nothing.
        """
        if not reservation.usd:
            return
        if is_unpriced:
            self.reservations.keep(reservation.call.id)
        else:
            self.reservations.remove(reservation.call.id)

    def is_behind(self) -> bool:
        """Return whether a release still has to be written, so that its money stays set aside for now."""
        return self.reservations.is_behind()

    def catch_up(self) -> None:
        """Try once more to write the releases that could not be written."""
        self.reservations.catch_up()

    def _limits_on(self, planned: PlannedCall) -> tuple[Limit, ...]:
        """Return the limits that this call has to stay within: none for what is free."""
        if planned.worst is not None and planned.worst.is_free:
            return ()
        limits = self.limits(planned.call.user, planned.call.conversation_id)
        return (*limits, planned.new_limit) if planned.new_limit else limits

    def _left(self, call: Call, limits: Iterable[Limit], held: Sequence[Held]) -> list[Left]:
        """Return what each limit has left.

        What is set aside is read before what is spent, so that no call is missing in both.
        """
        found = []
        for limit in limits:
            counted = [each for each in held if self._counts(each, limit, call)]
            spent_usd = self._spent_of(limit, call.user, call.conversation_id, call.started_at)
            found.append(Left(limit, spent_usd, _sum(counted, is_kept=False), _sum(counted, is_kept=True)))
        return found

    def _spent_of(self, limit: Limit, user: str, conversation_id: str, now: datetime) -> Decimal:
        who = None if limit.scope == "all" else user
        where = conversation_id if limit.scope == "conversation" else None
        return self.spent(limit.period, now, who, where)

    def _counts(self, held: Held, limit: Limit, call: Call) -> bool:
        """Return whether what is set aside counts against this limit on the call."""
        period_of_held, period = (limit.next_start(at, self.zone) for at in (held.made_at, call.started_at))
        if held.is_kept and (period_of_held != period or self.is_corrected(held.call_id)):
            return False
        match limit.scope:
            case "all":
                return True
            case "conversation":
                return (held.user, held.conversation_id) == (call.user, call.conversation_id)
            case _:
                return held.user == call.user


def _sum(held: Iterable[Held], *, is_kept: bool) -> Decimal:
    return sum((each.usd for each in held if each.is_kept == is_kept), Decimal(0))
