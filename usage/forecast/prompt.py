"""What is sent to a model: messages made of parts, and how many tokens all of them take."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import repeat
from typing import Literal

from usage.forecast.image_tokens import Detail, ImageTokens, image_tokens, page_tokens
from usage.forecast.tokenizer import TokenCount, Tokenizer

Role = Literal["system", "user", "assistant"]

_TOKENS_PER_MESSAGE = 3
_TOKENS_BEFORE_REPLY = 3
# What a chat template and an endpoint may put around messages beyond what is counted.
_MORE_PER_MESSAGE = 4
_MORE_PER_REQUEST = 16
# The same where the template is not known: some put a prompt of their own before the messages.
_BYTES_PER_MESSAGE = 16
_BYTES_PER_REQUEST = 256


@dataclass(frozen=True, slots=True)
class Text:
    """A part of a message that is text."""

    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """A part of a message that is a picture, as large as it is sent: `width` and `height` are in pixels.

    `key` tells it from all others; `read` gives its bytes.
    """

    key: str
    media_type: str
    width: int
    height: int
    detail: Detail
    read: Callable[[], bytes] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Document:
    """A part of a message that is a whole PDF, which the endpoint takes apart: the text of each page.

    `key` tells it from all others; `read` gives its bytes.
    """

    key: str
    name: str
    pages: tuple[str, ...]
    read: Callable[[], bytes] = field(compare=False, repr=False)

    @property
    def text(self) -> str:
        """Return the text of all pages."""
        return "\n".join(self.pages)


Part = Text | Image | Document


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it is sent: who speaks, and the parts of what is said."""

    role: Role
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """Return all the text in the message."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))


@dataclass(frozen=True, slots=True)
class PromptSize:
    """How many tokens a prompt takes by a model's vocabulary, and how many it takes at most."""

    count: TokenCount
    most_tokens: int


@dataclass(frozen=True)
class Prompt:
    """All messages of one request. It counts itself, once for each model."""

    messages: tuple[Message, ...]
    _sizes: dict[str, PromptSize] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of_texts(cls, *said: tuple[Role, str]) -> "Prompt":
        """Return the prompt of messages that are one text each."""
        return cls(tuple(Message(role, (Text(text),)) for role, text in said))

    def size(self, tokenizer: Tokenizer, model: str) -> PromptSize:
        """Return how many tokens the messages are for a model."""
        if model not in self._sizes:
            texts, documents = self._count_texts(tokenizer, model), self._count_documents(tokenizer, model)
            images = list(self._images(model))
            self._sizes[model] = PromptSize(
                TokenCount(
                    texts.tokens + documents + sum(image.tokens for image in images),
                    exact=texts.exact and not images and not self.documents,
                ),
                self._most_of_texts(texts)
                + sum(_most_of_document(document) for document in self.documents)
                + sum(image.most for image in images),
            )
        return self._sizes[model]

    @property
    def images(self) -> tuple[Image, ...]:
        """Return all pictures in it, in their order."""
        return tuple(part for part in self._parts() if isinstance(part, Image))

    @property
    def documents(self) -> tuple[Document, ...]:
        """Return all documents in it, in their order."""
        return tuple(part for part in self._parts() if isinstance(part, Document))

    def _parts(self) -> Iterable[Part]:
        return (part for message in self.messages for part in message.parts)

    def _images(self, model: str) -> Iterable[ImageTokens]:
        """Give what each picture takes, those of a document's pages among them."""
        for image in self.images:
            yield image_tokens(model, image.width, image.height, image.detail)
        for document in self.documents:
            yield from repeat(page_tokens(model), len(document.pages))

    def _count_texts(self, tokenizer: Tokenizer, model: str) -> TokenCount:
        texts = [text for message in self.messages for text in _texts_of(message)]
        counts = [tokenizer.count_text(text, model) for text in texts]
        around = _TOKENS_BEFORE_REPLY + _TOKENS_PER_MESSAGE * len(self.messages)
        is_exact = tokenizer.count_text("", model).exact and all(count.exact for count in counts)
        return TokenCount(around + sum(count.tokens for count in counts), is_exact)

    def _count_documents(self, tokenizer: Tokenizer, model: str) -> int:
        return sum(tokenizer.count_text(document.text, model).tokens for document in self.documents)

    def _most_of_texts(self, count: TokenCount) -> int:
        """Return how many tokens the texts take at most.

        A count with the model's own vocabulary is off by what surrounds messages only. Otherwise it is their
        bytes: a vocabulary whose smallest tokens are bytes makes no more tokens of a text than it has bytes.
        """
        messages = len(self.messages)
        if count.exact:
            return count.tokens + _MORE_PER_MESSAGE * messages + _MORE_PER_REQUEST
        texts = (text for message in self.messages for text in _texts_of(message))
        return sum(map(_bytes_in, texts)) + _BYTES_PER_MESSAGE * messages + _BYTES_PER_REQUEST


def _texts_of(message: Message) -> Iterable[str]:
    """Give all text that is counted of a message."""
    yield message.role
    for part in message.parts:
        if isinstance(part, Text):
            yield part.text


def _most_of_document(document: Document) -> int:
    """Return how many tokens the text of a document is at most, which the endpoint takes out of it itself."""
    return _bytes_in(document.text) + _BYTES_PER_MESSAGE * (len(document.pages) + 1)


def _bytes_in(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
