"""Any conversation that a store can hold, for Hypothesis: trees of turns, with parameters and receipts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from chat.conversation import Conversation, Turn, one_line
from chat.providers import Parameters
from chat.store import WholeConversation
from tests.helpers.fakes import CALL, ENTRY
from usage.ledger import LedgerEntry
from usage.units import Endpoint, Price, TokenUsage

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
TITLES = TEXTS.map(lambda text: " ".join(one_line(text).split()))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 30)).map(  # noqa: DTZ001 - made UTC here
    lambda moment: moment.replace(tzinfo=UTC)
)
AMOUNTS = st.decimals(Decimal(0), Decimal(10_000), places=12)
COUNTS = st.none() | st.integers(0, 10**9)
FINITE = st.none() | st.floats(-2, 2)

PARAMETERS = st.builds(
    Parameters,
    system_prompt=TEXTS,
    temperature=FINITE,
    top_p=FINITE,
    presence_penalty=FINITE,
    frequency_penalty=FINITE,
    max_output_tokens=COUNTS,
    reasoning_effort=st.none() | st.sampled_from(["low", "high"]),
    verbosity=st.none() | st.just("low"),
    seed=st.none() | st.integers(-(2**63), 2**63),
    stop=st.lists(TEXTS, max_size=2).map(tuple),
    service_tier=st.none() | st.just("flex"),
)
PRICES = st.none() | st.builds(
    Price, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, st.sampled_from(["genai-prices 0.2.3", "prices.toml"])
)
USAGES = st.integers(0, 10**6).map(lambda count: TokenUsage(input=count, output=count // 3))


@st.composite
def entries(draw: st.DrawFn, turn: Turn, user: str) -> LedgerEntry:
    """Draw the receipt of a turn."""
    call = replace(
        CALL,
        id=f"call of {turn.id}",
        started_at=turn.created_at,
        user=user,
        conversation_id=turn.conversation_id,
        turn_id=turn.id,
        endpoint=Endpoint(draw(st.sampled_from(["api.openai.com", "127.0.0.1"])), "local"),
        model=turn.model,
        estimated_input_tokens=draw(COUNTS),
    )
    return replace(
        ENTRY,
        call=call,
        usage=draw(USAGES),
        usage_source=draw(st.sampled_from(["reported", "estimated", "none"])),
        price=draw(PRICES),
        cost_usd=draw(st.none() | AMOUNTS),
        duration_ms=draw(COUNTS),
        note=draw(TEXTS),
        reported_cost_usd=draw(st.none() | AMOUNTS),
        usage_json=draw(TEXTS),
    )


@st.composite
def whole_conversations(draw: st.DrawFn, conversation_id: str, user: str = "ada") -> WholeConversation:
    """Draw a conversation in which every reply has ended, its turns oldest first."""
    turns: list[Turn] = []
    began = draw(MOMENTS)
    for number in range(draw(st.integers(1, 6))):
        parent = draw(st.sampled_from([None, *turns]))
        turn = Turn(
            id=f"{conversation_id}-{number}",
            conversation_id=conversation_id,
            parent_id=parent.id if parent else None,
            question=draw(TEXTS),
            model=draw(TEXTS),
            parameters=draw(PARAMETERS),
            created_at=began + timedelta(milliseconds=number),
            status=draw(st.sampled_from(["completed", "failed", "interrupted"])),
            reply=draw(TEXTS),
            reasoning=draw(TEXTS),
            error=draw(st.none() | TEXTS),
            remarks=tuple(draw(st.lists(TEXTS, max_size=2))),
            comparison_id=draw(st.sampled_from(["", "together"])),
            connection=draw(st.sampled_from(["", "home"])),
        )
        entry = draw(st.none() | entries(turn, user))
        turns.append(replace(turn, entry=entry))
    place = draw(st.sampled_from(["listed", "pinned", "archived"]))
    conversation = Conversation(
        id=conversation_id,
        user=user,
        title=draw(TITLES),
        turns=tuple(turns),
        current_turn_id=draw(st.sampled_from(turns)).id,
        is_pinned=place == "pinned",
        is_archived=place == "archived",
    )
    return WholeConversation(conversation=conversation, updated_at=draw(MOMENTS))


@st.composite
def archives(draw: st.DrawFn) -> list[WholeConversation]:
    """Draw a few conversations of one person."""
    return [draw(whole_conversations(f"conversation-{number}")) for number in range(draw(st.integers(1, 3)))]
