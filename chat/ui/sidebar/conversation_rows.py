"""The rows of the list of conversations, grouped by when they were last used, with what each one cost."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from html import escape
from itertools import groupby

from chat.conversation import ConversationSummary
from chat.store import ListStart
from chat.ui.spend import cost_of_chat
from texts import _, month_name, short_month_name
from usage.reports import Totals


@dataclass(frozen=True, slots=True)
class Rows:
    """Draws rows as they are at a moment: those `running` are marked; without a call one has no `costs`.

    Those that a model is `naming` are marked for the page's script alone.

    The page's script marks the conversation shown, and gives one row the tab stop.
    """

    now: datetime
    zone: tzinfo
    running: Collection[str] = ()
    naming: Collection[str] = ()
    costs: Mapping[str, Totals] = field(default_factory=dict)

    def start_html(self, start: ListStart) -> str:
        """Return the start of the list: pinned conversations first, and how many are archived."""
        counted = f'{" data-has-more" if start.has_more else ""} data-archived="{start.archived}"'
        if not start.pinned and not start.latest:
            return f'<p class="quiet"{counted}>{_("Your chats will be listed here.")}</p>'
        pinned = self._section(_("Pinned"), start.pinned) if start.pinned else ""
        return f"<div{counted}>{pinned}{self.sections_html(start.latest)}</div>"

    def sections_html(self, summaries: Sequence[ConversationSummary]) -> str:
        """Return conversations, latest first, each group with its heading."""
        return "".join(self._section(name, group) for name, group in groupby(summaries, self._group_name))

    def _section(self, name: str, summaries: Iterable[ConversationSummary]) -> str:
        return f"<section><h2>{escape(name)}</h2><ul>{''.join(map(self._row, summaries))}</ul></section>"

    def _row(self, summary: ConversationSummary) -> str:
        states = {
            "pinned": summary.is_pinned,
            "stored": summary.is_archived,
            "naming": summary.id in self.naming,
        }
        marks = "".join(f" data-{name}" for name, holds in states.items() if holds)
        title, link = escape(summary.title), escape(summary.id)
        more = escape(_("Actions for “{title}”").format(title=summary.title))
        opens_menu = f'aria-label="{more}" aria-haspopup="menu"'
        mark = f'<i class="running" role="img" aria-label="{escape(_("Reply in progress"))}">●</i>'
        return (
            f'<li data-at="{summary.updated_at.isoformat()}"{marks}>'
            f'<a href="?c={link}" data-open="{link}" title="{title}" tabindex="-1">'
            f'<span dir="auto">{title}</span>{mark if summary.id in self.running else ""}</a>'
            f"<small>{self._under(summary)}</small>"
            f'<button type="button" data-more="{link}" {opens_menu} tabindex="-1">⋯</button></li>'
        )

    def _under(self, summary: ConversationSummary) -> str:
        """Return what stands under a title: the time or the day, and what the conversation cost."""
        moment = summary.updated_at.astimezone(self.zone)
        when = _when(moment, self._today, has_heading=not summary.is_pinned)
        totals = self.costs.get(summary.id)
        return f"{when} · {cost_of_chat(totals)}" if totals else when

    def _group_name(self, summary: ConversationSummary) -> str:
        return _group_name(summary.updated_at.astimezone(self.zone).date(), self._today)

    @property
    def _today(self) -> date:
        return self.now.astimezone(self.zone).date()


def _group_name(day: date, today: date) -> str:
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if day >= today - timedelta(days=7):
        return _("Previous 7 days")
    if day >= today - timedelta(days=30):
        return _("Previous 30 days")
    return _("{month} {year}").format(month=month_name(day.month), year=day.year)


def _when(moment: datetime, today: date, *, has_heading: bool) -> str:
    """Return the time of day where today or a heading says the day, and else the day.

    Its year is there where it is another one and no heading has it.
    """
    days_with_time = 1 if has_heading else 0
    if moment.date() >= today - timedelta(days=days_with_time):
        return f"{moment:%H:%M}"
    day = _("{month} {day}").format(month=short_month_name(moment.month), day=moment.day)
    if has_heading or moment.year == today.year:
        return day
    return _("{day}, {year}").format(day=day, year=moment.year)
