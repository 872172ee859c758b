"""The versions of a turn: which one is shown, what each of them cost, and the way to the others."""

from collections.abc import Sequence

from chat.conversation import Conversation, Turn, Version
from chat.markup import cost_text, plain
from chat.ui.messages.plain import button
from texts import _
from usage.forecast import sum_of
from usage.units import format_usd

MOST_LISTED = 20  # versions with their costs, around the one shown


def versions_html(conversation: Conversation, turn: Turn) -> str:
    """Return "‹ 2/3 ›" with what each version cost, and a way back to a comparison; empty for one alone."""
    versions = conversation.versions_of(turn)
    position = next(place for place, each in enumerate(versions) if each[0].asked_with == turn.asked_with)
    # A reply that is being written is in the conversation as it was when that was read.
    versions = tuple(tuple(turn if each.id == turn.id else each for each in version) for version in versions)
    parts = []
    together, is_in_columns = versions[position], conversation.branch[-1].asked_with == turn.asked_with
    if len(together) > 1 and not is_in_columns:
        text = _("Show all {number} replies").format(number=len(together))
        parts.append(button("show-compared", turn, text, in_words=True))
    if len(versions) > 1:
        before, after = versions[:position][-1:], versions[position + 1 :][:1]
        parts += [
            _step("previous-version", _("Previous version"), conversation, before),
            _count(versions, position),
            _step("next-version", _("Next version"), conversation, after),
        ]
    return f'<div class="versions">{"".join(parts)}</div>' if parts else ""


def _step(name: str, label: str, conversation: Conversation, to: Sequence[Version]) -> str:
    """Return the button that leads to a version; it leads nowhere where there is none."""
    leads = f'value="{plain(conversation.leads_to(to[0]).id)}"' if to else "disabled"
    return f'<button type="button" name="{name}" {leads} title="{label}">{label}</button>'


def _count(versions: Sequence[Version], position: int) -> str:
    """Return "2/3", a button whose tooltip says what each version cost; the page's script opens that."""
    first = max(0, min(position - MOST_LISTED // 2, len(versions) - MOST_LISTED))
    some = versions[first : first + MOST_LISTED]
    lines = [f"{number}: {_cost_line(version)}" for number, version in enumerate(some, first + 1)]
    return (
        f'<button type="button" name="version-costs" title="{plain(chr(10).join(lines))}">'
        f'<span class="unseen">{_("Version")} </span>{position + 1}/{len(versions)}</button>'
    )


def _cost_line(version: Version) -> str:
    """Return what the replies of a version cost, and the models that gave them."""
    return f"{_cost(version)} · {', '.join(turn.choice for turn in version)}"


def _cost(version: Version) -> str:
    entries = [turn.entry for turn in version if turn.entry is not None]
    if len(entries) < len(version):
        is_running = any(turn.status == "running" for turn in version)
        return _("being written") if is_running else _("no cost recorded")
    if len(entries) == 1:
        return cost_text(entries[0])
    cost, unknown = sum_of(entry.cost_usd for entry in entries)
    known = format_usd(cost, any(entry.is_estimated for entry in entries))
    if not unknown:
        return known
    text = _("{cost} + {number} unknown")
    return text.format(cost=known, number=unknown) if cost else format_usd(None)
