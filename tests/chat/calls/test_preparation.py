from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chat.calls import Ask
from chat.calls.caching import cache_key_of
from chat.conversation import Context
from chat.providers import Completed, CompletionRequest, Counted, NotSent, Parameters, TextDelta
from chat.store import PendingCall
from tests.chat.conftest import MakeRig
from tests.helpers.fakes import CALL, MODEL, NOW, TURN, Rig, rig_in
from tests.helpers.given_prices import own_price
from usage.budgets import Limit
from usage.forecast import Prompt
from usage.prices import OwnPrices, PriceBook
from usage.units import Endpoint, TokenUsage

PROMPT_USD = Decimal("0.00028")  # "Why?" alone: 8 tokens, and surely no more than 8 + 16 + 256 bytes
LONG = "x" * 4 * 993  # with 7 tokens around it as much as the model takes: 1,000 tokens


@pytest.fixture
def limited(make_rig: MakeRig) -> Rig:
    """Where a day may cost what the prompt and a reply of 100 tokens do."""
    return make_rig([Limit(PROMPT_USD + 100 * Decimal("0.00001"), "day")])


def refusal(rig: Rig, ask: Ask | None = None, **changes: Any) -> str:
    """Why a message is not sent; it leaves nothing behind."""
    before = rig.store.summaries("ada"), rig.store.pending_calls()
    with pytest.raises(NotSent) as caught:
        rig.prepare(ask or rig.ask(**changes))
    assert (rig.store.summaries("ada"), rig.store.pending_calls()) == before
    return str(caught.value)


def answered(rig: Rig, **changes: Any) -> str:
    """A conversation of one turn with its reply; gives its id."""
    running = rig.prepare(rig.ask(**changes))
    rig.store.finish_turn(replace(running.turn(), status="completed", reply="Because."))
    rig.records.budgets.release(running.reservation)
    return running.call.conversation_id


def test_what_is_asked_is_saved_before_it_is_sent(rig: Rig) -> None:
    running = rig.prepare(rig.ask(" Why?\n"))
    turn = replace(TURN, id="id-1", conversation_id="id-2", question=" Why?\n")
    call = replace(
        CALL, id="id-3", conversation_id="id-2", turn_id="id-1", estimated_input_tokens=9, history_tokens=0
    )
    assert rig.store.turn("id-1") == running.turn() == turn
    assert rig.store.pending_calls() == (PendingCall(call, "this"),)
    assert running.call == call
    prompt = Prompt.of_texts(("user", " Why?\n"))
    assert running.request == CompletionRequest(MODEL, prompt, cache_key=cache_key_of("id-2"))
    assert [summary.title for summary in rig.store.summaries("ada")] == ["Why?"]


def test_the_conversation_so_far_goes_along(rig: Rig) -> None:
    conversation_id = answered(rig)
    ask = rig.ask(
        "How?",
        conversation_id=conversation_id,
        parent_id="id-1",
        purpose="retry",
        parameters=Parameters(system_prompt="Be short."),
    )
    running = rig.prepare(ask)
    assert running.request.prompt == Prompt.of_texts(
        ("system", "Be short."),
        ("user", "Why?"),
        ("assistant", "Because."),
        ("user", "How?"),
    )
    assert (running.turn().parent_id, running.call.purpose) == ("id-1", "retry")
    assert running.call.conversation_id == conversation_id


def test_all_calls_of_a_conversation_have_the_same_cache_key(rig: Rig) -> None:
    conversation_id = answered(rig)
    again = rig.prepare(rig.ask("How?", conversation_id=conversation_id, parent_id="id-1"))
    elsewhere = rig.prepare(rig.ask("How?"))
    assert again.request.cache_key == cache_key_of(conversation_id)
    assert elsewhere.request.cache_key != again.request.cache_key


