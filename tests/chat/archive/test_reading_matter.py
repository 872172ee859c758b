"""What goes out to be read: Markdown, a page without the app, names of files that every system takes."""

import zipfile
from dataclasses import replace
from datetime import UTC
from io import BytesIO

import pytest

from chat.archive import conversation_html, conversation_json, conversation_markdown, file_name, zip_of
from chat.conversation import Attachment
from chat.store import ConversationStore
from tests.chat.archive.taking_in import kept, take_in
from tests.chat.archive.test_out_and_in import FIRST, SECOND, held
from tests.helpers.fakes import ENTRY


def test_markdown_has_who_said_what_and_what_it_cost() -> None:
    conversation = held(FIRST, SECOND).conversation
    assert conversation_markdown(conversation, UTC) == (
        "# Why\n\n"
        "*2026-11-22 10:30 · 4 messages · $0.0004 for all 2 replies*\n\n"
        "## You · 2026-11-22 10:30\n\nWhy?\n\n## priced\n\nBecause.\n\n"
        "*$0.0002 · 100 in + 10 out · priced · 0.9 s*\n\n"
        "## You · 2026-11-22 10:31\n\nAnd?\n\n## priced\n\nBecause.\n\n"
        "*$0.0002 · 100 in + 10 out · priced · 0.9 s*\n"
    )


def test_markdown_says_what_a_reply_lacks_and_what_it_was_asked_under() -> None:
    parameters = replace(FIRST.parameters, system_prompt="Be brief.\nBe kind.")
    unknown = replace(ENTRY, cost_usd=None, price=None)
    turn = replace(
        FIRST, parameters=parameters, reasoning="Hm.", status="interrupted", error="It broke.", entry=unknown
    )
    text = conversation_markdown(held(turn).conversation, UTC)
    assert "> **System prompt:** Be brief.\n> Be kind." in text
    assert "> **Reasoning:** Hm." in text
    assert "*This reply is incomplete.*\n\n*It broke.*\n\n*price unknown · " in text


def test_system_prompt_is_said_where_it_changes_in_both() -> None:
    asked = replace(FIRST.parameters, system_prompt="Be <brief>.\nBe kind.")
    turns = [
        replace(SECOND, id=f"turn-{number}", parent_id=f"turn-{number - 1}", parameters=parameters)
        for number, parameters in enumerate((asked, asked, SECOND.parameters), 2)
    ]
    conversation = held(FIRST, *turns).conversation
    text, page = conversation_markdown(conversation, UTC), conversation_html(conversation, UTC)
    assert text.count("System prompt:") == page.count("System prompt:") == 2
    assert '<p class="remark"><b>System prompt:</b> Be &lt;brief&gt;.&#10;Be kind.</p>\n<article' in page
    assert page.index("Be &lt;brief") < page.index('<p class="remark"><b>System prompt:</b> none</p>')
    assert "System prompt" not in conversation_html(held(FIRST, SECOND).conversation, UTC)


def test_page_does_nothing_and_loads_nothing() -> None:
    evil = (
        "<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1)) ![p](https://e.org/x)"
    )
    turn = replace(FIRST, question=evil, reply=evil, reasoning=evil, model=evil)
    whole = held(turn)
    page = conversation_html(replace(whole.conversation, title=f"</title>{evil}"), UTC)
    for harm in ("<script", "<img", 'href="javascript', 'src="http'):
        assert harm not in page
    assert page.count("</title>") == 1
    assert "default-src 'none'" in page


def test_page_shows_formulas_and_code_without_a_script() -> None:
    reply = "Inline \\(a < b\\) and\n\n$$\\sum_i x_i$$\n\n```python\nprint(1)\n```"
    page = conversation_html(held(replace(FIRST, reply=reply)).conversation, UTC)
    assert '<code class="formula">a &lt; b</code>' in page
    assert '<code class="formula display">\\sum_i x_i</code>' in page
    assert '<div class="language">python</div><pre' in page
    assert not {"\ue000", "\ue001", "\ue002", "\ue003"} & set(page)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("SQL windows", "SQL windows"),
        ('a/b\\c:d*e?f"g<h>i|j', "a b c d e f g h i j"),
        ("../../etc/passwd", "etc passwd"),
        ("con", "_con"),
        ("Com1.json", "_Com1.json"),
        ("dots. . .", "dots"),
        ("", "conversation"),
        ("\u202egnp.exe\x00\n", "gnp.exe"),
        ("日本語", "日本語"),
        ("x" * 500, "x" * 80),
        ("語" * 80, "語" * 60),
    ],
)
def test_names_of_files_are_safe_everywhere(title: str, name: str) -> None:
    assert file_name(title) == name


def test_zip_has_each_file_of_messages_once_and_none_of_them_is_taken_for_a_chat(
    store: ConversationStore,
) -> None:
    def attached(name: str, digit: str) -> Attachment:
        return Attachment(hash=digit * 64, name=name, kind="text", size=3)

    chats, gone = attached("chats.json", "a"), attached("gone.pdf", "b")
    odd = attached("../../a:b\u202e.txt", "c")
    turn = replace(FIRST, attachments=(chats, gone, odd))
    whole = held(turn, replace(SECOND, attachments=(chats,)))
    contents = {chats.hash: conversation_json(held(replace(FIRST, id="other", conversation_id="other")))}
    contents[odd.hash] = b"odd"
    data = b"".join(zip_of([whole], UTC, lambda each: contents.get(each.hash)))
    archive = zipfile.ZipFile(BytesIO(data))
    assert archive.namelist()[3:] == [f"files/{chats.hash}/chats.json", f"files/{odd.hash}/a b.txt"]
    assert archive.read(archive.namelist()[4]) == b"odd"
    result = take_in(store, data)
    assert (result.came_in, result.failed, result.others) == (1, 0, 0)
    [branch] = [each.conversation.branch for each in kept(store)]
    assert branch[0].attachments == turn.attachments
    text, page = conversation_markdown(whole.conversation, UTC), conversation_html(whole.conversation, UTC)
    assert "*Files: chats.json, gone.pdf, ../../a:b" in text
    assert "Files: chats.json, gone.pdf" in page


def test_zip_has_json_and_markdown_beside_it_under_names_that_differ() -> None:
    twins = [held(replace(FIRST, id=f"turn-{n}", conversation_id=f"c-{n}", parent_id=None)) for n in range(2)]
    twins[1] = replace(twins[1], conversation=replace(twins[1].conversation, title="WHY"))
    archive = zipfile.ZipFile(BytesIO(b"".join(zip_of(twins, UTC))))
    assert archive.testzip() is None
    assert archive.namelist() == [
        "README.txt",
        "conversations/2026-11-22 Why.json",
        "conversations/2026-11-22 Why.md",
        "conversations/2026-11-22 WHY (2).json",
        "conversations/2026-11-22 WHY (2).md",
    ]
