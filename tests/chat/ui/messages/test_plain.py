"""What Tally itself writes into a message."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from chat.markup import plain
from chat.ui.messages import said_at
from chat.ui.messages.plain import button
from tests.helpers.fakes import TURN

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 5, 23, 30, tzinfo=UTC)  # 0:30 on the 6th in Berlin


@pytest.mark.parametrize(
    ("moment", "time", "shown"),
    [
        (datetime(2026, 3, 5, 23, 5, tzinfo=UTC), "2026-03-06T00:05:00+01:00", "00:05"),
        (datetime(2026, 3, 5, 22, 59, tzinfo=UTC), "2026-03-05T23:59:00+01:00", "Mar 5, 23:59"),
        (datetime(2025, 12, 31, 23, 1, 2, tzinfo=UTC), "2026-01-01T00:01:02+01:00", "Jan 1, 00:01"),
        (datetime(2025, 12, 31, 22, 0, tzinfo=UTC), "2025-12-31T23:00:00+01:00", "Dec 31, 2025, 23:00"),
    ],
)
def test_time_of_day_is_that_of_the_zone_with_the_date_of_another_day(
    moment: datetime, time: str, shown: str
) -> None:
    assert said_at(moment, NOW, ZONE) == f'<time datetime="{time}">{shown}</time>'


def test_text_is_one_line_in_which_nothing_is_markup() -> None:
    assert plain("<a>\r\n\n\t%\ue000") == "&lt;a&gt;&#10;&#10;&#9;&#37;\ufffd"


def test_button_says_what_it_does_as_a_sign_or_in_words() -> None:
    known = '<button type="button" name="retry" value="turn-1"'
    assert button("retry", TURN, "Try again") == f'{known} title="Try again">Try again</button>'
    assert button("retry", TURN, "Try again", in_words=True) == f'{known} class="words">Try again</button>'
