"""How a conversation looks in the Chatbot: turns in, messages out."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Literal

from chat.conversation import Turn
from chat.markup import GrowingReplies, plain, receipt_html, shown_reply
from chat.ui.messages.attachments import attachments_html
from chat.ui.messages.plain import TimeOfDay, button
from texts import _, ngettext
from usage.units import Currency

ChatbotMessage = dict[str, Any]


def messages_of(
    turn: Turn,
    when: TimeOfDay,
    growing: GrowingReplies | None = None,
    *,
    is_last: bool = False,
    currency: Currency | None = None,
    versions: str = "",
    before: int = 0,
) -> list[ChatbotMessage]:
    """Return everything that is shown of one turn, in order. The last one can be asked again.

    `growing` holds what the page saw of replies that are still being written; receipts are in `currency` too.
    `versions` stands under the question: the way to its other versions. `before` is how many turns with a
    reply a summary stands for.
    """
    messages = [
        _summary_head(turn, when, versions, before)
        if turn.is_summary
        else question_message(turn, when, turn.choice, versions)
    ]
    if turn.reasoning:
        messages.append(_folded(_("Reasoning"), reply_html(turn, "reasoning", growing)))
    if turn.reply:
        messages.append(_said("assistant", reply_html(turn, "reply", growing)))
    if under := _under_reply(turn, when, currency, is_last=is_last):
        messages.append(_said("assistant", f'<div class="under">{under}</div>'))
    return messages


def reply_html(turn: Turn, part: Literal["reply", "reasoning"], growing: GrowingReplies | None) -> str:
    """Return a reply, or what the model thought, as HTML."""
    text = turn.reply if part == "reply" else turn.reasoning
    if growing is None or turn.status != "running":
        return shown_reply(text)
    return growing.html(f"{turn.id} {part}", text)


def question_message(turn: Turn, when: TimeOfDay, answered_by: str, versions: str = "") -> ChatbotMessage:
    """Return what was asked as it was typed, with headings that say who speaks here and who answers."""
    actions = [
        when(turn.created_at),
        button("copy-question", turn, _("Copy message")),
        button("copy-link", turn, _("Copy link to this message")),
        button("edit", turn, _("Edit message")),
    ]
    if turn.reply and turn.status != "running":
        actions.append(_eye(turn))
    beneath = f'<div class="beneath"><div class="actions">{"".join(actions)}</div>{versions}</div>'
    return _said(
        "user",
        f'<h2 class="unseen">{_("You")}</h2>{attachments_html(turn)}{_typed(turn)}'
        f"{_left_out_by_hand(turn)}{beneath}"
        f'<h2 class="unseen">{plain(answered_by)}</h2>',
    )


def _summary_head(turn: Turn, when: TimeOfDay, versions: str, before: int) -> ChatbotMessage:
    """Return what stands above a summary in place of a question."""
    text = ngettext(
        "Summary of the {number} earlier message", "Summary of the {number} earlier messages", before
    )
    actions = [when(turn.created_at)]
    if turn.reply and turn.status != "running":
        actions += [button("edit-summary", turn, _("Edit summary")), _eye(turn)]
    beneath = f'<div class="beneath"><div class="actions">{"".join(actions)}</div>{versions}</div>'
    title = f'<h2 class="summary">{text.format(number=f"{before:,}")}</h2>'
    return _said("user", f"{title}{_left_out_by_hand(turn)}{beneath}")


def _eye(turn: Turn) -> str:
    """Return the button that leaves a question and its reply out of what is sent, or takes them along."""
    if turn.is_left_out:
        return button("take-along", turn, _("Include this again"))
    return button("leave-out", turn, _("Leave this out of what is sent"))


def _left_out_by_hand(turn: Turn) -> str:
    return f'<p class="left-out">{_("Left out: not sent to the model")}</p>' if turn.is_left_out else ""


def _typed(turn: Turn) -> str:
    if turn.attachments and not turn.question:
        return ""
    return f'<div class="typed" dir="auto">{plain(turn.question)}</div>'


def turn_at(turns: Sequence[Turn], index: int) -> Turn | None:
    """Return the turn that the Chatbot's message with this index belongs to."""
    for turn in turns:
        index -= len(messages_of(turn, str))
        if index < 0:
            return turn
    return None


