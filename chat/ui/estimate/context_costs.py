"""What each choice of what goes along costs, with this message and over the next ones. Pure figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import median_high

from chat.calls import Ask, Counter, turn_tokens
from chat.conversation import Context, Turn, may_go_along, newest_along
from usage.forecast import Message, Prompt, Text, with_reply
from usage.units import PriceSteps, price_at

MESSAGES_AHEAD = 10  # this one and those after it
_MOST_KNOWN = 50_000  # sizes of turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """How long messages are, in tokens, with what surrounds each.

    `alone` is this prompt without any turn before, `typed` this question in it, `question` what questions
    here usually take, `reply` the usual reply and what surrounds it, None where that is not known.
    """

    alone: int
    typed: int
    question: int
    reply: int | None
    around_reply: int = 0

    @property
    def billed_reply(self) -> int | None:
        """Return how many tokens of the usual reply are billed as output."""
        return None if self.reply is None else self.reply - self.around_reply


@dataclass(frozen=True, slots=True)
class ChoiceCost:
    """What a choice takes: tokens of this prompt, and USD now and over the next messages; None is unknown."""

    context: Context
    tokens: int
    now_usd: Decimal | None
    ahead_usd: Decimal | None


def prompts_ahead(sizes: Sequence[int], context: Context, lengths: Lengths) -> list[int]:
    """Return how many tokens this prompt has, and those of the messages after it, as the chat grows.

    `sizes` are those of the turns that the choice chooses from. Message k (from 0) sends what is the same
    each time, its question, and of all turns so far those that go along; with the reply it is a turn more.
    """
    sizes, prompts = [*sizes], []
    for number in range(MESSAGES_AHEAD):
        question = lengths.question if number else lengths.typed
        alone = lengths.alone - lengths.typed + question
        along = newest_along(sizes, context, context.tokens - alone)
        prompts.append(alone + sum(sizes[len(sizes) - along :]))
        sizes.append(question + (lengths.reply or 0))
    return prompts


def cost_of(steps: PriceSteps, prompts: Sequence[int], reply: int | None) -> Decimal | None:
    """Return what prompts of these sizes cost in USD, each with such a reply; None where that is unknown.

    Each is priced by its own size. A reply of unknown length is left out of a single prompt.
    """
    if reply is None and len(prompts) > 1:
        return None
    costs = [with_reply(price_at(steps, tokens), tokens, reply or 0) for tokens in prompts]
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)) if len(known) == len(costs) else None


def choice_cost(
    context: Context, sizes: Sequence[int], lengths: Lengths, prices: Sequence[PriceSteps]
) -> ChoiceCost:
    """Return what a choice costs with turns of these sizes, at the prices of all models that are asked."""
    prompts, reply = prompts_ahead(sizes, context, lengths), lengths.billed_reply
    now = [cost_of(steps, prompts[:1], reply) for steps in prices]
    ahead = [cost_of(steps, prompts, reply) for steps in prices]
    return ChoiceCost(context, prompts[0], _sum(now), _sum(ahead))


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


class KnownSizes:
    """The sizes of turns that were counted before: of a whole turn, and of its reply, for any thread."""

    def __init__(self) -> None:
        self._sizes: dict[tuple[object, ...], tuple[int, int]] = {}

    def of(self, turn: Turn, model: str, count: Callable[[], tuple[int, int]]) -> tuple[int, int]:
        """Return the sizes of a turn as it is now for a model, counted where they are not known yet."""
        key = model, turn.id, hash(turn.question), hash(turn.reply), turn.attachments
        if (known := self._sizes.get(key)) is not None:
            return known
        if len(self._sizes) >= _MOST_KNOWN:
            self._sizes.clear()
        return self._sizes.setdefault(key, count())


class Sizes:
    """The sizes of a chat's turns for the model of an ask, each counted once."""

    def __init__(self, ask: Ask, count: Counter, known: KnownSizes) -> None:
        self._ask = ask
        self._count = count
        self._known = known

    def of(self, turn: Turn) -> int:
        """Return how many tokens longer a prompt is with this turn along."""
        return self._both(turn)[0]

    def _both(self, turn: Turn) -> tuple[int, int]:
        ask = self._ask

        def counted() -> tuple[int, int]:
            whole = turn_tokens(turn, ask.parts_of, self._count, ask.model)
            return whole, self._of(Message("assistant", (Text(turn.reply),)))

        return self._known.of(turn, ask.model, counted)

    def along(self, context: Context) -> list[int]:
        """Return the sizes of the turns that a choice chooses from."""
        return [self.of(turn) for turn in may_go_along(self._ask.branch, context)]

    def lengths(self, usual_reply: int | None) -> Lengths:
        """Return how long messages are here; where nobody knows the usual reply, those of this chat tell."""
        around = self._of(Message("assistant", (Text(""),)))
        turns = [turn for turn in self._ask.branch if turn.reply and not turn.is_summary]
        sizes = [self._both(turn) for turn in turns]
        replies, questions = [reply for _, reply in sizes], [whole - reply for whole, reply in sizes]
        reply = median_high(replies) if replies else None
        if usual_reply is not None:
            reply = usual_reply + around
        alone = self._tokens(self._ask.prompt_with(()))
        is_typed = self._ask.question.strip() or self._ask.attachments
        typed = alone - self._tokens(self._without_question())
        question = median_high(questions) if questions else typed
        lengths = Lengths(alone=alone, typed=typed, question=question, reply=reply, around_reply=around)
        if is_typed:
            return lengths
        return replace(lengths, alone=alone - typed + question, typed=question)

    def _without_question(self) -> Prompt:
        return Prompt(self._ask.prompt_with(()).messages[:-1])

    def _of(self, message: Message) -> int:
        return self._tokens(Prompt((message,))) - self._tokens(Prompt(()))

    def _tokens(self, prompt: Prompt) -> int:
        return self._count(prompt, self._ask.model).tokens
