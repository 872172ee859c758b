"""Files that are broken, or made to do harm: each is told in words, and loses nothing that can be read."""

import io
import json
import stat
import struct
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from chat.archive import Import, conversation_json, found_in, found_in_folder, json_elements
from chat.archive.importing import LONGEST_MESSAGE, MOST_TURNS, failure_lines, result_lines
from chat.store import ConversationStore, WholeConversations
from chat.store.conversation_list import MOST_PINNED
from tests.chat.archive.taking_in import counts, kept, take_in, the_only
from tests.chat.archive.test_out_and_in import FIRST, held
from tests.helpers.fakes import ENTRY, NOW
from tests.helpers.foreign_exports import simple_chatgpt, zipped

GOOD = json.dumps(simple_chatgpt("good")).encode()


def member(name: str, content: bytes = GOOD, **fields: Any) -> bytes:
    """Make a zip of one file, with these fields of its entry."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        for field, value in fields.items():
            setattr(info, field, value)
        archive.writestr(info, content)
    return out.getvalue()


def encrypted() -> bytes:
    """Make a zip whose file says that it is protected by a password."""
    raw = bytearray(member("conversations.json"))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = raw.index(signature) + offset
        raw[at : at + 2] = struct.pack("<H", 1)
    return bytes(raw)


LINK = (stat.S_IFLNK | 0o777) << 16


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (member("../../conversations.json"), "Its path leads outside the zip."),
        (member("/etc/conversations.json"), "Its path leads outside the zip."),
        (member("C:\\conversations.json"), "Its path leads outside the zip."),
        (member("..\\conversations.json"), "Its path leads outside the zip."),
        (member("conversations.json", external_attr=LINK), "This is a link. Links are not followed."),
        (encrypted(), "It is protected by a password. Unpack it, then import the files."),
        (
            member("more.zip", zipped({"a.json": []})),
            "Zips inside a zip are not opened. Import this one separately.",
        ),
        (
            member("conversations.json", b"[" + b" " * 20_000_000 + b"]"),
            "It is compressed so much that it may be a zip bomb. Unpack it yourself, then import the files.",
        ),
    ],
)
def test_what_a_zip_must_not_hold_is_told(store: ConversationStore, file: bytes, reason: str) -> None:
    result = take_in(store, file)
    assert counts(result) == (0, 0, 0, 1)
    assert [each.reason for each in result.failures] == [reason]


def test_bad_files_of_a_zip_lose_no_others(store: ConversationStore) -> None:
    files = {"../a.json": b"[]", "b.json": b"{broken", "c.json": GOOD, "d.zip": b"PK", "e.json": b"no"}
    result = take_in(store, zipped(files))
    assert counts(result) == (1, 0, 0, 4)
    assert [each.what for each in result.failures] == [
        "../a.json",
        "b.json, chat 1",
        "d.zip",
        "e.json",
    ]


@pytest.mark.parametrize("cut", [10, 100, 400])
def test_zip_that_is_not_whole_is_told(store: ConversationStore, cut: int) -> None:
    result = take_in(store, member("conversations.json", GOOD * 3)[:-cut])
    assert counts(result) == (0, 0, 0, 1)
    assert "This zip is damaged or incomplete" in result.failures[0].reason


def test_zip_whose_content_is_damaged_is_told(store: ConversationStore) -> None:
    raw = bytearray(zipped({"a.json": GOOD, "b.json": json.dumps(simple_chatgpt("other")).encode()}))
    raw[60:70] = bytes(10)
    result = take_in(store, bytes(raw))
    assert (result.came_in, result.failed) == (1, 1)
    assert "This file in the zip cannot be read" in result.failures[0].reason


def test_zip_of_too_much_is_refused(store: ConversationStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.archive.sources.MOST_UNPACKED", 100)
    result = take_in(store, member("conversations.json"))
    assert "This zip holds more than" in result.failures[0].reason


def test_zip_with_a_list_of_files_without_end_is_refused(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.archive.sources._MOST_AT_ONCE", 1000)
    result = take_in(store, zipped({f"{number}.json": b"[]" for number in range(100)}))
    assert [each.reason for each in result.failures] == [
        "This zip holds too many files. Unpack it, then import the files."
    ]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"[" * 100_000 + b"]" * 100_000, "It is nested too deeply."),
        (b'{"mapping": ' + b'{"a": ' * 5000 + b"1" + b"}" * 5001, "It is nested too deeply."),
        (b'{"mapping": {}, "create_time": NaN}', "It contains NaN, which is not valid JSON."),
        (b'{"mapping": {}, "create_time": -Infinity}', "It contains -Infinity, which is not valid JSON."),
        (b'{"mapping": {}, "create_time": 1e400}', "There is nothing in it."),
        (b'{"mapping": {}, "n": ' + b"9" * 5000 + b"}", "It is not JSON: "),
        (b'{"mapping": {"a" 1}}', "It is not JSON: "),
        (b'{"mapping": [}}', "It is not JSON: "),
        (b'{"title": "Without a mapping"}', "This is not a chat in a format that Tally can read."),
        (b'{"mapping": {}}', "There is nothing in it."),
    ],
)
def test_one_bad_conversation_loses_no_other(store: ConversationStore, bad: bytes, reason: str) -> None:
    other = json.dumps(simple_chatgpt("other")).encode()
    result = take_in(store, b"[" + GOOD + b"," + bad + b"," + other + b"]")
    assert counts(result) == (2, 0, 0, 1)
    assert result.failures[0].reason.startswith(reason)
    assert result.failures[0].what.startswith("export.json, chat 2")


def test_file_that_breaks_off_keeps_what_came_before(store: ConversationStore) -> None:
    result = take_in(store, b"[" + GOOD + b"," + GOOD[:200])
    assert counts(result) == (1, 0, 0, 1)
    assert result.failures[0].reason == "The file ends in the middle of this chat. Export it again."


def test_conversation_that_is_too_large_is_passed_over(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_elements, "LARGEST_CONVERSATION", 100_000)
    large = json.dumps(simple_chatgpt("large", text="x" * 300_000)).encode()
    result = take_in(store, b"[" + large + b"," + GOOD + b"]")
    assert counts(result) == (1, 0, 0, 1)
    assert result.failures[0].reason.startswith("It is larger than")


def test_conversation_of_too_many_parts_is_passed_over(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_elements, "MOST_VALUES", 1000)
    bad = b'{"mapping": [' + b"[]," * 1001 + b"[]]}"
    result = take_in(store, b"[" + bad + b"," + GOOD + b"]")
    assert counts(result) == (1, 0, 0, 1)
    assert result.failures[0].reason == "It is too complex to import."


@pytest.mark.parametrize(
    "raw", [b"", b"  \n", b"\xef\xbb\xbf", b"<html>", b"\x89PNG", b"[]", b"{}", b"[1, 2]"]
)
def test_file_without_conversations_says_so(store: ConversationStore, raw: bytes) -> None:
    result = take_in(store, raw)
    assert (result.came_in, result.failed) == (0, 1)


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 50])
def test_file_reads_the_same_in_pieces_of_any_size(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    items = [{"a": 'x"\\y[{', "b": [[]]}, ["]", {"c": "\\"}], {"d": "é"}]
    whole = json.dumps(items).encode()
    within = json.dumps({"n": [1, [2]], "conversations": items, "more": [{"e": 1}]}).encode()
    monkeypatch.setattr(json_elements, "_CHUNK", chunk)
    mark = b"\xef\xbb\xbf " if chunk >= 3 else b""
    for raw in (mark + whole, within):
        found = [json.loads(each.json) for each in json_elements.elements_of(io.BytesIO(raw))]
        assert found == items


def test_unfolding_to_more_than_memory_is_refused(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.archive.foreign.message_tree._MOST_CHARACTERS", 1000)
    conversation = simple_chatgpt("one", text="x" * 600)
    result = take_in(store, [conversation])
    assert [each.reason for each in result.failures] == ["It is too large to import."]


def own(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(conversation_json(held(FIRST)))
    turn, entry = document["turns"][0], document["turns"][0]["entry"]
    for name, value in changes.items():
        for place in (document, turn, entry, turn["parameters"]):
            if name in place:
                place[name] = value
                break
    return document


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"version": None},
        {"turns": []},
        {"turns": None},
        {"id": ""},
        {"id": "x" * 101},
        {"id": "a\nb"},
        {"parent_id": "gone"},
        {"parent_id": "turn-1"},
        {"parameters": None},
        {"temperature": "nan"},
        {"duration_ms": 10**14},
        {"cost_usd": "1e999999"},
        {"cost_usd": "NaN"},
        {"cost_usd": "0." + "1" * 200},
        {"status": "magical"},
        {"created_at": "never"},
    ],
)
def test_own_format_with_something_wrong_is_refused_in_words(
    store: ConversationStore, changes: dict[str, Any]
) -> None:
    result = take_in(store, own(**changes))
    assert counts(result) == (0, 0, 0, 1)
    assert result.failures[0].reason.endswith(".")
    assert kept(store) == []


def test_own_format_with_an_absurd_date_gets_todays(store: ConversationStore) -> None:
    take_in(store, own(created_at="0001-01-01T00:00:00"))
    assert kept(store)[0].conversation.turns[0].created_at == NOW


def test_full_disk_says_what_came_in_before(store: ConversationStore) -> None:
    raw = json.dumps([simple_chatgpt(f"chat-{number}") for number in range(120)]).encode()
    importing = Import(WholeConversations(store.database), "ada", NOW)
    steps = importing.run(found_in(io.BytesIO(raw), "export.json"))
    next(steps)
    with store.database.writing() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # SQLite says "database or disk is full"

    def limit(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    event.listen(store.database._engine, "checkout", limit)
    for _progress in steps:
        pass
    assert importing.result.stopped.startswith("Nothing can be saved: database or disk is full.")
    assert importing.result.came_in == len(kept(store)) == 50
    assert not importing.result.is_whole


def test_import_that_is_left_keeps_what_came_in(store: ConversationStore) -> None:
    raw = json.dumps([simple_chatgpt(f"chat-{number}") for number in range(120)]).encode()
    importing = Import(WholeConversations(store.database), "ada", NOW)
    steps = importing.run(found_in(io.BytesIO(raw), "export.json"))
    progress = next(steps)
    steps.close()
    assert 0 < progress.done < progress.total
    assert importing.result.came_in == len(kept(store)) == progress.conversations == 50


def test_folder_is_read_without_following_links(store: ConversationStore, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_bytes(GOOD)
    folder = tmp_path / "export"
    (folder / "within").mkdir(parents=True)
    (folder / "within" / "conversations.json").write_text(json.dumps([simple_chatgpt("one")]))
    (folder / "link.json").symlink_to(secret)
    (folder / "more.zip").write_bytes(zipped({}))
    (folder / "cat.png").write_bytes(b"")
    importing = Import(WholeConversations(store.database), "ada", NOW)
    for _progress in importing.run(found_in_folder(folder)):
        pass
    result = importing.result
    assert counts(result) == (1, 0, 0, 2)
    assert result.others == 1
    assert {each.what for each in result.failures} == {"link.json", "more.zip"}


def test_long_lists_of_failures_are_bounded(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.archive.importing.MOST_NAMED", 3)
    result = take_in(store, [{"mapping": {}} for _ in range(10)])
    assert (result.failed, len(result.failures)) == (10, 3)
    assert failure_lines(result.failures, result.failed)[-1] == "… and 7 more."
    assert result_lines(result) == ["Failed: 10."]


def written(**changes: Any) -> bytes:
    """Return a conversation as JSON of Tally's own, with these values in place of its own."""
    return json.dumps(json.loads(conversation_json(held(FIRST))) | changes).encode()


