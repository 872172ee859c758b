"""The list of conversations as HTML."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from chat.conversation import ConversationSummary
from chat.ui.sidebar import conversations_html
from usage.reports import Totals

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def summary(name: str, days_ago: int = 0) -> ConversationSummary:
    return ConversationSummary(id=name, title=f"<{name}>", updated_at=NOW - timedelta(days=days_ago))


def test_conversations_stand_under_their_days_and_what_is_in_titles_is_text() -> None:
    listed = conversations_html([summary("a"), summary("b"), summary("c", 1)], "b", NOW, UTC)
    assert [part.split("<")[0] for part in listed.split("<h2>")[1:]] == ["Today", "Yesterday"]
    assert '<span dir="auto">&lt;a&gt;</span>' in listed
    assert listed.count('aria-current="page"') == 1


def test_every_line_leaves_the_tab_stop_to_the_script() -> None:
    listed = conversations_html([summary("a")], "a", NOW, UTC)
    assert listed.count('tabindex="-1"') == 2


def test_a_conversation_whose_reply_is_being_written_is_marked() -> None:
    listed = conversations_html([summary("a"), summary("b")], "a", NOW, UTC, running={"b"})
    assert [part.count("reply being written") for part in listed.split("<li")[1:]] == [0, 1]


def test_under_each_title_stands_when_it_was_used_and_what_it_cost() -> None:
    listed = conversations_html(
        [summary("a"), summary("b", 1), summary("c", 2), summary("d", 400)],
        "a",
        NOW,
        ZoneInfo("Asia/Tokyo"),
        costs={"a": Totals(calls=1, cost_usd=Decimal("0.004125")), "d": Totals(calls=2)},
    )
    assert re.findall(r"</a><small>(.*?)</small>", listed) == [
        '21:00 · <span title="$0.004125">$0.0041</span>',
        "21:00",
        "Nov 24",
        'Oct 22 · <span title="$0.00">free</span>',
    ]
    assert re.findall("<h2>(.*?)</h2>", listed) == ["Today", "Yesterday", "Last 7 days", "October 2025"]


def test_a_list_of_none_says_what_will_be_there() -> None:
    assert "Your conversations will be listed here." in conversations_html([], "", NOW, UTC)
