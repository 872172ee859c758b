"""The calls that cost the most."""

from texts import N_, _
from usage.reports.calls import Calls, Filter
from usage.reports.sheets import Column, Sheet, calls_text, rows_of, tuples_of

_COLUMNS = (
    Column("time", N_("Time"), "time"),
    Column("conversation", N_("Conversation"), "conversation"),
    Column("model", N_("Model")),
    Column("user", N_("Person"), minor=True),
    Column("input_tokens", N_("Input"), "count"),
    Column("output_tokens", N_("Output"), "count"),
    Column("cost_usd", N_("Cost"), "usd"),
    Column("turn_id", N_("Turn"), "turn"),
)
_DEAREST = """
SELECT local_time, conversation_id, model, "user", input_tokens, output_tokens, known_usd, turn_id
FROM calls
WHERE CHOSEN AND known_usd > 0
ORDER BY known_usd DESC, line
LIMIT $number
"""
_UNKNOWN = """
SELECT count(*) AS calls
FROM calls
WHERE CHOSEN AND known_usd IS NULL
"""


def dearest_calls(calls: Calls, chosen: Filter, number: int = 10) -> Sheet:
    """Return the dearest calls, of equally dear ones the earlier first; times are local."""
    with calls.unchanged():
        dearest = calls.ask(_DEAREST, chosen, number=number)
        [(unknown,)] = tuples_of(calls.ask(_UNKNOWN, chosen))
    dearest["local_time"] = [f"{time:%Y-%m-%d %H:%M}" for time in dearest["local_time"]]
    return Sheet(
        name="dearest",
        title=_("Most expensive calls"),
        columns=_COLUMNS,
        rows=rows_of(dearest),
        note=_("{calls} of unknown price cannot be among them.").format(calls=calls_text(unknown))
        if unknown
        else "",
    )
