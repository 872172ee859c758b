"""What the chat's page works with, made of a rig's parts: for tests of its handlers without a browser."""

from datetime import UTC
from decimal import Decimal

from chat.providers import CompletionProvider, Endpoints
from chat.store import LimitsStore
from chat.ui import ChatServices
from tests.helpers.fakes import MODEL, NOW, FakeLedger, Rig
from usage.reports import Spend, Totals


def services_of(rig: Rig, user: str = "ada") -> ChatServices:
    """Make services for somebody who asks at NOW, to whom the rig's provider answers."""

    def connect(_key: str | None) -> CompletionProvider:
        return rig.provider

    return ChatServices(
        user_of=lambda _request: user,
        store=rig.store,
        runner=rig.runner,
        endpoints=Endpoints(connect, "sk-of-the-app", needs_key=False),
        meter=rig.records.meter,
        spend=lambda who, where: _spend(rig.ledger, who, where),
        clock=lambda: NOW,
        zone=UTC,
        model=MODEL,
        budgets=rig.records.budgets,
        set_limits=LimitsStore(rig.store.database),
        refusal=rig.preparation.refusal,
    )


def _spend(ledger: FakeLedger, user: str, conversation_id: str | None) -> Spend:
    everywhere = Totals(cost_usd=ledger.spent("day", NOW, user, None))
    here = ledger.spent("ever", NOW, user, conversation_id) if conversation_id else Decimal(0)
    return Spend(today=everywhere, month=everywhere, conversation=Totals(cost_usd=here))