def turn_of_own(**changes: Any) -> dict[str, Any]:
    """Return the turn of such a conversation, with these values in place of its own."""
    [turn] = json.loads(conversation_json(held(FIRST)))["turns"]
    return {**turn, **changes}


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (
            written(turns=[turn_of_own(reply="x" * (LONGEST_MESSAGE + 1))]),
            "500,001 characters, and at",
        ),
        (written(turns=[turn_of_own(question="x" * (LONGEST_MESSAGE + 1))]), "500,001 characters"),
        (
            written(turns=[turn_of_own(id=f"t{n}") for n in range(MOST_TURNS + 1)]),
            "10,001 messages, and at most",
        ),
        (written(id="with a blank"), "It has an invalid id."),
        (written(turns=[turn_of_own(id="a/b")]), "It has an invalid id."),
        (written(id="x" * 101), "It has an invalid id."),
    ],
)
def test_what_would_keep_the_page_busy_or_lead_nowhere_does_not_come_in(
    file: bytes, reason: str, store: ConversationStore
) -> None:
    result = take_in(store, file)
    assert counts(result) == (0, 0, 0, 1)
    assert reason in result.failures[0].reason


@pytest.mark.parametrize(
    "changes",
    [
        {"size": 10**400},
        {"size": -1},
        {"pages": [1, 10**400]},
        {"name": "n" * 301},
        {"hash": "../../tally.db"},
        {"hash": ""},
    ],
)
def test_files_that_no_message_can_have_do_not_come_in(
    store: ConversationStore, changes: dict[str, Any]
) -> None:
    file = {"hash": "0" * 64, "name": "a.txt", "kind": "text", "size": 1}
    result = take_in(store, written(turns=[turn_of_own(attachments=[file | changes])]))
    assert counts(result) == (0, 0, 0, 1)
    assert "cannot be right" in result.failures[0].reason