@pytest.mark.parametrize(("rate", "is_worth_it"), [("1.25", True), (None, False)])
async def test_a_long_prompt_of_a_conversation_that_goes_on_is_worth_caching_at_a_known_rate(
    rig: Rig, rate: str | None, is_worth_it: bool
) -> None:
    priced = own_price(1, 10, cache_write_usd_per_mtok=rate)
    rig.records.meter.prices = PriceBook(lambda: OwnPrices({MODEL: priced}))
    turn = await rig.answered(TextDelta("Because."), Completed(TokenUsage(input=1200, output=3)))
    first = rig.provider.requests[0]
    goes_on = {"conversation_id": turn.conversation_id, "parent_id": turn.id}
    follows = rig.prepare(rig.ask("x" * 4 * 1100, **goes_on))
    assert (first.is_worth_caching, follows.request.is_worth_caching) == (False, is_worth_it)


async def test_a_gateway_that_names_charges_is_not_free_under_a_budget(tmp_path: Path) -> None:
    rig = rig_in(tmp_path, limits=[Limit(Decimal(1), "day")])
    free = Endpoint("127.0.0.1", "local")
    rig.provider.endpoint = free
    ask = {"model": "gateway-model"}
    charged = Counted(TokenUsage(input=10, output=5), Decimal("2.5"), is_final=True)
    turn = await rig.answered(TextDelta("Hi"), charged, Completed(TokenUsage(input=10, output=5)), **ask)
    assert turn.entry is not None
    assert (turn.entry.cost_usd, turn.entry.cost_source) == (Decimal("2.5"), "reported")
    with pytest.raises(NotSent, match="price"):
        rig.prepare(rig.ask(**ask))
    rig.prepare(rig.ask(model="another"))


def test_another_version_of_a_turn_goes_without_it(rig: Rig) -> None:
    running = rig.prepare(rig.ask("How?", conversation_id=answered(rig), parent_id=None))
    assert running.request.prompt == Prompt.of_texts(("user", "How?"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"question": " \n"}, "Write a message first."),
        ({"model": " "}, "Choose a model first."),
        (
            {"model": "x;=1+1"},
            "A model’s name cannot contain a semicolon, tab or line break. Choose another.",
        ),
        ({"model": "x" * 201}, "A model’s name cannot have more than 200 characters. Choose another."),
        (
            {"model": "x\t=1+1"},
            "A model’s name cannot contain a semicolon, tab or line break. Choose another.",
        ),
    ],
)
def test_something_must_be_asked_of_somebody(rig: Rig, changes: dict[str, Any], reason: str) -> None:
    assert refusal(rig, **changes) == reason


@pytest.mark.parametrize("parent_id", [None, "id-1"])
def test_a_conversation_that_is_deleted_meanwhile_stays_deleted(rig: Rig, parent_id: str | None) -> None:
    ask = rig.ask(conversation_id=answered(rig), parent_id=parent_id)
    assert ask.conversation is not None
    rig.store.delete("ada", ask.conversation.id, NOW)
    assert refusal(rig, ask) == "This chat no longer exists. The message was not sent."


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"user": "bob"}, "This chat no longer exists."),
        ({"parent_id": "id-9"}, "The message before this one no longer exists. Reload the page."),
        ({"conversation": None}, "The message before this one no longer exists. Reload the page."),
    ],
)
def test_a_message_follows_a_turn_of_its_own_conversation(
    rig: Rig, changes: dict[str, Any], reason: str
) -> None:
    ask = rig.ask(conversation_id=answered(rig), parent_id="id-1")
    assert refusal(rig, replace(ask, **changes)) == reason
    assert len(rig.store.summaries("ada")) == 1


def test_a_reply_that_has_ended_since_the_conversation_was_read_is_not_left_out_of_the_prompt(
    rig: Rig,
) -> None:
    running = rig.prepare(rig.ask())
    ask = rig.ask(conversation_id=running.call.conversation_id, parent_id=running.call.turn_id)
    rig.store.finish_turn(replace(running.turn(), status="completed", reply="Because."))
    assert refusal(rig, ask).startswith("A reply is still being written here.")


