"""The rows of the list of conversations, as HTML."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from chat.conversation import ConversationSummary
from chat.store import ListStart
from chat.ui.sidebar.conversation_rows import Rows
from usage.reports import Totals

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOSTILE = """<img src=x onerror=alert(1)>"'&\u202e{title}"""


def summary(name: str, days_ago: int = 0, *, is_pinned: bool = False) -> ConversationSummary:
    return used_at(name, NOW - timedelta(days=days_ago), is_pinned=is_pinned)


def used_at(name: str, moment: datetime, *, is_pinned: bool = False) -> ConversationSummary:
    return ConversationSummary(id=name, title=f"<{name}>", updated_at=moment, is_pinned=is_pinned)


def headings(html: str) -> list[str]:
    return re.findall("<h2>(.*?)</h2>", html)


def test_conversations_stand_under_their_days_and_what_is_in_titles_is_text() -> None:
    listed = Rows(NOW, UTC).sections_html([summary("a"), summary("b"), summary("c", 1)])
    assert headings(listed) == ["Today", "Yesterday"]
    assert '<span dir="auto">&lt;a&gt;</span>' in listed


@pytest.mark.parametrize(
    ("days_ago", "heading"),
    [
        *((0, "Today"), (1, "Yesterday"), (2, "Previous 7 days"), (7, "Previous 7 days")),
        *((8, "Previous 30 days"), (30, "Previous 30 days"), (31, "October 2026"), (366, "November 2025")),
        (-1, "Today"),
    ],
)
def test_each_group_ends_where_the_next_begins(days_ago: int, heading: str) -> None:
    assert headings(Rows(NOW, UTC).sections_html([summary("a", days_ago)])) == [heading]


@pytest.mark.parametrize(
    ("zone", "now", "moment", "heading"),
    [
        # The last second of a day, and the first of the next one, where it is 9 or 11 hours from UTC.
        ("Asia/Tokyo", "2026-11-26T14:59:59", "2026-11-25T15:00:00", "Today"),
        ("Asia/Tokyo", "2026-11-26T14:59:59", "2026-11-25T14:59:59", "Yesterday"),
        ("Pacific/Niue", "2026-11-26T11:00:00", "2026-11-26T10:59:59", "Yesterday"),
        # A day of 25 hours, and one of 23: the clock is put back on October 25th, and forward on March 29th.
        ("Europe/Berlin", "2026-10-25T22:59:59", "2026-10-24T22:00:00", "Today"),
        ("Europe/Berlin", "2026-10-25T22:59:59", "2026-10-24T21:59:59", "Yesterday"),
        ("Europe/Berlin", "2026-10-25T23:00:00", "2026-10-24T22:00:00", "Yesterday"),
        ("Europe/Berlin", "2026-03-29T21:59:59", "2026-03-28T23:00:00", "Today"),
        ("Europe/Berlin", "2026-03-29T22:00:00", "2026-03-28T23:00:00", "Yesterday"),
        ("Europe/Berlin", "2026-03-29T22:00:00", "2026-03-28T22:59:59", "Previous 7 days"),
        ("Europe/Berlin", "2026-11-01T12:00:00", "2026-10-24T22:00:00", "Previous 7 days"),
        ("Europe/Berlin", "2026-11-01T12:00:00", "2026-10-24T21:59:59", "Previous 30 days"),
    ],
)
def test_a_day_is_what_it_is_where_people_live(zone: str, now: str, moment: str, heading: str) -> None:
    then, listed_at = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (moment, now))
    assert headings(Rows(listed_at, ZoneInfo(zone)).sections_html([used_at("a", then)])) == [heading]


def test_pinned_conversations_stand_first_with_their_year() -> None:
    pinned, latest = summary("p", 400, is_pinned=True), summary("a")
    listed = Rows(NOW, UTC).start_html(ListStart((pinned,), (latest,), has_more=True, archived=3))
    assert headings(listed) == ["Pinned", "Today"]
    assert listed.startswith('<div data-has-more data-archived="3">')
    assert re.findall("<small>(.*?)</small>", listed) == ["Oct 22, 2025", "12:00"]
    assert [" data-pinned" in row for row in listed.split("<li")[1:]] == [True, False]


@pytest.mark.parametrize(
    ("days_ago", "pinned", "listed"), [(0, "12:00", "12:00"), (1, "Nov 25", "12:00"), (2, "Nov 24", "Nov 24")]
)
def test_where_no_heading_says_the_day_the_row_does(days_ago: int, pinned: str, listed: str) -> None:
    start = ListStart((summary("p", days_ago, is_pinned=True),), (summary("a", days_ago),), False, 0)
    assert re.findall("<small>(.*?)</small>", Rows(NOW, UTC).start_html(start)) == [pinned, listed]


def test_no_title_is_ever_more_than_text() -> None:
    hostile = ConversationSummary(id=HOSTILE, title=HOSTILE, updated_at=NOW)
    listed = Rows(NOW, UTC).sections_html([hostile])
    assert "<img" not in listed
    assert re.findall(r"<(\w+)", listed) == ["section", "h2", "ul", "li", "a", "span", "small", "button"]


def test_every_line_leaves_the_tab_stop_to_the_script() -> None:
    assert Rows(NOW, UTC).sections_html([summary("a")]).count('tabindex="-1"') == 2


def test_a_conversation_whose_reply_is_being_written_is_marked() -> None:
    listed = Rows(NOW, UTC, running={"b"}).sections_html([summary("a"), summary("b")])
    assert [part.count("Reply in progress") for part in listed.split("<li")[1:]] == [0, 1]


def test_under_each_title_stands_when_it_was_used_and_what_it_cost() -> None:
    costs = {"a": Totals(calls=1, cost_usd=Decimal("0.004125")), "d": Totals(calls=2)}
    listed = Rows(NOW, ZoneInfo("Asia/Tokyo"), costs=costs).sections_html(
        [summary("a"), summary("b", 1), summary("c", 2), summary("d", 400)]
    )
    assert re.findall(r"</a><small>(.*?)</small>", listed) == [
        '21:00 · <span title="$0.004125">$0.0041</span>',
        "21:00",
        "Nov 24",
        'Oct 22 · <span title="$0.00">free</span>',
    ]
    assert headings(listed) == ["Today", "Yesterday", "Previous 7 days", "October 2025"]


def test_a_list_of_none_says_what_will_be_there() -> None:
    listed = Rows(NOW, UTC).start_html(ListStart((), (), has_more=False, archived=2))
    assert "Your chats will be listed here." in listed
    assert 'data-archived="2"' in listed
