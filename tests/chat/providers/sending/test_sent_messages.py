"""Pictures and documents go out in base64 beside the text; what is text alone goes out as one text."""

import threading
from typing import Any

import pytest

from chat.providers import CompletionRequest, NotSent, Parameters, Remark, RequestRefused
from chat.providers.sending import sent_messages
from chat.providers.sending.cache_marks import with_cache_marks
from tests.helpers.provider_calls import provider_at
from tests.servers.scripted import ScriptedServer
from usage.forecast import Detail, Document, Image, Message, Part, Prompt, Text

PIXELS = "aW1hZ2U="  # b"image" in base64
MARK = {"cache_control": {"type": "ephemeral"}}


def picture(detail: Detail = "high") -> Image:
    return Image("key", "image/png", 640, 480, detail, lambda: b"image")


def report() -> Document:
    return Document("key", "report.pdf", ("One page.",), lambda: b"%PDF-")


def gone() -> bytes:
    raise FileNotFoundError("the file is gone")


def question(*parts: Part) -> Prompt:
    return Prompt((Message("system", (Text("Be short."),)), Message("user", parts)))


def sent_picture(**more: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXELS}", **more}}


async def parts_sent(*parts: Part, model: str = "gpt-6-luna") -> Any:
    system, user = await sent_messages(question(*parts), model)
    assert system == {"role": "system", "content": "Be short."}
    return user["content"]


async def test_texts_go_out_as_one_text() -> None:
    assert await parts_sent(Text("One, "), Text("two.")) == "One, two."


async def test_pictures_and_documents_go_out_in_their_order() -> None:
    assert await parts_sent(picture("low"), Text("What?"), report()) == [
        sent_picture(detail="low"),
        {"type": "text", "text": "What?"},
        {
            "type": "file",
            "file": {"filename": "report.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
        },
    ]


@pytest.mark.parametrize(
    ("model", "detail"),
    [
        ("gpt-6-luna", "original"),
        ("openai/gpt-5.4", "original"),
        ("gpt-4o", "high"),
        ("nobody-knows", "high"),
    ],
)
async def test_a_picture_is_sent_as_original_only_where_that_is_documented(model: str, detail: str) -> None:
    assert await parts_sent(picture("original"), model=model) == [sent_picture(detail=detail)]


async def test_files_are_read_beside_the_event_loop() -> None:
    threads = []

    def read() -> bytes:
        threads.append(threading.current_thread())
        return b"image"

    await parts_sent(Image("key", "image/png", 1, 1, "high", read))
    assert threading.main_thread() not in threads
    assert len(threads) == 1


async def test_a_file_that_is_gone_is_said_before_anything_is_sent(scripted: ScriptedServer) -> None:
    before = len(scripted.chats)
    request = CompletionRequest("m", question(Text("Why?"), Image("key", "image/png", 1, 1, "high", gone)))
    async with provider_at(scripted.url) as provider:
        with pytest.raises(NotSent) as refused:
            await anext(provider.stream(request))
    expected = "A file of this chat cannot be read any more. Leave it out, or attach it again."
    assert str(refused.value) == expected
    assert len(scripted.chats) == before


def test_a_mark_for_the_cache_is_on_the_last_text() -> None:
    parts = [{"type": "text", "text": "What?"}, sent_picture(detail="high")]
    [marked] = with_cache_marks([{"role": "user", "content": parts}])
    assert marked["content"] == [{"type": "text", "text": "What?", **MARK}, sent_picture(detail="high")]
    without_text = [{"role": "user", "content": [sent_picture()]}]
    assert with_cache_marks(without_text) == without_text


async def remarks_and_bodies(
    scripted: ScriptedServer, model: str, *parts: Part, calls: int = 1
) -> tuple[list[Remark], list[Any]]:
    """Return what was remarked in these calls, and the content of the question in each request."""
    scripted.requests.clear()
    remarks = []
    async with provider_at(scripted.url) as provider:
        for _ in range(calls):
            request = CompletionRequest(model, question(*parts), Parameters())
            remarks += [event async for event in provider.stream(request) if isinstance(event, Remark)]
    return remarks, [seen.body["messages"][-1]["content"] for seen in scripted.chats]


async def test_the_endpoint_gets_what_was_asked(scripted: ScriptedServer) -> None:
    remarks, sent = await remarks_and_bodies(scripted, "gpt-6-luna", Text("What?"), picture())
    assert (remarks, sent) == ([], [[{"type": "text", "text": "What?"}, sent_picture(detail="high")]])


async def test_an_endpoint_that_knows_no_detail_is_asked_without_from_then_on(
    scripted: ScriptedServer,
) -> None:
    remarks, sent = await remarks_and_bodies(scripted, "refuses-detail", picture("low"), calls=2)
    said = "Sent without picture detail, which refuses-detail does not accept."
    assert remarks == [Remark(said)] * 2
    assert sent == [[sent_picture(detail="low")], [sent_picture()], [sent_picture()]]


async def test_a_text_is_not_told_that_pictures_have_no_detail(scripted: ScriptedServer) -> None:
    remarks, sent = await remarks_and_bodies(scripted, "refuses-detail", Text("Why?"))
    assert (remarks, sent) == ([], ["Why?"])


async def test_a_refusal_that_blames_no_detail_ends_the_call(scripted: ScriptedServer) -> None:
    with pytest.raises(RequestRefused):
        await remarks_and_bodies(scripted, "huge-picture", picture())
    assert len(scripted.chats) == 1


@pytest.mark.parametrize(
    ("model", "said"),
    [
        *(
            (model, f"{model} does not take pictures here. Choose another model, or leave them out.")
            for model in (
                "no-pictures",
                "no-pictures-llama",
                "no-pictures-openrouter",
                "no-pictures-deepseek",
            )
        ),
        (
            "bad-picture",
            "127.0.0.1 cannot read one of the pictures. Send it as PNG or JPEG, or leave it out.",
        ),
        (
            "no-documents",
            "no-documents does not take PDFs as files here. Send their text, or choose another model.",
        ),
    ],
)
async def test_an_endpoint_that_takes_no_such_file_is_asked_once(
    scripted: ScriptedServer, model: str, said: str
) -> None:
    with pytest.raises(RequestRefused) as refused:
        await remarks_and_bodies(scripted, model, Text("What?"), picture(), report())
    assert str(refused.value).startswith(f"{said} 127.0.0.1 says: ")
    assert len(scripted.chats) == 1


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (picture(), "tiny-random does not take pictures here."),
        (report(), "tiny-random does not take PDFs as files here."),
    ],
)
async def test_a_real_server_without_eyes_is_understood(llama: str, part: Part, said: str) -> None:
    request = CompletionRequest("tiny-random", question(Text("What?"), part))
    async with provider_at(llama) as provider:
        with pytest.raises(RequestRefused, match=f"^{said}"):
            _ = [event async for event in provider.stream(request)]
