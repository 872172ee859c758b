"""What a model does not take of files is said before anything is saved or sent, with the way out."""

from typing import Any

import pytest

from chat.calls.attached_files import OwnFiles
from chat.conversation import Attachment
from chat.providers import ModelInputs, NotSent
from tests.chat.conftest import MakeRig
from tests.helpers.fakes import MODEL, Rig
from usage.forecast import Document, Image, Part, Text

LEAVE_OUT = "Choose another model, or leave them out."


def attached(name: str) -> Attachment:
    return Attachment(hash="0" * 64, name=name, kind="text", size=1)


def parts_of(attachment: Attachment) -> tuple[Part, ...]:
    """A picture, a document or as many words as the name of the file says."""
    if attachment.name.endswith(".png"):
        side = 64 if attachment.name == "small.png" else 2048
        return (Image("key", "image/png", side, side, "high", bytes),)
    if attachment.name.endswith(".pdf"):
        return (Document("key", attachment.name, ("One page.",), bytes),)
    return (Text("x" * 4 * int(attachment.name.removesuffix(".txt"))),)


def refusal(rig: Rig, *names: str, **changes: Any) -> str:
    """Why a message with these files is not sent; it leaves nothing behind."""
    files = {"attachments": tuple(map(attached, names)), "parts_of": parts_of}
    with pytest.raises(NotSent) as caught:
        rig.prepare(rig.ask(**{**files, **changes}))
    assert not rig.store.pending_calls()
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "takes", "said"),
    [
        ("cat.png", ModelInputs(images=False), "priced does not take pictures."),
        ("a.pdf", ModelInputs(documents=False), "priced does not take PDFs as files, only their text."),
    ],
)
def test_a_model_that_does_not_take_a_file_is_not_asked(
    rig: Rig, name: str, takes: ModelInputs, said: str
) -> None:
    rig.provider.inputs = {MODEL: takes}
    assert refusal(rig, name) == f"{said} {LEAVE_OUT}"
    assert refusal(rig, "5.txt", name, connection="My box").startswith("My box: priced does not take")
    rig.prepare(rig.ask(attachments=(attached("5.txt"),), parts_of=parts_of))


def test_the_models_that_take_it_are_named_with_their_prices(rig: Rig) -> None:
    sees = ModelInputs(images=True)
    rig.provider.offered = (MODEL, "blind", "unpriced", "gpt-image-1", "other")
    rig.provider.inputs = {
        "blind": ModelInputs(images=False),
        **dict.fromkeys(("unpriced", "gpt-image-1", MODEL), sees),
    }
    choices = "priced ($1.00 in / $10.00 out per 1M), unpriced (price unknown)"
    said = refusal(rig, "cat.png", model="blind")
    assert said == f"blind does not take pictures. These models here do: {choices}."


def test_a_model_of_which_nobody_knows_is_tried(rig: Rig) -> None:
    running = rig.prepare(rig.ask(attachments=(attached("small.png"),), parts_of=parts_of))
    assert len(running.request.prompt.images) == 1


def test_files_that_make_a_chat_too_long_are_named_with_their_sizes(make_rig: MakeRig) -> None:
    rig = make_rig()
    said = refusal(rig, "400.txt", "900.txt", "5.txt", "6.txt")
    assert "Most of it is in files: 900.txt (900 tokens), 400.txt (400 tokens), 6.txt (6 tokens)." in said
    assert "Most of it" not in refusal(rig, "5.txt", question="x" * 4 * 2000)
    assert "cat.png (" in refusal(rig, "cat.png")


def test_a_file_that_is_gone_is_named(rig: Rig) -> None:
    with pytest.raises(NotSent, match=r"^cat\.png: This file is no longer there\.$"):
        OwnFiles(rig.files, "ada")._read("cat.png", "0" * 64, "")
