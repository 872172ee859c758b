"""Files go the whole way: kept, attached, counted, and as the endpoint receives them."""

from collections.abc import AsyncIterator
from hashlib import sha256

import pytest

from chat.calls.attached_files import OwnFiles
from chat.conversation import Attachment
from chat.files import FileContents, Picture, Size
from chat.providers.openai_provider import OpenAIProvider
from chat.store import KeptFile
from tests.chat.conftest import MakeRig
from tests.helpers.fakes import Rig
from tests.helpers.provider_calls import provider_at
from tests.servers.scripted import ScriptedServer

PIXELS = {"url": "data:image/png;base64,cGl4ZWxz", "detail": "high"}  # b"pixels"


@pytest.fixture
async def provider(scripted: ScriptedServer) -> AsyncIterator[OpenAIProvider]:
    async with provider_at(scripted.url) as each:
        yield each


def kept(rig: Rig, name: str, contents: FileContents, data: bytes) -> KeptFile:
    return rig.files.keep("ada", sha256(data).hexdigest(), name, data, contents, 1_000_000)


async def test_a_picture_and_a_pdf_reach_the_endpoint(
    make_rig: MakeRig, scripted: ScriptedServer, provider: OpenAIProvider
) -> None:
    rig = make_rig()
    seen = Picture(b"pixels", "image/png", 64, 48)
    pictures: dict[Size, Picture] = {"original": seen, "high": seen}
    photo = FileContents(kind="image", media_type="image/png", pictures=pictures)
    cat = kept(rig, "cat.png", photo, b"photo")
    report = FileContents(kind="pdf", media_type="application/pdf", pages=("One page.",))
    paper = kept(rig, "a.pdf", report, b"%PDF-")
    attachments = (
        Attachment(hash=cat.hash, name="cat.png", kind="image", size=cat.size),
        Attachment(hash=paper.hash, name="a.pdf", kind="pdf", size=paper.size, sent_as="file"),
    )
    own = OwnFiles(rig.files, "ada")
    ask = rig.ask("What?", provider=provider, attachments=attachments, parts_of=own.parts_of)
    running = rig.prepare(ask)
    scripted.requests.clear()
    _ = [event async for event in provider.stream(running.request)]
    [sent] = scripted.chats
    assert sent.body["messages"] == [
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": PIXELS},
                {
                    "type": "file",
                    "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
                },
                {"type": "text", "text": "What?"},
            ],
        }
    ]
    assert running.call.estimated_input_tokens is not None
    assert running.call.estimated_input_tokens > 256
