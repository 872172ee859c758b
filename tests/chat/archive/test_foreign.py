"""Conversations of other apps come in as trees of turns, with what there is no place for in brackets."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chat.store import ConversationStore
from tests.chat.archive.taking_in import counts, kept, said, take_in, the_only
from tests.helpers.foreign_exports import (
    AT,
    chatgpt,
    chatgpt_message,
    claude,
    claude_message,
    libre_chat,
    libre_message,
    open_webui,
    simple_chatgpt,
    zipped,
)

TEXT = "text"


def test_branches_of_chatgpt_become_versions(store: ConversationStore) -> None:
    user, model = chatgpt_message("user", "Why?"), chatgpt_message("assistant", "Because.")
    again = chatgpt_message("assistant", "For that reason.", metadata={"model_slug": "o3"})
    nodes = [
        ("root", None, None),
        ("q1", "root", user),
        ("a1", "q1", model),
        ("a2", "q1", again),
        ("q2", "a2", chatgpt_message("user", "And then?")),
        ("a3", "q2", chatgpt_message("assistant", "Nothing.")),
        ("q2b", "a2", chatgpt_message("user", "And now?")),
    ]
    take_in(store, [chatgpt("one", nodes, current_node="a3")])
    conversation = the_only(store)
    assert said(conversation.branch) == [("Why?", "For that reason."), ("And then?", "Nothing.")]
    assert [turn.model for turn in conversation.branch] == ["o3", "gpt-5"]
    versions = [turn for turn in conversation.turns if turn.parent_id is None]
    assert said(tuple(versions)) == [("Why?", "Because."), ("Why?", "For that reason.")]
    unanswered = next(turn for turn in conversation.turns if turn.question == "And now?")
    assert (unanswered.status, unanswered.reply) == ("failed", "")
    assert unanswered.parent_id == conversation.branch[0].id
    assert all(turn.entry is None for turn in conversation.turns)


def test_tools_thoughts_and_instructions_of_chatgpt_have_their_places(store: ConversationStore) -> None:
    context = {"content_type": "user_editable_context", "user_instructions": "Be brief."}
    code = {"content_type": "code", "language": "python", "text": "1 + 1"}
    thoughts = {"content_type": "thoughts", "thoughts": [{"summary": "Adding", "content": "One and one."}]}
    picture = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://x"}
    nodes = [
        ("root", None, None),
        ("system", "root", chatgpt_message("system", "")),
        ("context", "system", chatgpt_message("user", content=context)),
        ("q", "context", chatgpt_message("user", picture, "What is 1 + 1?")),
        ("thoughts", "q", chatgpt_message("assistant", content=thoughts)),
        ("call", "thoughts", chatgpt_message("assistant", content=code, recipient="python")),
        ("result", "call", chatgpt_message("tool", "2", author={"role": "tool", "name": "python"})),
        ("a", "result", chatgpt_message("assistant", "It is 2\ue200cite\ue202turn0\ue201.")),
    ]
    take_in(store, [chatgpt("one", nodes)])
    [turn] = the_only(store).branch
    assert turn.question == "[Picture]\n\nWhat is 1 + 1?"
    assert turn.reply == "[Tool used: python]\n\nIt is 2."
    assert turn.reasoning == "One and one."
    assert turn.parameters.system_prompt == "Be brief."


def test_several_files_and_the_list_within_an_object_are_read(store: ConversationStore) -> None:
    files = {
        "conversations-000.json": [simple_chatgpt("one")],
        "conversations-001.json": {"conversations": [simple_chatgpt("two"), simple_chatgpt("three")]},
        "export_manifest.json": {"files": ["conversations-000.json"]},
        "user.json": {"id": "user-1", "email": "ada@example.com"},
        "chat.html": b"<html></html>",
        "pictures/cat.png": b"\x89PNG",
    }
    result = take_in(store, zipped(files))
    assert counts(result) == (3, 0, 0, 0)
    assert result.left_out == ["export_manifest.json", "user.json"]
    assert result.others == 2


def test_claude_keeps_pasted_texts_thoughts_and_documents(store: ConversationStore) -> None:
    pasted = {"file_name": "", "extracted_content": "a,b\n1,2"}
    question = claude_message(
        "q", "human", {"type": TEXT, "text": "Sum it"}, attachments=[pasted], files=[{"file_name": "cat.png"}]
    )
    reply = claude_message(
        "a",
        "assistant",
        {"type": "thinking", "thinking": "Adding."},
        {"type": "tool_use", "name": "artifacts", "input": {"content": "total: 3"}},
        {"type": "tool_result", "name": "artifacts", "content": []},
        {"type": TEXT, "text": "Done."},
        {"type": "hologram"},
    )
    take_in(store, [claude("one", question, reply)])
    [turn] = the_only(store).branch
    assert turn.question == "[File: pasted text]\n\na,b\n1,2\n\n[File: cat.png]\n\nSum it"
    document = "[Tool used: artifacts]\n\n````\ntotal: 3\n````"
    assert turn.reply == f"{document}\n\n[Tool used: artifacts]\n\nDone.\n\n[Not shown: hologram]"
    assert (turn.reasoning, turn.model) == ("Adding.", "Claude")


def test_branches_of_claude_become_versions(store: ConversationStore) -> None:
    root = "00000000-0000-4000-8000-000000000000"

    def message(uuid: str, parent: str, sender: str) -> Any:
        return claude_message(uuid, sender, {"type": TEXT, "text": uuid}, parent_message_uuid=parent)

    messages = [message("q", root, "human"), message("a", "q", "assistant"), message("b", "q", "assistant")]
    take_in(store, [claude("one", *messages, current_leaf_message_uuid="a")])
    conversation = the_only(store)
    assert said(conversation.branch) == [("q", "a")]
    assert len(conversation.turns) == 2


def test_open_webui_keeps_models_thoughts_and_system_prompt(store: ConversationStore) -> None:
    folded = '<details type="reasoning" done="true"><summary>Thought</summary>\n&gt; Hm.\n</details>\n255'
    tool = '<details type="tool_calls" name="weather"><summary>x</summary>{}</details>Rain.'
    output = [
        {"type": "reasoning", "content": [{"type": "output_text", "text": "Looking."}]},
        {"type": "function_call", "name": "clock"},
        {"type": "function_call_output", "output": []},
        {"type": "message", "content": [{"type": "output_text", "text": "Noon."}]},
    ]
    messages: list[Any] = [
        {"id": "1", "role": "user", "content": "15 * 17?"},
        {"id": "2", "parentId": "1", "role": "assistant", "content": folded, "model": "deepseek-r1"},
        {"id": "3", "parentId": "2", "role": "user", "content": "Weather?"},
        {"id": "4", "parentId": "3", "role": "assistant", "content": tool, "model": "llama"},
        {"id": "5", "parentId": "4", "role": "user", "content": "Time?"},
        {"id": "6", "parentId": "5", "role": "assistant", "content": "", "output": output},
    ]
    chat = open_webui("one", messages, pinned=True)
    chat["chat"]["params"] = {"system": "Be exact."}
    take_in(store, [chat])
    [whole] = kept(store)
    assert whole.conversation.is_pinned
    branch = whole.conversation.branch
    assert [turn.reply for turn in branch] == [
        "255",
        "[Tool used: weather]\n\nRain.",
        "[Tool used: clock]\n\nNoon.",
    ]
    assert [turn.reasoning for turn in branch] == ["Hm.", "", "Looking."]
    assert [turn.model for turn in branch] == ["deepseek-r1", "llama", "llama3.1:latest"]
    assert {turn.parameters.system_prompt for turn in branch} == {"Be exact."}


def test_librechat_is_read_as_a_list_and_as_a_tree(store: ConversationStore) -> None:
    flat = [
        libre_message("q", "", "Why?", is_question=True),
        libre_message("a", "q", "Because.", is_question=False),
        libre_message("b", "q", "", is_question=False, content=[{"type": "text", "text": {"value": "So."}}]),
    ]
    take_in(store, libre_chat("flat", flat, options={"model": "gpt-4o", "promptPrefix": "Be kind."}))
    nested = {**flat[0], "children": [{**flat[1], "children": []}, {**flat[2], "children": []}]}
    tree = libre_chat("tree", [], messagesTree=[nested], recursive=True)
    del tree["messages"]
    take_in(store, tree)
    both = [whole.conversation for whole in kept(store)]
    assert [sorted(said(each.turns)) for each in both] == [[("Why?", "Because."), ("Why?", "So.")]] * 2
    assert {turn.parameters.system_prompt for turn in both[0].turns + both[1].turns} == {"Be kind.", ""}


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        (None, AT),
        (1e20, AT),
        (float(-(10**12)), AT),
        ("yesterday", AT),
        ("0001-01-01T00:00:00", AT),
        (True, AT),
        ({}, AT),
        (AT * 1000 + 60_000, AT + 60),
        (AT + 90, AT + 90),
    ],
)
def test_absurd_dates_fall_back_to_the_conversations(
    store: ConversationStore, wrong: object, at: float
) -> None:
    conversation = simple_chatgpt("one")
    for node in conversation["mapping"].values():
        if node["message"]:
            node["message"]["create_time"] = wrong
    assert counts(take_in(store, [conversation])) == (1, 0, 0, 0)
    [turn] = the_only(store).turns
    assert abs(turn.created_at.timestamp() - at) < 1


def test_dates_that_are_all_missing_become_now_and_keep_the_order(store: ConversationStore) -> None:
    conversation = simple_chatgpt("one", turns=5) | {"create_time": None, "update_time": 1e300}
    for node in conversation["mapping"].values():
        if node["message"]:
            node["message"]["create_time"] = None
    take_in(store, [conversation])
    turns = the_only(store).turns
    assert [turn.question[:10] for turn in turns] == [f"Question {number}" for number in range(5)]
    assert turns[0].created_at.date() == datetime(2026, 11, 22, tzinfo=UTC).date()


def nulls_everywhere() -> list[Any]:
    nothing = {"message": None, "parent": None, "children": None}
    return [
        {"mapping": {"a": None}},
        {"mapping": {"a": nothing}, "title": None, "current_node": None, "id": None},
        {"mapping": {"a": {**nothing, "message": {"author": None, "content": None, "metadata": None}}}},
        {"uuid": None, "name": None, "chat_messages": [None, {}, {"content": [None, {"type": None}]}]},
        {"chat": {"history": {"messages": {"a": None}, "currentId": None}, "models": [None]}},
        {"conversationId": None, "messages": [None, {"content": [None]}], "options": None},
        None,
        7,
        "text",
        [],
        {},
    ]


def test_nulls_everywhere_fail_in_words_and_lose_no_other(store: ConversationStore) -> None:
    result = take_in(store, [*nulls_everywhere(), simple_chatgpt("one")])
    assert result.came_in >= 1
    assert "Question 0 of one " in {whole.conversation.turns[0].question for whole in kept(store)}
    assert all(each.reason.endswith(".") for each in result.failures)


def test_circles_missing_parents_and_several_roots_keep_every_message(store: ConversationStore) -> None:
    conversation = simple_chatgpt("one", turns=3)
    mapping = conversation["mapping"]
    mapping["one-q0"]["parent"] = "one-a1"  # a circle of two turns
    mapping["one-q2"]["parent"] = "gone"
    mapping["root"]["children"] = []
    take_in(store, [conversation])
    replies = {turn.reply.strip() for turn in the_only(store).turns}
    assert replies == {f"Reply {number} of one" for number in range(3)}


def test_a_conversation_without_an_id_is_the_same_the_second_time(store: ConversationStore) -> None:
    conversation = simple_chatgpt("one") | {"id": None, "conversation_id": None}
    assert counts(take_in(store, [conversation])) == (1, 0, 0, 0)
    assert counts(take_in(store, [conversation])) == (0, 0, 1, 0)


def test_what_no_database_takes_is_replaced(store: ConversationStore) -> None:
    message = b'{"sender": "human", "text": "\\ud800 \\ud83d\\ude00"}'
    raw = b'[{"uuid": "1", "name": "a\\u0000b", "chat_messages": [' + message + b"]}]"
    assert counts(take_in(store, raw)) == (1, 0, 0, 0)
    conversation = the_only(store)
    assert (conversation.title, conversation.turns[0].question) == ("a\ufffdb", "\ufffd 😀")
