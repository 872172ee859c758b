"""The list of conversations: grouped by when they were last used, each with its time and what it cost."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from html import escape
from itertools import groupby

from chat.conversation import ConversationSummary
from chat.ui.spend import cost_of_chat
from texts import _, month_name, short_month_name
from usage.reports import Totals


def conversations_html(
    summaries: Sequence[ConversationSummary],
    current_id: str,
    now: datetime,
    zone: tzinfo,
    running: Collection[str] = (),
    costs: Mapping[str, Totals] | None = None,
) -> str:
    """Return the list of conversations, grouped by when they were last used, each with its time and its cost.

    Those `running` are marked; those without a call have no `costs`.
    """
    today = now.astimezone(zone).date()

    def heading(summary: ConversationSummary) -> str:
        return _day_name(summary.updated_at.astimezone(zone).date(), today)

    def item(summary: ConversationSummary) -> str:
        when = _when(summary.updated_at.astimezone(zone), today)
        totals = (costs or {}).get(summary.id)
        under = f"{when} · {cost_of_chat(totals)}" if totals else when
        return _item(summary, under, is_current=summary.id == current_id, is_running=summary.id in running)

    if not summaries:
        return f'<p class="quiet">{_("Your conversations will be listed here.")}</p>'
    sections = (
        f"<h2>{day}</h2><ul>{''.join(map(item, group))}</ul>" for day, group in groupby(summaries, heading)
    )
    return f'<nav aria-label="{escape(_("Conversations"))}">{"".join(sections)}</nav>'


def _item(summary: ConversationSummary, under: str, *, is_current: bool, is_running: bool) -> str:
    """Return a conversation, with this under its title. The script gives one of the list the tab stop."""
    current = ' aria-current="page"' if is_current else ""
    title, link = escape(summary.title), escape(summary.id)
    more = escape(_("More about “{title}”").format(title=summary.title))
    mark = f'<i class="running" role="img" aria-label="{escape(_("reply being written"))}">●</i>'
    return (
        f'<li{current}><a href="?c={link}" data-open="{link}" title="{title}" tabindex="-1">'
        f'<span dir="auto">{title}</span>{mark if is_running else ""}</a><small>{under}</small>'
        f'<button type="button" data-more="{link}" aria-label="{more}" aria-haspopup="menu" tabindex="-1">⋯'
        "</button></li>"
    )


def _day_name(day: date, today: date) -> str:
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if day > today - timedelta(days=7):
        return _("Last 7 days")
    return _("{month} {year}").format(month=month_name(day.month), year=day.year)


def _when(moment: datetime, today: date) -> str:
    """Return the time of day where that says most, and else the day, whose year stands above."""
    if moment.date() >= today - timedelta(days=1):
        return f"{moment:%H:%M}"
    return _("{month} {day}").format(month=short_month_name(moment.month), day=moment.day)
