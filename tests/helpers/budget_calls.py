"""Calls to be kept within limits, for the tests of budgets."""

import itertools
from collections.abc import Sequence
from decimal import Decimal

from tests.helpers.fakes import NOW
from usage.budgets import Asked, Budgets
from usage.budgets.allowance import SHORTEST_USEFUL_REPLY_TOKENS
from usage.budgets.budgets import Limit
from usage.forecast import WorstCase

PER_TOKEN = Decimal("0.00001")
PROMPT_USD = Decimal("0.001")
WORST = WorstCase(PROMPT_USD, Decimal(10))
FREE = WorstCase(Decimal(0), Decimal(0))
DAILY = Limit(Decimal("0.10"), "day")
OWN = Limit(Decimal("0.10"), "day", "own")
HERE = Limit(Decimal("0.10"), "ever", "conversation")
PICODOLLAR = Decimal("0.000000000001")
SHORTEST_USD = PROMPT_USD + SHORTEST_USEFUL_REPLY_TOKENS * PER_TOKEN

numbers = itertools.count(1)


def budgets(spent: Decimal | str = "0", limits: Sequence[Limit] = (DAILY,)) -> Budgets:
    """Make limits of which this much is spent, whatever the period, the user and the conversation."""
    return Budgets(limits, lambda *_: Decimal(spent))


def asked(
    wanted: int | None = None,
    user: str = "ada",
    worst: WorstCase | None = WORST,
    conversation_id: str = "conversation-1",
    new_limit: Limit | None = None,
) -> Asked:
    """Return a call whose prompt costs PROMPT_USD at most and a token of its reply PER_TOKEN."""
    return Asked(
        call_id=f"call-{next(numbers)}",
        user=user,
        conversation_id=conversation_id,
        worst=worst,
        output_tokens=wanted,
        new_limit=new_limit,
    )


def reserve(
    of: Budgets, wanted: int | None = None, user: str = "ada", worst: WorstCase | None = WORST
) -> tuple[Decimal, int | None]:
    """Set aside such a call; gives how much that is, and the length of reply that it covers."""
    reservation = of.reserve(asked(wanted, user, worst), NOW)
    return reservation.usd, reservation.max_output_tokens