def is_being_finished(turn: Turn) -> bool:
    """Return whether the turn was stopped while the rest of its reply is still received, unseen."""
    return turn.status == "stopped" and turn.entry is None


def is_unanswered(turn: Turn) -> bool:
    """Return whether no reply to it came or will come, so that the next prompt leaves it out."""
    return not turn.reply and turn.status != "running"


def left_out() -> str:
    """Return what is said of a question without a reply."""
    return _("Not answered, so it won’t be sent with the next message.")


def remarks_html(turn: Turn) -> str:
    """Return what Tally itself says about a turn: that it waits, what went wrong, how it ended."""
    lines = [_line("remark", remark) for remark in turn.remarks]
    if is_being_finished(turn):
        text = _(
            "You stopped this reply. Tally is still receiving the rest in the background to get "
            "the exact cost. Press Esc to stop that too."
        )
        lines.append(_line("remark finishing", text))
    elif turn.status == "stopped":
        lines.append(_line("remark", _("You stopped this reply.")))
    elif turn.status == "interrupted":
        lines.append(
            _line("remark", _("Tally was closed before this reply was complete. What had arrived is kept."))
        )
    if turn.error:
        lines.append(_line("waiting" if turn.status == "running" else "failure", turn.error))
    elif turn.status == "running" and not turn.reply and not turn.reasoning:
        label = plain(_("Waiting for the reply"))
        lines.append(f'<div class="waiting" role="img" title="{label}"><i></i><i></i><i></i></div>')
    return "".join(lines)


def reply_buttons(turn: Turn) -> Iterator[str]:
    """Yield the buttons that copy a reply, alone and with what it cost, and begin a new chat from it."""
    if turn.reply:
        yield button("copy-reply", turn, _("Copy reply"))
        if turn.entry is not None:
            yield button("copy-reply-with-cost", turn, _("Copy reply with cost"))
        if turn.status != "running":
            yield button("fork", turn, _("New chat from here"))


def _under_reply(turn: Turn, when: TimeOfDay, currency: Currency | None, *, is_last: bool) -> str:
    """Return what became of a reply, what it cost, and what can be done with it."""
    actions = list(reply_buttons(turn))
    offer = ""
    if turn.status == "completed" and is_last:
        actions.append(button("retry", turn, _("Try again")))
    elif turn.status not in ("completed", "running") and is_last:
        offer = button("retry", turn, _("Try again"), in_words=True)
    if turn.entry is not None and actions:
        actions.insert(0, when(turn.created_at + timedelta(milliseconds=turn.entry.duration_ms or 0)))
    if is_unanswered(turn):
        offer += _line("remark", left_out())
    tier = turn.parameters.service_tier
    receipt = receipt_html(turn.entry, asked_tier=tier, currency=currency) if turn.entry else ""
    below = receipt + (f'<div class="actions">{"".join(actions)}</div>' if actions else "")
    return (
        remarks_html(turn)
        + (f'<div class="offer">{offer}</div>' if offer else "")
        + (f'<div class="foot">{below}</div>' if below else "")
    )


def _line(kind: str, text: str) -> str:
    return f'<div class="{kind}">{"<br>".join(map(plain, text.splitlines()))}</div>'


def _said(role: str, content: str) -> ChatbotMessage:
    # A plain string would go through `inspect.cleandoc`, which removes indentation and expands tabs.
    return {"role": role, "content": {"type": "text", "text": content}}


def _folded(title: str, content: str) -> ChatbotMessage:
    return _said("assistant", content) | {"metadata": {"title": title, "status": "done"}}
