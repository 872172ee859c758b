"""What Tally itself writes into a message: buttons, the time of day."""

from collections.abc import Callable
from datetime import datetime, tzinfo

from chat.conversation import Turn
from chat.markup import plain
from texts import _, short_month_name

TimeOfDay = Callable[[datetime], str]
"""Makes a moment HTML that says when it was."""


def button(name: str, turn: Turn, label: str, *, in_words: bool = False) -> str:
    """Return a button that the page's script knows by its name, which says what to do with which turn.

    The style sheet draws it as a sign, unless it is `in_words`.
    """
    words = ' class="words"' if in_words else f' title="{label}"'
    return f'<button type="button" name="{name}" value="{plain(turn.id)}"{words}>{label}</button>'


def said_at(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """Return the time of day in this zone, with the date when that is not today's."""
    local, today = moment.astimezone(zone), now.astimezone(zone)
    time = f"{local:%H:%M}"
    if local.date() != today.date():
        year = "" if local.year == today.year else f" {local.year},"
        text = _("{month} {day},{year} {time}")
        time = text.format(month=short_month_name(local.month), day=local.day, year=year, time=time)
    return f'<time datetime="{local.isoformat(timespec="seconds")}">{time}</time>'
