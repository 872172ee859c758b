"""What is copied and edited is the stored text."""

from dataclasses import replace

import pytest

from chat.markup.receipts import receipt_line
from chat.ui.messages import edited_text
from chat.ui.messages.message_text import text_of
from tests.helpers.fakes import ENTRY, TURN

CODE = "  def f():\n\treturn 1 \n\n"


@pytest.mark.parametrize(
    ("turn", "part", "text"),
    [
        (replace(TURN, question=CODE), "question", CODE),
        (replace(TURN, reply=CODE, reasoning="I think.", entry=ENTRY), "reply", CODE),
        (replace(TURN, error="It broke off."), "reply", ""),
        (replace(TURN, reply=CODE, entry=ENTRY), "reply-with-cost", f"{CODE}\n\n{receipt_line(ENTRY)}"),
        (replace(TURN, reply=CODE), "reply-with-cost", CODE),
        (TURN, "parameters", None),
        (TURN, None, None),
    ],
)
def test_each_part_is_given_as_it_is_stored(turn: object, part: str | None, text: str | None) -> None:
    assert text_of(turn, part) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stored", "edited", "sent"),
    [
        (CODE, CODE, CODE),
        (CODE, CODE.strip(), CODE.strip()),
        ("a\r\nb\rc\n", "a\nb\nc\n", "a\r\nb\rc\n"),
        ("a\r\nb\r\nc", "a\nB\nc", "a\r\nB\r\nc"),
        ("a\r\nb", "new\na\nb\nend", "new\na\nb\nend"),
        ("a\r\nb", "new\na\nb", "new\na\r\nb"),
        ("a\r\nb", "a\nb\nend", "a\r\nb\nend"),
        ("aa\r\naa", "aa\naa\naa", "aa\r\naa\naa"),
        ("\r\n\r\n", "\n", "\r\n"),
        ("a\r\n", "", ""),
    ],
)
def test_an_edit_changes_only_what_was_edited(stored: str, edited: str, sent: str) -> None:
    assert edited_text(stored, edited) == sent
