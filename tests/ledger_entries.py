"""Ledger entries for tests: one plain call, changed where a test cares."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from usage.ledger import LedgerEntry
from usage.tokens import TokenUsage

PLAIN = LedgerEntry(
    call_id="call-1",
    started_at=datetime(2026, 11, 22, 8, 30, 0, 123_000, UTC),
    user="local",
    conversation_id="chat-1",
    turn_id="turn-1",
    purpose="reply",
    endpoint="api.openai.com",
    key_owner="app",
    model="gpt-6-luna",
    resolved_model="gpt-6-luna-2026-09-01",
    status="completed",
    usage=TokenUsage(input=1234, cached_input=1000, cache_write=0, output=400, reasoning=100),
    usage_source="reported",
    input_usd_per_mtok=Decimal("0.10"),
    cached_input_usd_per_mtok=Decimal("0.01"),
    output_usd_per_mtok=Decimal("0.50"),
    price_source="genai-prices 0.2.3",
    cost_usd=Decimal("0.0002334"),
    first_token_ms=210,
    duration_ms=2400,
)


def an_entry(**changes: Any) -> LedgerEntry:
    """PLAIN with these fields changed."""
    return replace(PLAIN, **changes)
