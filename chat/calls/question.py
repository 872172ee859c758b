"""What a person asks, what has to be in it, and the prompt that it makes with the turns before."""

import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from chat.calls.running_turn import whole_characters
from chat.conversation import (
    EVERYTHING,
    Attachment,
    Context,
    Conversation,
    Turn,
    WaitingMessage,
    going_along,
    is_temporary,
)
from chat.providers import LONGEST_MODEL_NAME, CompletionProvider, NotSent, Parameters, choice_of
from texts import _
from usage.forecast import Message, Part, Prompt, Text, TokenCount
from usage.ledger import NOBODY, TEMPORARY, KeyOwner, Purpose

MOST_MODELS = 4  # that can be compared

BEFORE_SUMMARY = "Summarize our conversation so far."
SUMMARY_QUESTION = (
    "Summarize our conversation so far, so that it can go on from your summary alone: what I want, what was "
    "found out and decided, names, figures, code and wording that are still needed, and what is open. Write "
    "in the language of the conversation, in plain text, as briefly as that allows. Reply with the summary "
    "alone."
)
# Many times what a summary takes: models that reason first do so within these tokens too.
MOST_OF_SUMMARY = 4_000

PartsOf = Callable[[Attachment], tuple[Part, ...]]
Counter = Callable[[Prompt, str], TokenCount]
"""Counts the tokens of a prompt for a model."""

_MESSAGE_ID = re.compile(r"[0-9A-Za-z_-]{16,64}")
_TURNS_OF_MESSAGES = uuid.UUID("6d1c3c1e-6f2b-4c39-9a55-0f3a8f6a1b7d")


def left_out_file(attachment: Attachment) -> tuple[Part, ...]:
    """Return what goes to a model in place of a file that a person has left out."""
    return (Text(f"[The file {attachment.name} was attached here, and is left out.]\n\n"),)


