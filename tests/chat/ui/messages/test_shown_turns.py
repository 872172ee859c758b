"""What is shown of a turn besides the reply's text."""

import re
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from html import unescape

import pytest

from chat.conversation import Turn
from chat.markup.receipts import receipt_html
from chat.providers import Parameters
from chat.ui.messages import is_being_finished, messages_of, turn_at
from tests.helpers.fakes import ENTRY, TURN
from usage.units import Currency

ENDED = replace(TURN, status="completed", reply="Because.", entry=ENTRY)
STOPPED = replace(TURN, status="stopped", reply="Be", entry=replace(ENTRY, status="stopped"))


WORDS = [
    "",
    "__init__ and 2*3*4",
    "# No heading\n\n\n    indented\n\ttab\n",
    "<b onclick='x'>&amp;</b> $$x$$ \\(y\\) %%%LATEX_BLOCK_0%%%",
    "\n\nfirst\r\nsecond\rthird",
]


def at(moment: datetime) -> str:
    return f"<time>{moment:%H:%M}</time>"


def under(turn: Turn, *, is_last: bool = False) -> str:
    """What is shown after the reply."""
    *_, last = messages_of(turn, at, is_last=is_last)
    return str(last["content"]["text"])


def buttons(turn: Turn, *, is_last: bool = False) -> list[str]:
    """The names of the buttons under a reply."""
    return re.findall(r'<button type="button" name="([^"]*)" value="turn-1"', under(turn, is_last=is_last))


def test_a_receipt_has_the_cost_in_the_readers_currency() -> None:
    *_, last = messages_of(ENDED, at, currency=Currency("EUR", Decimal("0.9")))
    assert "<td>EUR 0.00018</td>" in last["content"]["text"]


@pytest.mark.parametrize("text", WORDS)
def test_a_question_is_shown_letter_for_letter(text: str) -> None:
    [shown] = messages_of(replace(TURN, question=text, status="failed"), at)[:1]
    html = shown["content"]["text"]
    typed = re.search('<div class="typed" dir="auto">(.*?)</div>', html)
    assert typed
    assert unescape(typed[1]) == text.replace("\r\n", "\n").replace("\r", "\n")
    assert re.search("[\n\t%\ue000-\ue003]", html) is None  # the browser's Markdown finds nothing to do in it


def test_headings_say_who_speaks_and_the_question_has_its_time_and_buttons() -> None:
    html = messages_of(replace(TURN, model="<i>"), at)[0]["content"]["text"]
    assert html.startswith('<h2 class="unseen">You</h2>')
    assert html.endswith('<h2 class="unseen">&lt;i&gt;</h2>')
    assert at(TURN.created_at) in html
    assert re.findall(r'name="([^"]*)" value="turn-1" title="([^"]*)"', html) == [
        ("copy-question", "Copy message"),
        ("copy-link", "Copy link to this message"),
        ("edit", "Edit message"),
    ]


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (STOPPED, '<div class="remark">You stopped this reply.</div>'),
        (
            replace(STOPPED, status="interrupted"),
            '<div class="remark">Tally was closed before this reply was complete. '
            "What had arrived is kept.</div>",
        ),
        (
            replace(ENDED, remarks=("asked <without> seed.",)),
            '<div class="remark">asked &lt;without&gt; seed.</div>',
        ),
        (replace(ENDED, status="failed", error="It broke off."), '<div class="failure">It broke off.</div>'),
        (
            replace(ENDED, status="failed", error="<b>\n\n![x](/y)\r\rEnd"),
            '<div class="failure">&lt;b&gt;<br><br>![x](/y)<br><br>End</div>',
        ),
    ],
)
def test_what_became_of_a_reply_stands_before_its_receipt(turn: Turn, said: str) -> None:
    assert turn.entry is not None
    assert under(turn).startswith(f'<div class="under">{said}<div class="foot">{receipt_html(turn.entry)}')


def test_a_receipt_knows_the_service_tier_that_was_asked_for() -> None:
    turn = replace(ENDED, parameters=Parameters(service_tier="flex"))
    assert turn.entry is not None
    assert receipt_html(turn.entry, asked_tier="flex") in under(turn)


def test_a_stopped_reply_that_is_still_received_says_so_until_its_cost_is_known() -> None:
    turn = replace(STOPPED, entry=None)
    assert is_being_finished(turn)
    assert under(turn).startswith(
        '<div class="under"><div class="remark finishing">You stopped this reply. '
        "Tally is still receiving the rest in the background to get the exact cost. "
        "Press Esc to stop that too.</div>"
    )


@pytest.mark.parametrize(
    ("turn", "earlier", "last"),
    [
        (
            ENDED,
            ["copy-reply", "copy-reply-with-cost", "fork"],
            ["copy-reply", "copy-reply-with-cost", "fork", "retry"],
        ),
        (
            STOPPED,
            ["copy-reply", "copy-reply-with-cost", "fork"],
            ["retry", "copy-reply", "copy-reply-with-cost", "fork"],
        ),
        (replace(TURN, reply="Be"), ["copy-reply"], ["copy-reply"]),
        (replace(STOPPED, reply=""), [], ["retry"]),
        (replace(TURN, status="failed"), [], ["retry"]),
        (replace(TURN, status="interrupted"), [], ["retry"]),
        (TURN, [], []),
    ],
)
def test_each_reply_can_be_copied_and_the_last_one_asked_again(
    turn: Turn, earlier: list[str], last: list[str]
) -> None:
    assert (buttons(turn), buttons(turn, is_last=True)) == (earlier, last)


@pytest.mark.parametrize(
    ("turn", "is_left_out"),
    [
        (replace(TURN, status="failed"), True),
        (replace(STOPPED, reply=""), True),
        (replace(TURN, status="interrupted"), True),
        (TURN, False),
        (STOPPED, False),
        (ENDED, False),
    ],
)
def test_a_question_without_a_reply_says_that_it_is_left_out(turn: Turn, is_left_out: bool) -> None:
    said = "Not answered, so it won’t be sent with the next message."
    assert (said in under(turn), said in under(turn, is_last=True)) == (is_left_out, is_left_out)


def test_a_message_of_the_chatbot_is_found_in_its_turn() -> None:
    turns = [
        replace(ENDED, reasoning="Hm."),
        replace(TURN, id="turn-2", status="failed"),
        replace(STOPPED, id="turn-3"),
    ]
    found = [turn_at(turns, index) for index in range(10)]
    assert [turn and turn.id for turn in found] == ["turn-1"] * 4 + ["turn-2"] * 2 + ["turn-3"] * 3 + [None]


@pytest.mark.parametrize("turn", [TURN, ENDED, STOPPED, replace(ENDED, entry=None)])
def test_no_other_reply_is_being_finished(turn: Turn) -> None:
    assert not is_being_finished(turn)
