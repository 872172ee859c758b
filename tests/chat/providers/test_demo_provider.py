from chat.providers.demo import DEMO_MODEL, QUOTED_LENGTH, DemoProvider
from chat.providers.seam import Completed, CompletionRequest, Sending, TextDelta
from tests.helpers.fakes import FourBytes
from usage.forecast import Document, Image, Message, Prompt, Role, Text, Tokenizer
from usage.units import Endpoint, TokenUsage

TOKENIZER = Tokenizer(FourBytes)


async def reply_to(question: str, *before: tuple[Role, str]) -> tuple[str, int, Completed]:
    """The whole reply to a question, in how many pieces it came, and its end."""
    request = CompletionRequest(DEMO_MODEL, Prompt.of_texts(*before, ("user", question)))
    sending, *pieces, end = [event async for event in DemoProvider(TOKENIZER, delay_s=0).stream(request)]
    assert isinstance(sending, Sending)
    assert isinstance(end, Completed)
    texts = [piece.text for piece in pieces if isinstance(piece, TextDelta)]
    assert len(texts) == len(pieces)
    return "".join(texts), len(texts), end


async def test_the_demo_model_says_what_it_is_and_what_it_was_asked() -> None:
    reply, _, _ = await reply_to("How do window functions work?")
    assert reply.startswith("I am the **demo model** that comes with Tally.")
    assert 'You wrote: "How do window functions work?"\n' in reply
    assert "OPENAI_API_KEY" in reply


async def test_it_says_how_many_pictures_and_documents_it_got() -> None:
    image = Image("key", "image/png", 640, 480, "high", bytes)
    parts = Text("What is that?"), image, image, Document("key", "report.pdf", ("One.",), bytes)
    request = CompletionRequest(DEMO_MODEL, Prompt((Message("user", parts),)))
    events = [event async for event in DemoProvider(TOKENIZER, delay_s=0).stream(request)]
    reply = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert 'You wrote: "What is that?" I see 2 pictures. I got 1 PDF.\n' in reply


async def test_the_reply_is_markdown_with_a_table_code_and_a_formula() -> None:
    reply, _, _ = await reply_to("Why?")
    assert all(sign in reply for sign in ("|---|---|", "```python\n", "$a^2 + b^2 = c^2$"))


async def test_it_comes_in_words_and_counts_as_tally_does_before_a_call() -> None:
    said: tuple[tuple[Role, str], ...] = (
        ("system", "Be very short."),
        ("user", "One?"),
        ("assistant", "One."),
    )
    reply, pieces, end = await reply_to("What is that?", *said)
    assert pieces > 50
    expected = Prompt.of_texts(*said, ("user", "What is that?")).size(TOKENIZER, DEMO_MODEL).count.tokens
    output = TOKENIZER.count_text(reply, DEMO_MODEL).tokens
    assert end == Completed(TokenUsage(input=expected, output=output), "demo")


async def test_what_it_quotes_cannot_change_the_page() -> None:
    reply, _, _ = await reply_to("<b>*x*</b>\n`y` {question} $z$ [a](b) #c |d| \\e")
    assert r'You wrote: "\<b\>\*x\*\</b\> \`y\` {question} \$z\$ \[a\](b) \#c \|d\| \\e"' in reply


async def test_a_long_question_is_quoted_in_part() -> None:
    fits, too_long = "x" * QUOTED_LENGTH, "x" * (QUOTED_LENGTH + 1)
    assert f'"{fits}"' in (await reply_to(fits))[0]
    assert f'"{fits}…"' in (await reply_to(too_long))[0]


async def test_it_is_free_and_the_only_one() -> None:
    provider = DemoProvider(TOKENIZER)
    assert provider.endpoint == Endpoint("demo", "demo")
    assert await provider.models() == ("demo",)