def without_file(attachment: Attachment) -> tuple[Part, ...]:
    """Return what goes to a model in place of a file that is no longer there."""
    return (Text(f"[The file {attachment.name} was attached here, and has been deleted since.]\n\n"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a person asks, in a conversation as it was read; None starts one. `parent_id` is the turn before.

    `connection` names where the model is, "" the first one.
    `budget_usd` is what a conversation that starts here may cost in all, None for no limit.
    `is_temporary` says whether a conversation that starts here is.
    `title_ask` asks a model for the conversation's title once the reply is there, and gets its question only
    then; None leaves the title as it is.
    `message_id` is made where the message was written: whatever comes with the same id is the same message.
    When it is empty, every ask is a message of its own.
    `parts_of` gives what goes to the model of a file that is attached, here or before.
    `context` is what goes along later in a conversation that starts here; one that is there has its own.
    """

    user: str
    conversation: Conversation | None
    parent_id: str | None
    question: str
    model: str
    parameters: Parameters
    provider: CompletionProvider
    key_owner: KeyOwner
    purpose: Purpose = "reply"
    budget_usd: Decimal | None = None
    message_id: str = ""
    connection: str = ""
    is_temporary: bool = False
    title_ask: "Ask | None" = None
    attachments: tuple[Attachment, ...] = ()
    parts_of: PartsOf = without_file
    context: Context = EVERYTHING

    @property
    def choice(self) -> str:
        """Return the model's name, with its connection's."""
        return choice_of(self.connection, self.model)

    @property
    def known_as(self) -> tuple[str, ...]:
        """Return the ids that the message's first turn may have, if it was taken before.

        A page that was reloaded meanwhile may have forgotten that a new chat is temporary, or that it is not.
        """
        if not self.message_id:
            return ()
        return tuple(turn_id_of(self.user, self.message_id, is_temporary=each) for each in (False, True))

    def turn_id(self, number: int) -> str | None:
        """Return the id of the turn that the message makes; `number` counts the models of a comparison.

        None when the message has no id.
        """
        if not self.message_id:
            return None
        return turn_id_of(self.user, self.message_id, number, is_temporary=self.is_temporary)

    @property
    def branch(self) -> tuple[Turn, ...]:
        """Return the turns before, whether or not they go along."""
        return self.conversation.branch_to(self.parent_id) if self.conversation else ()

    def along(self, count: Counter, context: Context | None = None) -> tuple[Turn, ...]:
        """Return the turns before that go along: by this choice, or else by the conversation's own."""
        if self.purpose == "summary":  # all that the last one does not cover
            context = Context("summary")
        if context is None:
            context = self.conversation.context if self.conversation else self.context

        def size_of(turn: Turn) -> int:
            return turn_tokens(turn, self.parts_of, count, self.model)

        def alone() -> int:
            return count(self.prompt_with(()), self.model).tokens

        return going_along(self.branch, context, size_of, alone)

    def prompt_with(self, along: Iterable[Turn]) -> Prompt:
        """Return the prompt with these turns along."""
        question = message_of(self.question, self.attachments, self.parts_of)
        return prompt_of(along, question, self.parameters.system_prompt, self.parts_of)

    def prompts(self, count: Counter) -> tuple[Prompt, Prompt]:
        """Return the prompt, and what it would be without the turns before; `count` counts a prompt."""
        return self.prompt_with(self.along(count)), self.prompt_with(())


def prompt_of(
    history: Iterable[Turn], question: Message, system_prompt: str, parts_of: PartsOf = without_file
) -> Prompt:
    """Return the system prompt, the turns before that have a reply, then the question.

    A question that was not answered is left out, as the page says below it: whoever asks something else next
    does not ask it again.
    """
    messages = [Message("system", (Text(system_prompt),))] if system_prompt.strip() else []
    for turn in history:
        messages += messages_of_turn(turn, parts_of)
    return Prompt((*messages, question))


def messages_of_turn(turn: Turn, parts_of: PartsOf) -> Sequence[Message]:
    """Return a turn as it goes along with a question; nothing where it has no reply.

    A summary has a short question before it: some endpoints take only messages whose roles alternate.
    """
    if not turn.reply:
        return ()
    question = message_of(turn.question, turn.attachments, parts_of)
    if turn.is_summary:
        question = Message("user", (Text(BEFORE_SUMMARY),))
    return question, Message("assistant", (Text(turn.reply),))


def summary_parameters(of_chat: Parameters) -> Parameters:
    """Return the parameters of a summary: the chat's system prompt, so that a cache that has it helps."""
    return Parameters(system_prompt=of_chat.system_prompt, max_output_tokens=MOST_OF_SUMMARY)


def turn_tokens(turn: Turn, parts_of: PartsOf, count: Counter, model: str) -> int:
    """Return how many tokens longer a prompt is with this turn along."""
    with_turn, without = Prompt(tuple(messages_of_turn(turn, parts_of))), Prompt(())
    return count(with_turn, model).tokens - count(without, model).tokens


def message_of(text: str, attachments: Sequence[Attachment], parts_of: PartsOf) -> Message:
    """Return a person's message: what is attached to it, then what they wrote."""
    attached = [part for attachment in attachments for part in parts_of(attachment)]
    return Message("user", (*attached, *([Text(text)] if text or not attached else [])))


def turn_id_of(user: str, message_id: str, number: int = 0, *, is_temporary: bool = False) -> str:
    """Return the id of the turn that a message makes; `number` counts the models of a comparison.

    It is the same in every copy of the app and after a restart, and no other person's message gets it.
    """
    turn_id = uuid.uuid5(_TURNS_OF_MESSAGES, f"{user}\0{message_id}\0{number}").hex
    return TEMPORARY + turn_id if is_temporary else turn_id


def still_waiting(conversation: Conversation) -> tuple[WaitingMessage, ...]:
    """Return the messages that wait in a conversation, without those that have been asked."""
    turn_id = partial(turn_id_of, conversation.user, is_temporary=is_temporary(conversation.id))
    return tuple(each for each in conversation.waiting if not conversation.turn(turn_id(each.id)))


def known_message_id(sent: str | None) -> str:
    """Return the message's id as the page sent it; empty when it sent none, or one that no page makes."""
    return sent if sent and _MESSAGE_ID.fullmatch(sent) else ""


def models_asked(model: str, others: Iterable[str]) -> tuple[str, ...]:
    """Return the model and those to compare it with, each once. Raises NotSent when they are too many."""
    named = [name.strip() for name in (model, *others)]
    models = tuple(dict.fromkeys(name for name in named if name))
    if len(models) > MOST_MODELS:
        text = _("{models} models are chosen, and at most {most} can be compared.")
        raise NotSent(text.format(models=len(models), most=MOST_MODELS))
    return models


def checked(ask: Ask) -> Ask:
    """Return what is asked without anything that no file holds. Raises NotSent where something is missing."""
    parameters = replace(
        ask.parameters,
        system_prompt=whole_characters(ask.parameters.system_prompt),
        stop=tuple(whole_characters(text) for text in ask.parameters.stop),
    )
    question = whole_characters(ask.question)
    if ask.user == NOBODY:
        raise NotSent(_("You are not signed in. Reload the page and sign in."))
    if ask.conversation is not None and ask.conversation.user != ask.user:
        raise NotSent(_("This chat no longer exists."))
    if ask.parent_id is not None and not (ask.conversation and ask.conversation.turn(ask.parent_id)):
        raise NotSent(_("The message before this one no longer exists. Reload the page."))
    if not question.strip() and not ask.attachments:
        raise NotSent(_("Write a message first."))
    return replace(ask, question=question, model=checked_model(ask.model), parameters=parameters)


def checked_model(name: str) -> str:
    """Return a model's name as it is sent and recorded. Raises NotSent for one that cannot be."""
    model = whole_characters(name).strip()
    if not model:
        raise NotSent(_("Choose a model first."))
    # A spreadsheet that splits lines at ";" or tabs would take what follows for a cell, maybe a formula.
    if ";" in model or not model.isprintable():
        raise NotSent(_("A model’s name cannot contain a semicolon, tab or line break. Choose another."))
    if len(model) > LONGEST_MODEL_NAME:
        text = _("A model’s name cannot have more than {most} characters. Choose another.")
        raise NotSent(text.format(most=LONGEST_MODEL_NAME))
    return model
