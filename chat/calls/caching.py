"""What an endpoint's cache likely has of a conversation, and whether it is worth keeping more there."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from chat.calls.question import Ask
from chat.conversation import Turn
from usage.forecast import CachedPrompt
from usage.ledger import LedgerEntry

KEPT_FOR = timedelta(minutes=5)  # OpenAI and Anthropic promise no more
FEWEST_TOKENS = 1024  # of a prompt that either keeps


def cache_key_of(conversation_id: str) -> str:
    """Return what an endpoint may know a conversation by: the same each time, and not its id."""
    return hashlib.blake2b(conversation_id.encode(), digest_size=16, person=b"cache key").hexdigest()


def is_worth_caching(ask: Ask, tokens: int, now: datetime) -> bool:
    """Return whether to pay for having a prompt of this size kept for the next call.

    Anthropic's models charge 1.25 × the input's rate for what is written and 0.1 × for what is read. So it
    pays from the first reading on, and costs a quarter more where none comes within minutes. One is taken
    for likely where this model has just answered in this conversation: not yet at a first question, and not
    after a pause.
    """
    turns = ask.conversation.turns if ask.conversation else ()
    has_just_answered = any(now < kept_until(entry) for entry in _answers(ask, turns))
    return tokens >= FEWEST_TOKENS and has_just_answered


def likely_cached(ask: Ask, now: datetime) -> CachedPrompt | None:
    """Return what the endpoint's cache likely has of this prompt; None if nothing, or nobody can tell.

    Only what the endpoint has reported in this conversation tells: its last reply read or wrote the cache, or
    an earlier one was read without any having been written, as where all prompts are kept unasked.
    """
    history = ask.conversation.branch_to(ask.parent_id) if ask.conversation else ()
    same_start = [turn for turn in history if turn.parameters.system_prompt == ask.parameters.system_prompt]
    answers = _answers(ask, same_start)
    if not answers:
        return None
    last = answers[-1]
    has_read, has_written = (
        any(getattr(entry.usage, kind) for entry in answers) for kind in ("cached_input", "cache_write")
    )
    is_told = bool(last.usage.cached_input or last.usage.cache_write) or (has_read and not has_written)
    # Counted here as the whole prompt is, but no more than the endpoint counts.
    counts = [each for each in (last.usage.input, last.call.estimated_input_tokens) if each is not None]
    if not is_told or not counts or kept_until(last) <= now:
        return None
    return CachedPrompt(min(counts), kept_until(last), rest_is_written=bool(last.usage.cache_write))


def kept_until(entry: LedgerEntry) -> datetime:
    """Return until when a cache surely has the prompt of a call, if it has it at all.

    The time begins with the call, which reads and writes the cache, and not with the end of its reply.
    """
    return entry.call.started_at + KEPT_FOR


def _answers(ask: Ask, turns: Iterable[Turn]) -> list[LedgerEntry]:
    """Return the calls among these turns that were answered by the model that is asked, at its endpoint.

    A copy of a conversation has no calls of its own yet, and the endpoint knows it by another key.
    """
    asked = ask.provider.endpoint.host, ask.model
    return [
        turn.entry
        for turn in turns
        if turn.reply
        and turn.entry
        and turn.entry.call.conversation_id == turn.conversation_id
        and (turn.entry.call.endpoint.host, turn.entry.call.model) == asked
    ]
