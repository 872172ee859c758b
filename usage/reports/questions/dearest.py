"""The calls and the conversations that cost the most."""

from texts import N_, _, ngettext
from usage.reports.calls import Calls, Filter
from usage.reports.sheets import COST, Column, Sheet, rows_of

_COLUMNS = (
    Column("time", N_("Time"), "time"),
    Column("conversation", N_("Chat"), "conversation"),
    Column("model", N_("Model")),
    Column("user", N_("Person"), minor=True),
    Column("input_tokens", N_("Input"), "count"),
    Column("output_tokens", N_("Output"), "count"),
    Column(COST, N_("Cost"), "usd"),
    Column("turn_id", N_("Turn"), "turn"),
)
_CONVERSATION_COLUMNS = (
    Column("conversation", N_("Chat"), "conversation"),
    Column(COST, N_("Cost"), "usd"),
    Column("calls", N_("Calls"), "count"),
    Column("last_day", N_("Last"), "time"),
    Column("user", N_("Person"), minor=True),
)
_DEAREST = """
SELECT local_time, conversation_id, model, "user", input_tokens, output_tokens, known_usd, turn_id
FROM calls
WHERE CHOSEN AND known_usd > 0
ORDER BY known_usd DESC, line
LIMIT $number
"""
_DEAREST_CONVERSATIONS = """
SELECT
    conversation_id,
    sum(known_usd) AS cost_usd,
    count(*) AS calls,
    CAST(max(local_day) AS VARCHAR) AS last_day,
    any_value("user") AS "user"
FROM calls
WHERE CHOSEN AND conversation_id <> ''
GROUP BY conversation_id
HAVING sum(known_usd) > 0
ORDER BY cost_usd DESC, conversation_id
LIMIT $number
"""
_UNKNOWN = """
SELECT count(*) AS calls
FROM calls
WHERE CHOSEN AND known_usd IS NULL
"""


def dearest_calls(calls: Calls, chosen: Filter, number: int = 10) -> Sheet:
    """Return the most expensive calls, of equal ones the earlier first; times are local."""
    with calls.unchanged():
        dearest = calls.ask(_DEAREST, chosen, number=number)
        [(unknown,)] = calls.tuples(_UNKNOWN, chosen)
    dearest["local_time"] = [f"{time:%Y-%m-%d %H:%M}" for time in dearest["local_time"]]
    return Sheet(
        name="dearest",
        title=_("Most expensive calls"),
        columns=_COLUMNS,
        rows=rows_of(dearest),
        note=_not_listed(unknown),
    )


def dearest_conversations(calls: Calls, chosen: Filter, number: int = 10) -> Sheet:
    """Return the most expensive conversations, each with the last day it was used on."""
    with calls.unchanged():
        dearest = calls.ask(_DEAREST_CONVERSATIONS, chosen, number=number)
        [(unknown,)] = calls.tuples(_UNKNOWN, chosen)
    return Sheet(
        name="dearest-conversations",
        title=_("Most expensive chats"),
        columns=_CONVERSATION_COLUMNS,
        rows=rows_of(dearest),
        note=_not_listed(unknown),
    )


def _not_listed(unknown: int) -> str:
    if not unknown:
        return ""
    text = ngettext(
        "{count} call has no price and is not listed.",
        "{count} calls have no price and are not listed.",
        unknown,
    )
    return text.format(count=f"{unknown:,}")