def test_a_message_has_only_so_many_files(store: ConversationStore) -> None:
    file = {"hash": "0" * 64, "name": "a.txt", "kind": "text", "size": 1}
    result = take_in(store, written(turns=[turn_of_own(attachments=[file] * 101)]))
    assert counts(result) == (0, 0, 0, 1)
    assert "files that cannot be right" in result.failures[0].reason


def test_a_receipt_of_a_negative_amount_does_not_come_in(store: ConversationStore) -> None:
    [turn] = json.loads(conversation_json(held(replace(FIRST, entry=ENTRY))))["turns"]
    result = take_in(store, written(turns=[turn | {"entry": turn["entry"] | {"cost_usd": "-123.45"}}]))
    assert counts(result) == (0, 0, 0, 1)
    assert "amount that cannot be right" in result.failures[0].reason


def test_a_member_whose_name_is_no_utf8_loses_no_others(store: ConversationStore) -> None:
    raw = bytearray(
        zipped({"a.json": GOOD, "ü.json": b"[]", "c.json": json.dumps(simple_chatgpt("two")).encode()})
    )
    at = raw.index("ü".encode())  # in the local header; the list of files at the end has it whole
    raw[at : at + 2] = b"\xff\xff"
    result = take_in(store, bytes(raw))
    assert counts(result) == (2, 0, 0, 1)
    assert "cannot be read" in result.failures[0].reason


def test_control_characters_of_a_title_become_blanks(store: ConversationStore) -> None:
    take_in(store, written(title="x\x1b]0;gone\x07y\u2028z"))
    assert the_only(store).title == "x ]0;gone y z"


def test_a_conversation_is_either_pinned_or_archived_and_no_more_are_pinned_than_can_be(
    store: ConversationStore,
) -> None:
    take_in(store, written(id="both", is_pinned=True, is_archived=True))
    for number in range(MOST_PINNED + 1):
        take_in(store, written(id=f"chat-{number}", turns=[turn_of_own(id=f"t{number}")], is_pinned=True))
    start = store.list_start("ada", 10)
    assert (len(start.pinned), len(start.latest), start.archived) == (MOST_PINNED, 1, 1)
