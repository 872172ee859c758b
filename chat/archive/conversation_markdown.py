"""The current branch of a conversation as Markdown, to read."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal

from chat.conversation import Conversation, Turn
from chat.markup import receipt_line
from texts import _, ngettext
from usage.units import format_usd


def conversation_markdown(conversation: Conversation, zone: tzinfo) -> str:
    """Return the current branch: who said what and when in this zone, and what each reply cost."""
    return "\n\n".join(_blocks(conversation, zone)) + "\n"


def _blocks(conversation: Conversation, zone: tzinfo) -> Iterator[str]:
    yield f"# {conversation.title}"
    if summary := summary_line(conversation, zone):
        yield f"*{summary}*"
    for turn, system_prompt in with_system_prompts(conversation.branch):
        if system_prompt is not None:
            yield _quoted(f"**{_('System prompt:')}** {system_prompt or _('none')}")
        yield f"## {who_asked(turn)} · {said_when(turn.created_at, zone)}"
        if turn.attachments:
            yield f"*{files_line(turn)}*"
        if turn.question:
            yield turn.question
        yield f"## {turn.choice}"
        if turn.reasoning:
            yield _quoted(f"**{_('Reasoning')}:** {turn.reasoning}")
        if turn.reply:
            yield turn.reply
        yield from (f"*{line}*" for line in below_reply(turn))


def who_asked(turn: Turn) -> str:
    """Return what stands above a question, or above a summary, which nobody asked for in words."""
    return _("Summary of the earlier messages") if turn.is_summary else _("You")


def files_line(turn: Turn) -> str:
    """Return which files a message has."""
    return _("Files: {names}").format(names=", ".join(each.name for each in turn.attachments))


def with_system_prompts(turns: Sequence[Turn]) -> Iterator[tuple[Turn, str | None]]:
    """Yield each turn, with its system prompt where the turn before had another one, and else with None."""
    before = ""
    for turn in turns:
        system_prompt = turn.parameters.system_prompt
        yield turn, None if system_prompt == before else system_prompt
        before = system_prompt


def below_reply(turn: Turn) -> Iterator[str]:
    """Yield what stands under a reply: how it ended, and what it cost."""
    yield from turn.remarks
    if turn.status == "stopped":
        yield _("This reply was stopped.")
    elif turn.status in ("interrupted", "running"):
        yield _("This reply is incomplete.")
    if turn.error:
        yield " ".join(turn.error.split())
    if turn.entry is not None:
        yield receipt_line(turn.entry)


def summary_line(conversation: Conversation, zone: tzinfo) -> str:
    """Return when it began, how many messages are shown, and what all replies cost, other versions too.

    Receipts of replies that were copied from another conversation belong to that one.
    """
    branch = conversation.branch
    if not branch:
        return ""
    receipts = [turn.entry for turn in conversation.turns if turn.entry is not None]
    entries = [entry for entry in receipts if entry.call.conversation_id == conversation.id]
    known = [entry.cost_usd for entry in entries if entry.cost_usd is not None]
    messages = len(branch) + sum(bool(turn.reply) for turn in branch)
    began = said_when(branch[0].created_at, zone)
    said = ngettext("{date} · {count} message", "{date} · {count} messages", messages)
    said = said.format(date=began, count=f"{messages:,}")
    if not entries:
        return said
    is_estimated = any(entry.is_estimated for entry in entries)
    cost = format_usd(sum(known, Decimal(0)), is_estimated) if known else _("price unknown")
    text = ngettext(
        "{said} · {cost} for {count} reply", "{said} · {cost} for all {count} replies", len(entries)
    )
    line = text.format(said=said, cost=cost, count=f"{len(entries):,}")
    unknown = len(entries) - len(known)
    if known and unknown:
        line += " " + _("({count} of unknown price not counted)").format(count=f"{unknown:,}")
    return line


def said_when(moment: datetime, zone: tzinfo) -> str:
    """Return a moment as a date and a time of day in this zone."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())
