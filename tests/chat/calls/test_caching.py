"""What an endpoint's cache likely has of a conversation, and when it is worth paying for more."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chat.calls import Ask, caching
from chat.calls.caching import FEWEST_TOKENS, KEPT_FOR, cache_key_of, loses_cache
from chat.conversation import Context, Conversation, Turn, mark_of
from chat.providers import Parameters
from tests.helpers.fakes import CALL, ENTRY, MODEL, NOW, TURN, FakeProvider
from usage.forecast import CachedPrompt
from usage.ledger import LedgerEntry
from usage.units import Endpoint, TokenUsage

MOMENT = timedelta(microseconds=1)
WRITTEN = TokenUsage(input=2000, cached_input=0, cache_write=1990, output=10)
READ = TokenUsage(input=2000, cached_input=1900, output=10)
READ_AND_WRITTEN = TokenUsage(input=2000, cached_input=1500, cache_write=490, output=10)
NEITHER = TokenUsage(input=2000, cached_input=0, cache_write=0, output=10)
SILENT = TokenUsage(input=2000, output=10)


def answered(*usages: TokenUsage, **changes: Any) -> list[Turn]:
    """Turns one after the other, counted so, each a minute after the one before and the last one at NOW."""
    return [
        replace(
            TURN,
            id=f"turn-{number}",
            parent_id=f"turn-{number - 1}" if number else None,
            status="completed",
            reply="Because.",
            entry=entry(usage, minutes=number + 1 - len(usages), **changes),
        )
        for number, usage in enumerate(usages)
    ]


def entry(usage: TokenUsage, minutes: int = 0, **changes: Any) -> LedgerEntry:
    call = replace(CALL, started_at=NOW + timedelta(minutes=minutes), estimated_input_tokens=1950)
    return replace(ENTRY, usage=usage, call=replace(call, **changes))


def going_on(*turns: Turn, **changes: Any) -> Ask:
    """The next question after these turns."""
    conversation = Conversation(id="conversation-1", user="ada", title="Why?", turns=turns)
    ask = Ask(
        user="ada",
        conversation=conversation,
        parent_id=turns[-1].id if turns else None,
        question="How?",
        model=MODEL,
        parameters=Parameters(),
        provider=FakeProvider(),
        key_owner="app",
    )
    return replace(ask, **changes)


def is_worth_caching(ask: Ask, tokens: int, now: datetime) -> bool:
    """Whether it is where everything goes along."""
    return caching.is_worth_caching(ask, ask.branch, tokens, now)


def likely_cached(ask: Ask, now: datetime) -> CachedPrompt | None:
    """What likely is where everything goes along."""
    return caching.likely_cached(ask, ask.branch, now)


def test_an_endpoint_knows_a_conversation_by_a_short_key_that_is_not_its_id() -> None:
    key = cache_key_of("conversation-1")
    assert (key, key.isalnum(), len(key) < 64) == (cache_key_of("conversation-1"), True, True)
    assert key != cache_key_of("conversation-2")
    assert "conversation" not in key


def test_a_prompt_is_worth_caching_while_the_conversation_goes_on() -> None:
    ask, last = going_on(*answered(SILENT)), NOW + KEPT_FOR - MOMENT
    assert is_worth_caching(ask, FEWEST_TOKENS, last)
    assert not is_worth_caching(ask, FEWEST_TOKENS, last + MOMENT)
    assert not is_worth_caching(ask, FEWEST_TOKENS - 1, last)


def test_a_version_of_the_last_turn_has_what_that_one_had() -> None:
    again = going_on(*answered(SILENT), parent_id=None)
    assert is_worth_caching(again, FEWEST_TOKENS, NOW)


@pytest.mark.parametrize(
    "ask",
    [
        going_on(conversation=None),
        going_on(replace(TURN, status="failed", entry=entry(SILENT))),
        going_on(replace(TURN, status="completed", reply="Because.", entry=None)),
        going_on(*answered(SILENT, model="another")),
        going_on(*answered(SILENT, endpoint=Endpoint("elsewhere.example.com"))),
    ],
    ids=["first question", "no reply", "no entry", "another model", "another endpoint"],
)
def test_a_prompt_that_follows_no_reply_of_the_model_is_not_worth_caching(ask: Ask) -> None:
    assert not is_worth_caching(ask, FEWEST_TOKENS, NOW)
    assert likely_cached(ask, NOW) is None


@pytest.mark.parametrize(
    ("usages", "tokens", "rest_is_written"),
    [
        ([WRITTEN], 1950, True),
        ([READ_AND_WRITTEN], 1950, True),
        ([READ], 1950, False),
        ([replace(READ, input=1901)], 1901, False),
        ([READ, NEITHER], 1950, False),
        ([READ, SILENT], 1950, False),
    ],
)
def test_what_the_endpoint_said_of_its_cache_tells_what_it_has(
    usages: list[TokenUsage], tokens: int, rest_is_written: bool
) -> None:
    cached = likely_cached(going_on(*answered(*usages)), NOW)
    assert cached == CachedPrompt(tokens, NOW + KEPT_FOR, rest_is_written)


@pytest.mark.parametrize("usages", [[SILENT], [NEITHER], [WRITTEN, NEITHER], [READ_AND_WRITTEN, SILENT]])
def test_nothing_is_promised_where_the_last_prompt_was_not_kept(usages: list[TokenUsage]) -> None:
    assert likely_cached(going_on(*answered(*usages)), NOW) is None


def test_a_cache_is_counted_on_for_five_minutes_from_the_last_call() -> None:
    ask = going_on(*answered(READ))
    assert likely_cached(ask, NOW + KEPT_FOR - MOMENT) is not None
    assert likely_cached(ask, NOW + KEPT_FOR) is None


def test_another_system_prompt_is_another_beginning() -> None:
    parameters = Parameters(system_prompt="Be short.")
    assert likely_cached(going_on(*answered(READ), parameters=parameters), NOW) is None


def test_what_another_version_had_cached_is_not_in_this_prompt() -> None:
    assert likely_cached(going_on(*answered(READ), parent_id=None), NOW) is None


def test_a_row_of_an_older_version_has_only_the_count_of_the_endpoint() -> None:
    cached = likely_cached(going_on(*answered(READ, estimated_input_tokens=None)), NOW)
    assert cached == CachedPrompt(2000, NOW + KEPT_FOR)


def test_a_copy_of_a_conversation_has_nothing_of_its_own_in_the_cache() -> None:
    turns = answered(READ)
    assert likely_cached(going_on(*turns), NOW) is not None
    copied = [replace(turn, conversation_id="copy") for turn in turns]
    assert likely_cached(going_on(*copied), NOW) is None
    assert not is_worth_caching(going_on(*copied), FEWEST_TOKENS, NOW)


def test_where_other_turns_went_along_last_time_the_cache_has_nothing_of_this_prompt() -> None:
    turns = answered(READ, READ, READ)
    ask = going_on(*turns)
    assert caching.likely_cached(ask, turns, NOW) is not None
    assert not loses_cache(ask, turns, NOW)
    for along in (turns[1:], turns[:1] + turns[2:], turns[:2], []):
        assert caching.likely_cached(ask, along, NOW) is None
        assert loses_cache(ask, along, NOW)
    assert not loses_cache(ask, [], NOW + KEPT_FOR)
    # What was left out last time, and is again, is what the cache has.
    left_out = going_on(*turns[:2], replace(turns[2], sent_with=mark_of(turns[1:2], turns[:2])))
    assert caching.likely_cached(left_out, left_out.branch[1:], NOW) is not None
    assert caching.likely_cached(left_out, left_out.branch, NOW) is None


def test_a_summary_that_was_changed_is_another_beginning() -> None:
    summary, after = answered(READ, READ)
    summary = replace(summary, is_summary=True)
    after = replace(after, sent_with=mark_of([summary], [summary]))
    assert caching.likely_cached(going_on(summary, after), [summary, after], NOW) is not None
    changed = replace(summary, reply="Otherwise.")
    assert caching.likely_cached(going_on(changed, after), [changed, after], NOW) is None


@pytest.mark.parametrize(
    ("context", "along", "is_worth"),
    [
        (Context("last", turns=4), slice(None), True),
        (Context("last", turns=3), slice(None), False),
        (Context("last", turns=2), slice(1, None), False),
        (Context("tokens", tokens=9_000), slice(None), True),
        (Context("tokens", tokens=9), slice(1, None), False),
        (Context("summary"), slice(None), True),
    ],
)
def test_where_older_turns_are_left_behind_each_time_nothing_is_worth_caching(
    context: Context, along: slice, is_worth: bool
) -> None:
    turns = answered(READ, READ, READ)
    ask = going_on(*turns)
    assert ask.conversation is not None
    ask = replace(ask, conversation=replace(ask.conversation, context=context))
    assert caching.is_worth_caching(ask, turns[along], FEWEST_TOKENS, NOW) is is_worth
