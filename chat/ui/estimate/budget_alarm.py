"""Whether a budget is near, or would refuse what is about to be sent, and what the estimate says of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chat.calls import Ask
from chat.providers import Message
from chat.ui.chat_services import ChatServices
from usage.budgets import most_used


@dataclass(frozen=True, slots=True)
class BudgetAlarm:
    """`kind` is how urgent it is, as the estimate's line shows it; `text` gives the reason."""

    kind: Literal["near", "over"]
    text: str


def budget_alarm(
    services: ChatServices, asks: Sequence[Ask], messages: Sequence[Message]
) -> BudgetAlarm | None:
    """What to say of these calls that cost something; None where no budget is near.

    Raises StoreError or LedgerError when that cannot be known.
    """
    if reason := services.refusal(asks, messages):
        return BudgetAlarm("over", reason)
    user, conversation_id = asks[0].user, asks[0].conversation_id or ""
    most = most_used(services.budgets.used(user, conversation_id, services.clock()))
    return BudgetAlarm("near", most.warning) if most and most.level in ("near", "spent") else None
