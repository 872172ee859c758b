"""What an endpoint's cache likely has of a conversation, and whether it is worth keeping more there."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from chat.calls.question import Ask
from chat.conversation import Turn, keeps_its_start, mark_of
from usage.forecast import CachedPrompt
from usage.ledger import LedgerEntry

KEPT_FOR = timedelta(minutes=5)  # OpenAI and Anthropic promise no more
FEWEST_TOKENS = 1024  # of a prompt that either keeps


def cache_key_of(conversation_id: str) -> str:
    """Return what an endpoint may know a conversation by: the same each time, and not its id."""
    return hashlib.blake2b(conversation_id.encode(), digest_size=16, person=b"cache key").hexdigest()


def is_worth_caching(ask: Ask, along: Sequence[Turn], tokens: int, now: datetime) -> bool:
    """Return whether to pay for having a prompt of this size, with these turns, kept for the next call.

    Anthropic's models charge 1.25 × the input's rate for what is written and 0.1 × for what is read. So it
    pays from the first reading on, and costs a quarter more where none comes within minutes. One is taken
    for likely where this model has just answered in this conversation: not yet at a first question, and not
    after a pause. Nor where older turns are left behind, since no prompt then begins as the one before.
    """
    if ask.conversation and not keeps_its_start(ask.branch, ask.conversation.context, along):
        return False
    turns = ask.conversation.turns if ask.conversation else ()
    has_just_answered = any(now < kept_until(entry) for _, entry in _answers(ask, turns))
    return tokens >= FEWEST_TOKENS and has_just_answered


def likely_cached(ask: Ask, along: Sequence[Turn], now: datetime) -> CachedPrompt | None:
    """Return what the endpoint's cache likely has of the prompt with these turns along.

    None if nothing, or nobody can tell. The cache has a prompt only as the beginning of another: where other
    turns went along last time, nothing of it.
    """
    kept = _last_kept(ask, now)
    return kept[1] if kept and _begins_with(ask, along, kept[0]) else None


def loses_cache(ask: Ask, along: Sequence[Turn], now: datetime) -> bool:
    """Return whether the endpoint's cache likely has the last prompt, which this one does not begin with."""
    kept = _last_kept(ask, now)
    return kept is not None and not _begins_with(ask, along, kept[0])


def _last_kept(ask: Ask, now: datetime) -> tuple[Turn, CachedPrompt] | None:
    """Return the last turn that this model answered, and what the endpoint's cache likely has of its prompt.

    Only what the endpoint has reported in this conversation tells: its last reply read or wrote the cache, or
    an earlier one was read without any having been written, as where all prompts are kept unasked.
    """
    wanted = ask.parameters.system_prompt
    answers = _answers(ask, (turn for turn in ask.branch if turn.parameters.system_prompt == wanted))
    if not answers:
        return None
    turn, last = answers[-1]
    has_read, has_written = (
        any(getattr(entry.usage, kind) for _, entry in answers) for kind in ("cached_input", "cache_write")
    )
    is_told = bool(last.usage.cached_input or last.usage.cache_write) or (has_read and not has_written)
    # Counted here as the whole prompt is, but no more than the endpoint counts.
    counts = [each for each in (last.usage.input, last.call.estimated_input_tokens) if each is not None]
    if not is_told or not counts or kept_until(last) <= now:
        return None
    return turn, CachedPrompt(min(counts), kept_until(last), rest_is_written=bool(last.usage.cache_write))


def _begins_with(ask: Ask, along: Sequence[Turn], last: Turn) -> bool:
    """Return whether a prompt with these turns along begins with all that was sent for the last one."""
    before, whole = (tuple(takewhile(lambda turn: turn.id != last.id, each)) for each in (along, ask.branch))
    return len(before) < len(along) and mark_of(before, whole) == last.sent_with


def kept_until(entry: LedgerEntry) -> datetime:
    """Return until when a cache surely has the prompt of a call, if it has it at all.

    The time begins with the call, which reads and writes the cache, and not with the end of its reply.
    """
    return entry.call.started_at + KEPT_FOR


def _answers(ask: Ask, turns: Iterable[Turn]) -> list[tuple[Turn, LedgerEntry]]:
    """Return the turns among these that the model that is asked answered, at its endpoint, with their calls.

    A copy of a conversation has no calls of its own yet, and the endpoint knows it by another key.
    """
    asked = ask.provider.endpoint.host, ask.model
    return [
        (turn, turn.entry)
        for turn in turns
        if turn.reply
        and turn.entry
        and turn.entry.call.conversation_id == turn.conversation_id
        and (turn.entry.call.endpoint.host, turn.entry.call.model) == asked
    ]