def test_a_second_message_waits_for_the_reply_to_the_first(rig: Rig) -> None:
    running = rig.prepare(rig.ask())
    assert refusal(rig, conversation_id=running.call.conversation_id, parent_id=running.call.turn_id) == (
        "A reply is still being written here. Wait for it, or stop it, then send again. "
        "The message was not sent."
    )


def test_a_message_that_fills_the_context_is_sent_and_a_longer_one_is_not(rig: Rig) -> None:
    said = "{model}. It has about 1,001 tokens, and 1,000 fit. Shorten it, or choose a model with a larger "
    for connection, model in (("", "priced"), ("My box", "My box: priced")):
        told = refusal(rig, question=LONG + "y", connection=connection)
        assert told == f"This message is too long for {said.format(model=model)}context."
    assert rig.prepare(rig.ask(LONG)).request.prompt == Prompt.of_texts(("user", LONG))


def test_a_chat_that_is_too_long_says_what_can_be_left_out_and_goes_out_once_it_is(rig: Rig) -> None:
    first = rig.prepare(rig.ask(LONG))
    conversation_id, turn_id = first.call.conversation_id, first.call.turn_id
    rig.store.finish_turn(replace(first.turn(), status="completed", reply="Because."))
    told = refusal(rig, conversation_id=conversation_id, parent_id=turn_id)
    assert told == (
        "This chat is too long for priced. It has about 1,013 tokens, and 1,000 fit. Below the message box "
        "you can choose what goes along: the last messages, as many as fit, or a summary. Or start a new "
        "chat, or choose a model with a larger context."
    )
    rig.store.set_context("ada", conversation_id, Context("tokens", tokens=1_000))
    running = rig.prepare(rig.ask(conversation_id=conversation_id, parent_id=turn_id))
    assert running.request.prompt == Prompt.of_texts(("user", "Why?"))
    assert (running.call.estimated_input_tokens, running.call.history_tokens) == (8, 0)


def test_what_goes_along_by_each_choice_is_what_is_sent(rig: Rig) -> None:
    turn_id, conversation_id = None, ""
    for number in range(3):
        before: dict[str, Any] = {"conversation_id": conversation_id} if turn_id else {}
        running = rig.prepare(rig.ask(f"Question {number}", parent_id=turn_id, **before))
        conversation_id, turn_id = running.call.conversation_id, running.call.turn_id
        rig.store.finish_turn(replace(running.turn(), status="completed", reply=f"Reply {number}"))

    def questions_sent(context: Context) -> list[str]:
        rig.store.set_context("ada", conversation_id, context)
        ask = rig.ask("And now?", conversation_id=conversation_id, parent_id=turn_id)
        sent, _ = ask.prompts(rig.records.meter.count)
        return [message.text for message in sent.messages if message.role == "user"]

    everything = ["Question 0", "Question 1", "Question 2", "And now?"]
    # 3 tokens before the reply; a message takes 3, its role 1 to 3, and its text a token for four bytes.
    assert questions_sent(Context("everything")) == everything
    assert questions_sent(Context("last", turns=2)) == everything[1:]
    assert questions_sent(Context("last", turns=0)) == everything[3:]
    assert questions_sent(Context("last", turns=9)) == everything
    alone = 3 + 4 + 2
    turn = (4 + 3) + (3 + 3 + 2)
    assert questions_sent(Context("tokens", tokens=alone + 2 * turn)) == everything[1:]
    assert questions_sent(Context("tokens", tokens=alone + 2 * turn - 1)) == everything[2:]
    assert questions_sent(Context("tokens", tokens=1)) == everything[3:]
    middle = rig.store.conversation("ada", conversation_id)
    assert middle is not None
    rig.store.leave_out("ada", middle.turns[1].id, left_out=True)
    assert questions_sent(Context("everything")) == [everything[0], *everything[2:]]
    assert questions_sent(Context("last", turns=2)) == [everything[0], *everything[2:]]
    rig.store.leave_out("ada", middle.turns[1].id, left_out=False)
    assert questions_sent(Context("everything")) == everything


