"""Decides which turns go along with a question: for what is sent, what it costs, and what is cached."""

import hashlib
from collections.abc import Callable, Sequence

from chat.conversation.context import Context
from chat.conversation.turns import Turn


def may_go_along(branch: Sequence[Turn], context: Context) -> tuple[Turn, ...]:
    """Return the turns of a branch that this choice chooses from, from the first.

    Without a reply none goes along, nor one that was left out by hand. A summary goes along by that choice
    alone, in place of the turns before it.
    """
    turns = [turn for turn in branch if turn.reply and not turn.is_left_out]
    if context.kind == "summary":
        places = [place for place, turn in enumerate(turns) if is_summary_of_others(turn)]
        if places:
            return tuple(
                turn for place, turn in enumerate(turns[places[-1] :]) if not (place and turn.is_summary)
            )
    return tuple(turn for turn in turns if not turn.is_summary)


def is_summary_of_others(turn: Turn) -> bool:
    """Return whether a turn is a whole summary, which can stand for the turns before it."""
    return turn.is_summary and turn.status == "completed" and bool(turn.reply)


def newest_along(sizes: Sequence[int], context: Context, room: int) -> int:
    """Return how many of the newest turns go along, of turns of these sizes in tokens.

    `room` is how many tokens the limit leaves for them.
    """
    if context.kind == "last":
        return min(context.turns, len(sizes))
    if context.kind != "tokens":
        return len(sizes)
    number = 0
    for size in reversed(sizes):
        room -= size
        if room < 0:
            break
        number += 1
    return number


def going_along(
    branch: Sequence[Turn], context: Context, size_of: Callable[[Turn], int], alone: Callable[[], int]
) -> tuple[Turn, ...]:
    """Return the turns of a branch that go along with the next question, from the first.

    `size_of` counts the tokens of a turn, and `alone` those of the prompt without any: they are asked only
    where the choice goes by tokens.
    """
    turns = may_go_along(branch, context)
    by_tokens = context.kind == "tokens"
    sizes = [size_of(turn) if by_tokens else 0 for turn in turns]
    number = newest_along(sizes, context, context.tokens - alone() if by_tokens else 0)
    return turns[len(turns) - number :]


def keeps_its_start(branch: Sequence[Turn], context: Context, along: Sequence[Turn]) -> bool:
    """Return whether the next prompt will begin as this one does, with these turns along."""
    turns = may_go_along(branch, context)
    if context.kind == "last":
        return len(turns) < context.turns
    return len(along) == len(turns)


def mark_of(along: Sequence[Turn], branch: Sequence[Turn]) -> str:
    """Return what tells the turns of a branch that went along from others; "" for all that have a reply."""
    is_of_summary = any(turn.is_summary for turn in along)
    if not is_of_summary and [*along] == [turn for turn in branch if turn.reply]:
        return ""
    said = "\0".join(f"{turn.id} {turn.reply}" if turn.is_summary else turn.id for turn in along)
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
