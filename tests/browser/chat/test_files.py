"""Files at the message box: every way in, what each takes, and where they go."""

import io
import re
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, expect

from tests.browser.chat_page import PRICES, ChatPage
from tests.browser.conftest import Pages
from tests.chat.files.test_pictures import pdf
from tests.conftest import StartApp
from tests.servers.app_process import ROOT, AppProcess
from tests.servers.bodies import answer
from tests.servers.scripted import PRICED_MODEL, ScriptedServer

MADE = ROOT / "tests" / "chat" / "files" / "made_by_programs"
SIZES = [(1280, 800, False), (390, 844, True)]
at_both_sizes = pytest.mark.parametrize(("width", "height", "touch"), SIZES)
NOTES = FilePayload(name="notes.md", mimeType="text/markdown", buffer=b"# Lisbon\n\nTram 28.")
# Puts files or a text on the clipboard or under the mouse, as a browser does.
TRANSFER = """([selector, type, files, text]) => {
    const data = new DataTransfer();
    for (const { name, mime, bytes } of files) {
        const content = Uint8Array.from(atob(bytes), (each) => each.charCodeAt(0));
        data.items.add(new File([content], name, { type: mime }));
    }
    if (text) data.setData("text/plain", text);
    const target = document.querySelector(selector);
    if (type === "paste") {
        target.focus();
        const pasted = { clipboardData: data, bubbles: true, cancelable: true };
        return target.dispatchEvent(new ClipboardEvent("paste", pasted));
    }
    for (const each of ["dragover", "drop"])
        target.dispatchEvent(new DragEvent(each, { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


def photo(width: int = 4000, height: int = 3000) -> bytes:
    """Return what a camera makes."""
    file = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(file, "JPEG")
    return file.getvalue()


def chips(chat: ChatPage) -> Locator:
    return chat.page.locator("#files li")


def choose(chat: ChatPage, *files: FilePayload) -> None:
    """Attach files by the button; returns once all of them have been read."""
    before = chips(chat).count()
    chat.page.set_input_files("#attach-files", list(files))
    expect(chips(chat)).to_have_count(before + len(files))
    for number in range(len(files)):
        expect(chips(chat).nth(before + number).locator(".about")).to_contain_text(re.compile("B|MB"))


def pass_on(chat: ChatPage, selector: str, how: str, *, text: str = "", **files: bytes) -> None:
    """Drop or paste files by their names, or a text."""
    named = [
        {"name": name.replace("_", "."), "mime": "image/jpeg", "bytes": b64encode(data).decode()}
        for name, data in files.items()
    ]
    chat.page.evaluate(TRANSFER, [selector, how, named, text])


def sent(scripted: ScriptedServer) -> Any:
    """Return what the endpoint got as the last message."""
    return scripted.chats[-1].body["messages"][-1]["content"]


@pytest.fixture
def app(app_process: StartApp, scripted: ScriptedServer, tmp_path: Path) -> AppProcess:
    prices = tmp_path / "prices.toml"
    prices.write_text(
        PRICES + '\n[models."gpt-5.6-luna"]\ninput_usd_per_mtok = 0.20\noutput_usd_per_mtok = 1.20\n'
    )
    return app_process(
        variables=scripted.variables | {"TALLY_PRICES": str(prices), "TALLY_MODEL": "gpt-5.6-luna"}
    )


@at_both_sizes
def test_chosen_files_show_what_they_take_and_go_with_the_message(
    pages: Pages, app: AppProcess, scripted: ScriptedServer, width: int, height: int, touch: bool
) -> None:
    chat = ChatPage(pages.open(width, height, touch=touch), app).open()
    choose(chat, NOTES, FilePayload(name="IMG_2044.jpg", mimeType="image/jpeg", buffer=photo()))
    notes, picture = chips(chat).nth(0), chips(chat).nth(1)
    expect(notes.locator(".about")).to_have_text(re.compile(r"^18 B · ≈?\d+ tokens · \$0\.0000"))
    expect(picture.locator(".about")).to_contain_text("≈2,942 tokens instead of 14,100 · $0.00059")
    picture.get_by_label("Size that is sent").select_option("Small: 512 × 384")
    expect(picture.locator(".about")).not_to_contain_text("2,942")
    expect(picture.locator(".about")).to_contain_text("instead of 14,100")
    expect(picture.locator("img")).to_have_js_property("naturalWidth", 320)
    chat.reload()
    expect(chips(chat)).to_have_count(2)
    expect(chips(chat).nth(1).get_by_label("Size that is sent")).to_have_value("low")

    chat.ask("What is in these?")
    expect(chips(chat)).to_have_count(0)
    first, second, third = sent(scripted)
    assert (first["type"], "Tram 28." in first["text"], 'name="notes.md"' in first["text"]) == (
        "text",
        True,
        True,
    )
    data = b64decode(second["image_url"]["url"].partition(",")[2])
    assert (Image.open(io.BytesIO(data)).size, second["image_url"]["detail"]) == ((512, 384), "low")
    assert third == {"type": "text", "text": "What is in these?"}

    shown = chat.chat.locator("button.file")
    expect(shown).to_have_count(2)
    expect(shown.nth(0)).to_contain_text("notes.md")
    expect(shown.nth(1).locator("img")).to_have_js_property("naturalWidth", 320)
    shown.nth(0).click()
    dialog = chat.page.get_by_role("dialog", name="notes.md")
    expect(dialog.locator("pre")).to_contain_text("Tram 28.")
    chat.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    shown.nth(1).click()
    expect(chat.page.get_by_role("dialog", name="IMG_2044.jpg").locator("img")).to_have_js_property(
        "naturalWidth", 4000
    )


@at_both_sizes
def test_files_are_dropped_anywhere_and_pictures_pasted(
    pages: Pages, app: AppProcess, width: int, height: int, touch: bool
) -> None:
    chat = ChatPage(pages.open(width, height, touch=touch), app).open()
    pass_on(chat, "#chat", "drop", a_jpg=photo(800, 600), b_jpg=photo(400, 300))
    expect(chips(chat).locator(".name")).to_have_text(["a.jpg", "b.jpg"])
    pass_on(chat, "#message textarea", "paste", c_jpg=photo(200, 100))
    expect(chips(chat).locator(".name")).to_have_text(["a.jpg", "b.jpg", "c.jpg"])
    expect(chips(chat).nth(2).locator(".about")).to_contain_text("tokens")
    chips(chat).nth(1).get_by_role("button", name="Remove b.jpg").click()
    expect(chips(chat).locator(".name")).to_have_text(["a.jpg", "c.jpg"])
    expect(chat.page.locator("body.dropping")).to_have_count(0)


@at_both_sizes
def test_a_long_text_that_is_pasted_is_a_file_and_can_be_inserted_after_all(
    pages: Pages, app: AppProcess, width: int, height: int, touch: bool
) -> None:
    chat = ChatPage(pages.open(width, height, touch=touch), app).open()
    text = "All of it matters. " * 400
    pass_on(chat, "#message textarea", "paste", text=text)
    chip = chips(chat)
    expect(chip.locator(".name")).to_have_text("Pasted text.txt")
    expect(chip.locator(".about")).to_contain_text("tokens · $0.")
    expect(chat.message).to_have_value("")
    chip.get_by_role("button", name="Insert as text").click()
    expect(chat.message).to_have_value(text)
    expect(chips(chat)).to_have_count(0)


@at_both_sizes
def test_a_pdf_goes_as_text_as_pictures_or_as_a_file_with_the_pages_that_are_chosen(
    pages: Pages, app: AppProcess, scripted: ScriptedServer, width: int, height: int, touch: bool
) -> None:
    chat = ChatPage(pages.open(width, height, touch=touch), app).open()
    report = FilePayload(name="a.pdf", mimeType="", buffer=pdf(["One.", "Two.", ""]))
    for how, choice in (("text", "As text"), ("image_url", "As pictures"), ("file", "As a PDF file")):
        choose(chat, report)
        chip = chips(chat)
        expect(chip).to_contain_text("Page 3 has no text: it is a picture.")
        chip.get_by_label("How it is sent").select_option(choice)
        if how != "file":
            chip.get_by_label("First page").fill("2")
            chip.get_by_label("First page").press("Tab")
            expect(chip.get_by_label("First page")).to_have_value("2")
        expect(chip.locator(".about")).to_contain_text("tokens · $")
        chat.ask(choice)
        content = sent(scripted)
        if how == "text":
            assert ("[Page 2]\nTwo." in content, "One." in content) == (True, False)
        else:
            kinds = [part["type"] for part in content]
            assert kinds == (["text", how] * 2 + ["text"] if how == "image_url" else [how, "text"])


def test_files_of_real_programs_go_the_whole_way(
    pages: Pages, app: AppProcess, scripted: ScriptedServer
) -> None:
    chat = ChatPage(pages.open(), app).open()
    names = [path.name for kind in ("costs", "letter", "page") for path in sorted(MADE.glob(f"{kind}.*"))]
    choose(chat, *(FilePayload(name=each, mimeType="", buffer=(MADE / each).read_bytes()) for each in names))
    expect(chips(chat)).to_have_count(7)
    expect(chat.page.locator("#files .failed")).to_have_count(0)
    chat.ask("What is in these?")
    content = sent(scripted)
    assert [name for name in names if f'<file name="{name}">' not in content] == []
    assert (content.count("Tower of Belém"), content.count("Pastel de nata,6,1.4")) == (4, 3)


def test_a_file_alone_is_a_message_and_is_asked_again_with_it(
    pages: Pages, app: AppProcess, scripted: ScriptedServer
) -> None:
    chat = ChatPage(pages.open(), app).open()
    choose(chat, NOTES)
    chat.page.locator("#send").click()
    chat.receipt()
    expect(chat.page.locator("#conversations li").first).to_contain_text("notes.md")
    assert "Tram 28." in sent(scripted)
    chat.chat.get_by_role("button", name="Try again").click()
    chat.receipt()
    scripted.wait_until(lambda: len(scripted.chats) == 2)
    assert "Tram 28." in sent(scripted)
    chat.ask("And now?")
    assert "Tram 28." in scripted.chats[-1].body["messages"][0]["content"]


def test_a_file_that_was_sent_is_left_out_by_hand_and_taken_along_again(
    pages: Pages, app: AppProcess, scripted: ScriptedServer
) -> None:
    chat = ChatPage(pages.open(), app).open()
    choose(chat, NOTES)
    chat.ask("What is in it?")
    file = chat.chat.locator("button.file")
    for name, says, is_sent in (
        ("Leave out", "notes.md18 Bleft out", False),
        ("Include again", "notes.md18 B", True),
    ):
        file.click()
        chat.page.get_by_role("dialog", name="notes.md").get_by_role("button", name=name).click()
        expect(file).to_have_text(says)
        chat.ask(f"After {name}")
        first = scripted.chats[-1].body["messages"][0]["content"]
        assert ("Tram 28." in first, "is left out" in first) == (is_sent, not is_sent)


def test_what_waits_for_a_reply_keeps_its_files(
    pages: Pages, app: AppProcess, scripted: ScriptedServer
) -> None:
    chat = ChatPage(pages.open(), app).open()
    chat.choose_model("held-6")
    chat.send("First")
    expect(chat.replies.first).to_contain_text("word3")
    choose(chat, NOTES)
    chat.send("Second")
    expect(chat.page.locator("#queue li")).to_contain_text("Second · notes.md")
    chat.page.locator("#queue").get_by_role("button", name="Edit").click()
    expect(chips(chat).locator(".name")).to_have_text(["notes.md"])
    chat.message.press("Enter")
    expect(chat.page.locator("#queue li")).to_contain_text("Second · notes.md")
    chat.reload()
    expect(chat.page.locator("#queue li")).to_contain_text("Second · notes.md")
    scripted.release()
    scripted.wait_until(lambda: len(scripted.chats) == 2)
    scripted.release()
    chat.receipt(1)
    assert "Tram 28." in sent(scripted)
    expect(chat.chat.locator("button.file")).to_have_count(1)


def test_what_cannot_be_read_says_why_and_holds_the_message_back(
    pages: Pages, app: AppProcess, scripted: ScriptedServer
) -> None:
    pages.expected.append(r"422 \(Unprocessable")
    chat = ChatPage(pages.open(), app).open()
    chat.page.set_input_files("#attach-files", [FilePayload(name="a.exe", mimeType="", buffer=b"MZ\x90\0")])
    expect(chips(chat)).to_contain_text("This is a program, not a document.")
    chat.send("What is this?")
    expect(chat.page.locator("#files [role=status]")).to_have_text(
        "Remove the file that could not be attached, then send again."
    )
    expect(chat.message).to_have_value("What is this?")
    assert not scripted.chats
    chips(chat).get_by_role("button", name="Remove a.exe").click()
    chat.message.press("Enter")
    chat.receipt()


def test_a_model_without_eyes_is_not_asked_and_others_are_named(
    pages: Pages, app: AppProcess, scripted: ScriptedServer
) -> None:
    inputs = {"blind": ["text"], PRICED_MODEL: ["text", "image"]}
    models = [{"id": name, "architecture": {"input_modalities": each}} for name, each in inputs.items()]
    scripted.listed = answer({"data": models})
    chat = ChatPage(pages.open(), app).open()
    chat.choose_model("blind")
    choose(chat, FilePayload(name="a.jpg", mimeType="image/jpeg", buffer=photo(400, 300)))
    chat.message.fill("What is this?")
    expect(chat.estimate.locator(".over")).to_contain_text(
        f"blind does not take pictures. These models here do: {PRICED_MODEL} ("
    )
    chat.message.press("Enter")
    expect(chat.notice).to_contain_text(
        f"blind does not take pictures. These models here do: {PRICED_MODEL} ("
    )
    expect(chat.message).to_have_value("What is this?")
    expect(chips(chat).locator(".name")).to_have_text(["a.jpg"])
    assert not scripted.chats
    chat.choose_model(PRICED_MODEL)
    chat.message.press("Enter")
    chat.receipt()


def test_files_of_a_temporary_chat_are_nowhere_on_the_disk(
    pages: Pages, app: AppProcess, scripted: ScriptedServer
) -> None:
    chat = ChatPage(pages.open(), app).open()
    choose(chat, NOTES)  # before the chat is temporary
    kept = app.data_dir / "attachments"
    assert [*kept.rglob("file")]
    chat.page.get_by_role("checkbox", name="Temporary").check()
    choose(chat, FilePayload(name="b.txt", mimeType="", buffer=b"The gold is under the old oak."))
    chat.ask("What is in these?")
    assert ["Tram 28." in sent(scripted), "old oak" in sent(scripted)] == [True, True]
    assert not [*kept.rglob("file")]
    chat.reload()
    chat.chat.locator("button.file").nth(1).click()
    expect(chat.page.locator("#file-dialog pre")).to_contain_text("old oak")
    stored = chat.page.evaluate("JSON.stringify({...localStorage})")
    assert "notes.md" not in stored


def test_drafts_keep_their_files_each_in_its_chat(pages: Pages, app: AppProcess) -> None:
    chat = ChatPage(pages.open(), app).open()
    chat.ask("First")
    choose(chat, NOTES)
    chat.new_chat()
    expect(chips(chat)).to_have_count(0)
    choose(chat, FilePayload(name="b.txt", mimeType="", buffer=b"Other."))
    chat.page.go_back()
    expect(chips(chat).locator(".name")).to_have_text(["notes.md"])
    chat.page.go_forward()
    expect(chips(chat).locator(".name")).to_have_text(["b.txt"])