def test_a_budget_shortens_the_reply_and_says_so(limited: Rig) -> None:
    running = limited.prepare(limited.ask(parameters=Parameters(temperature=0.5)))
    assert running.turn().remarks == (
        "The daily budget of $0.0013 has $0.0013 left, so this reply is limited to 100 tokens.",
    )
    assert running.request.parameters == Parameters(temperature=0.5, max_output_tokens=100)
    assert running.request.must_be_limited
    stored = limited.store.turn("id-1")
    assert stored is not None
    assert stored.parameters == Parameters(temperature=0.5)


@pytest.mark.parametrize("is_limited", [True, False])
def test_a_reply_has_to_keep_to_its_length_where_a_budget_rests_on_it(
    rig: Rig, limited: Rig, is_limited: bool
) -> None:
    asked = limited if is_limited else rig
    running = asked.prepare(asked.ask(parameters=Parameters(max_output_tokens=100)))
    assert (running.request.must_be_limited, running.turn().remarks) == (is_limited, ())


def test_a_spent_budget_is_said(limited: Rig) -> None:
    limited.prepare(limited.ask())
    assert refusal(limited) == (
        "The daily budget of $0.0013 has nothing left ($0.00 spent, $0.0013 set aside for replies under "
        "way), and this message may cost $0.00092 even with a short reply. "
        "It resets on Nov 23, 2026 at 00:00 (UTC). The message was not sent."
    )


def test_a_message_that_cannot_be_saved_takes_nothing_from_the_budget(limited: Rig) -> None:
    limited.store.trouble = "Nothing can be saved: the disk is full."
    assert refusal(limited) == "Nothing can be saved: the disk is full. The message was not sent."
    limited.store.trouble = None
    limited.prepare(limited.ask())


def test_a_fault_takes_nothing_from_the_budget_either(limited: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(limited.store, "add_turns", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            limited.prepare(limited.ask())
    limited.prepare(limited.ask())


def test_a_ledger_that_cannot_be_read_sends_nothing_within_a_budget(limited: Rig) -> None:
    limited.ledger.trouble = "Cannot read usage.csv."
    assert refusal(limited) == "Cannot read usage.csv. The message was not sent."


def test_text_that_no_file_holds_is_mended_before_it_goes_anywhere(rig: Rig) -> None:
    ask = rig.ask(
        "Why\ud800?",
        model="priced\udfff",
        parameters=Parameters(system_prompt="a\ud800", stop=("b\ud800",)),
    )
    running = rig.prepare(ask)
    mended = Parameters(system_prompt="a�", stop=("b�",))
    assert running.request == CompletionRequest(
        "priced�",
        Prompt.of_texts(("system", "a�"), ("user", "Why�?")),
        mended,
        cache_key=cache_key_of("id-2"),
    )
    assert rig.store.turn("id-1") == running.turn()


@pytest.mark.parametrize(
    ("model", "wanted", "asked"),
    [
        ("gpt-6-luna", "flex", "flex"),
        ("gpt-6-luna", "batch", None),
        ("gpt-6-luna", "default", None),
        ("gpt-6-luna", "anything-else", None),
        ("gpt-4o", "flex", None),
        (MODEL, "flex", None),
    ],
)
def test_a_service_tier_without_a_listed_price_is_not_asked_for(
    rig: Rig, model: str, wanted: str, asked: str | None
) -> None:
    rig.provider.endpoint = Endpoint("api.openai.com", "openai")
    running = rig.prepare(rig.ask(model=model, parameters=Parameters(seed=7, service_tier=wanted)))
    assert running.request.parameters == Parameters(seed=7, service_tier=asked)
    assert rig.stored(running.turn()).parameters == Parameters(seed=7, service_tier=asked)
