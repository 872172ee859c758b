"""What stands under a reply besides its text."""

from dataclasses import replace

import pytest

from chat.conversation import Turn
from chat.ui.messages import is_being_finished, messages_of
from chat.ui.messages.markup import shown_reply
from chat.ui.messages.receipts import receipt_line
from tests.helpers.fakes import ENTRY, TURN

ENDED = replace(TURN, status="completed", reply="Because.", entry=ENTRY)
STOPPED = replace(TURN, status="stopped", reply="Be", entry=replace(ENTRY, status="stopped"))


def under(turn: Turn) -> list[str]:
    """All that is shown after the reply, a receipt by its title."""
    shown = [message for message in messages_of(turn) if message["role"] == "assistant"]
    texts = [message.get("metadata", {}).get("title", message["content"]["text"]) for message in shown]
    return texts[texts.index(shown_reply(turn.reply)) + 1 :]


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (ENDED, []),
        (STOPPED, ['<div class="remark">You stopped this reply.</div>']),
        (
            replace(STOPPED, status="interrupted"),
            ['<div class="remark">Tally ended before this reply did. What had arrived is kept.</div>'],
        ),
        (
            replace(ENDED, remarks=("asked <without> seed.",)),
            ['<div class="remark">asked &lt;without&gt; seed.</div>'],
        ),
        (
            replace(ENDED, status="failed", error="It broke off."),
            ['<div class="failure">It broke off.</div>'],
        ),
        (
            replace(ENDED, status="failed", error="<b>\n\n![x](/y)\r\rEnd"),
            ['<div class="failure">&lt;b&gt;<br><br>![x](/y)<br><br>End</div>'],
        ),
    ],
)
def test_what_became_of_a_reply_stands_before_its_receipt(turn: Turn, said: list[str]) -> None:
    assert turn.entry is not None
    assert under(turn) == [*said, receipt_line(turn.entry)]


def test_a_stopped_reply_that_is_still_received_says_so_until_its_cost_is_known() -> None:
    turn = replace(STOPPED, entry=None)
    assert is_being_finished(turn)
    assert under(turn) == [
        '<div class="remark finishing">You stopped this reply. '
        "Its rest is received for the exact cost; Esc ends that too.</div>"
    ]


@pytest.mark.parametrize("turn", [TURN, ENDED, STOPPED, replace(ENDED, entry=None)])
def test_no_other_reply_is_being_finished(turn: Turn) -> None:
    assert not is_being_finished(turn)
