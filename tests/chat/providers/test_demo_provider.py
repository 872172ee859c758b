from chat.providers.demo import DEMO_MODEL, QUOTED_LENGTH, DemoProvider
from chat.providers.seam import Completed, CompletionRequest, Message, Sending, TextDelta
from usage.units import Endpoint, TokenUsage


async def reply_to(question: str, *before: Message) -> tuple[str, int, Completed]:
    """The whole reply to a question, in how many pieces it came, and its end."""
    request = CompletionRequest(DEMO_MODEL, (*before, Message("user", question)))
    sending, *pieces, end = [event async for event in DemoProvider(delay_s=0).stream(request)]
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


async def test_the_reply_is_markdown_with_a_table_code_and_a_formula() -> None:
    reply, _, _ = await reply_to("Why?")
    assert all(sign in reply for sign in ("|---|---|", "```python\n", "$a^2 + b^2 = c^2$"))


async def test_its_tokens_are_words() -> None:
    before = Message("system", "Be very short."), Message("user", "One?"), Message("assistant", "One.")
    _, pieces, end = await reply_to("What is that?", *before)
    assert pieces > 50
    assert end == Completed(TokenUsage(input=8, output=pieces), "demo")


async def test_what_it_quotes_cannot_change_the_page() -> None:
    reply, _, _ = await reply_to("<b>*x*</b>\n`y` {question} $z$ [a](b) #c |d| \\e")
    assert r'You wrote: "\<b\>\*x\*\</b\> \`y\` {question} \$z\$ \[a\](b) \#c \|d\| \\e"' in reply


async def test_a_long_question_is_quoted_in_part() -> None:
    fits, too_long = "x" * QUOTED_LENGTH, "x" * (QUOTED_LENGTH + 1)
    assert f'"{fits}"' in (await reply_to(fits))[0]
    assert f'"{fits}…"' in (await reply_to(too_long))[0]


async def test_it_is_free_and_the_only_one() -> None:
    provider = DemoProvider()
    assert provider.endpoint == Endpoint("demo", "demo")
    assert await provider.models() == ("demo",)
