"""What Tally itself writes into a message: texts shown letter for letter, buttons, the time of day."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from html import escape

from chat.conversation import Turn
from texts import _, short_month_name

# The page draws formulas between these: they stand for nothing, so no text can be taken for a formula.
FORMULA_MARKS = "\ue000\ue001\ue002\ue003"

TimeOfDay = Callable[[datetime], str]
"""Makes a moment HTML that says when it was."""

# What Gradio sees in HTML as well: line ends, tabs, and the marks for formulas, the page's and its own.
_LEFT_ALONE = str.maketrans(
    {"\n": "&#10;", "\t": "&#9;", "%": "&#37;"} | dict.fromkeys(FORMULA_MARKS, "\ufffd")
)


def plain(text: str) -> str:
    """Return a text as HTML on one line that shows it letter for letter."""
    return escape(text.replace("\r\n", "\n").replace("\r", "\n")).translate(_LEFT_ALONE)


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
