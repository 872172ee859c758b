"""Puts conversations of any length into Tally's store, as if they had been held."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.browser.stored import store_conversation

CHARACTERS = 1600
SENTENCE = "A window function computes over a set of rows related to the current one. "
LAST = "This is the last reply."


@dataclass(frozen=True, slots=True)
class Earlier:
    """A conversation of messages of 1,600 characters, held with the model that the page goes on with."""

    id: str
    messages: int
    model: str


def seed(data_dir: Path, conversations: Iterable[Earlier]) -> None:
    """Store these conversations in a data folder."""
    data_dir.mkdir(parents=True, exist_ok=True)
    text = (SENTENCE * (CHARACTERS // len(SENTENCE) + 1))[:CHARACTERS]
    for conversation in conversations:
        said = [(text, text)] * (conversation.messages // 2 - 1) + [(text, f"{text}\n\n{LAST}")]
        store_conversation(data_dir, conversation.id, said, model=conversation.model)
