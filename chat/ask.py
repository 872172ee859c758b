"""What a person asks, and what has to be in it."""

from dataclasses import dataclass, replace
from decimal import Decimal

from chat.completion import CompletionProvider, Parameters
from chat.errors import NotSent
from chat.running_turn import whole_characters
from usage.ledger import NOBODY, KeyOwner, Purpose

LONGEST_MODEL_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a person asks. `conversation_id` None starts a conversation; `parent_id` is the turn before.

    `budget_usd` is what a conversation that starts here may cost in all, None for no limit.
    """

    user: str
    conversation_id: str | None
    parent_id: str | None
    question: str
    model: str
    parameters: Parameters
    provider: CompletionProvider
    key_owner: KeyOwner
    purpose: Purpose = "reply"
    budget_usd: Decimal | None = None


def require_whole(ask: Ask) -> None:
    """Raises NotSent where something is missing."""
    if ask.user == NOBODY:
        raise NotSent("You are not signed in. Reload the page and sign in.")
    if not ask.question:
        raise NotSent("Write a message first.")
    if not ask.model:
        raise NotSent("Choose a model first.")
    # A spreadsheet that splits lines at ";" or tabs would take what follows for a cell, maybe a formula.
    if ";" in ask.model or not ask.model.isprintable():
        raise NotSent("No model's name has a semicolon, tab or line break in it. Choose another.")
    if len(ask.model) > LONGEST_MODEL_NAME:
        raise NotSent(f"No model's name has more than {LONGEST_MODEL_NAME} characters. Choose another.")


def in_whole_characters(ask: Ask) -> Ask:
    """The same with nothing in it that no file can hold."""
    parameters = replace(
        ask.parameters,
        system_prompt=whole_characters(ask.parameters.system_prompt),
        stop=tuple(whole_characters(text) for text in ask.parameters.stop),
    )
    return replace(
        ask,
        question=whole_characters(ask.question).strip(),
        model=whole_characters(ask.model).strip(),
        parameters=parameters,
    )
