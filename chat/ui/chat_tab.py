"""The Chat tab: the conversation, the message box and the estimate below it."""

from collections.abc import Sequence

import gradio as gr

from chat.conversation import Turn
from chat.ui.messages import FORMULAS, ComparePanel, page_state, state_before, welcome
from chat.ui.settings_panel import ModelMenu, PromptMenu
from texts import _

MOST_TURNS = 2_000  # on the page at once, however often somebody asks for earlier ones
WINDOW = 20  # turns on the page at first: about 40 messages
KEEP_QUEUE = "tally.queue.keepBy((what) => trigger('click', what));"

TELL_CHOSEN = "tally.chooseContextBy((what) => trigger('click', what));"
SHOW_VERSIONS = "tally.showVersionsBy((what) => trigger('click', what));"


def window_with(turn_id: str, branch: Sequence[Turn], window: int) -> int:
    """Return how many turns to show so that this one of the branch is among them, and the one before it.

    They are at least `window` and at most MOST_TURNS.
    """
    place = next((place for place, turn in enumerate(branch) if turn.id == turn_id), len(branch))
    return min(max(window, len(branch) - place + 1), MOST_TURNS)


class ChatTab:
    """The controls of the tab. `conversation` and `window` (turns shown) travel with each event.

    `message_id` lets a message that comes twice be recognised; `sent` tells the page's script what was taken,
    and `kept` which of its changes to what waits are saved.
    `temporary` says whether a new chat is to be temporary.
    `attached` says in JSON which files go along, and how; `context` which messages will in a new chat, ""
    for all, and `along` shows that.
    `seen` says by their ids which turns the page ends with, as the script sends a message.
    `state` is what CSS shows Send or Stop by, and the button for earlier messages; its event is the script's
    for showing another version of a message, or a new chat from one.
    """

    def __init__(self, host: str | None, warning: str, model: str | None = None) -> None:
        """Lay out the tab: `host` answers (None: the demo), `warning` is a notice, `model` is asked first."""
        self.conversation = gr.Textbox(visible="hidden", elem_id="conversation-id", label="Conversation")
        self.window = gr.Number(WINDOW, visible="hidden", precision=0, label="Turns shown")
        self.message_id = gr.Textbox(visible="hidden", elem_id="message-id", label="Id")
        self.seen = gr.Textbox(visible="hidden", label="Seen")
        self.attached = gr.Textbox(visible="hidden", elem_id="attached", label="Attached")
        self.context = gr.Textbox(visible="hidden", label="Context")
        self.sent = gr.Textbox(visible="hidden", label="Sent")
        self.kept = gr.Textbox(visible="hidden", label="Kept")
        self.refresh = gr.Button("Refresh", visible="hidden", elem_id="refresh")
        if warning:
            gr.HTML(warning, elem_id="warning")
        self.state = gr.HTML(
            page_state(is_running=False, has_earlier=False), elem_id="page-state", js_on_load=SHOW_VERSIONS
        )
        self.earlier = gr.Button(_("Show earlier messages"), size="sm", elem_id="earlier")
        self.chatbot = gr.Chatbot(
            elem_id="chat",
            show_label=False,
            container=False,
            label=_("Chat"),
            height="100%",
            layout="bubble",
            autoscroll=False,  # the page's script does it, and lets go as soon as the reader scrolls up
            buttons=[],  # those under messages are Tally's own
            editable="user",
            feedback_options=None,
            latex_delimiters=FORMULAS,
            allow_tags=False,
            placeholder=welcome(state_before(host)),
            examples=[{"text": text} for text in _example_questions()],
            scale=1,
        )
        self.compared = ComparePanel()
        self.notice = gr.HTML(elem_id="notice")
        gr.HTML('<ul></ul><p role="status"></p>', elem_id="files", js_on_load=None)
        with gr.Row(elem_id="composer"):
            self.message = gr.Textbox(
                elem_id="message",
                label=_("Message"),
                show_label=False,
                container=False,
                placeholder=_("Message"),
                lines=1,
                max_lines=8,
                autofocus=True,
                scale=1,
            )
            gr.HTML(_attach_html(), elem_id="attach-here", js_on_load=None)
            self.models = ModelMenu(model)
            self.prompts = PromptMenu()
            self.temporary = gr.Checkbox(
                label=_("Temporary"), elem_id="temporary", container=False, min_width=0, scale=0
            )
            self.send = gr.Button(_("Send"), elem_id="send", variant="primary", scale=0, min_width=76)
            self.stop = gr.Button(_("Stop"), elem_id="stop", variant="stop", scale=0, min_width=76)
        with gr.Row(elem_id="temporary-note"):
            note = _("Temporary chat: nothing you say here is saved. Only what it costs is recorded.")
            gr.HTML(f"<p>{note}</p>", js_on_load=None)
            self.delete_temporary = gr.Button(
                _("Delete now"), elem_id="temporary-delete", size="sm", scale=0, min_width=0
            )
        self.queue = gr.HTML("<p></p><ul></ul>", elem_id="queue", js_on_load=KEEP_QUEUE)
        with gr.Row(elem_id="beneath"):
            self.estimate = gr.HTML(elem_id="estimate")
            self.summarize = gr.Button("Summarize", visible="hidden", elem_id="summarize")
            self.along = gr.HTML(elem_id="context", js_on_load=TELL_CHOSEN)
        self.estimate_again = gr.Button("Estimate", visible="hidden", elem_id="estimate-again")


def _attach_html() -> str:
    label = _("Attach files")
    return (
        f'<button type="button" id="attach" title="{label}" aria-label="{label}"></button>'
        f'<input type="file" id="attach-files" multiple hidden aria-label="{label}">'
    )


def one_copy_only() -> str:
    """Return the notice for a data folder whose storage has no file locks."""
    text = _(
        "The storage of Tally’s data folder has no file locks, which is common for Spaces "
        "and network folders. Tally works well there, but cannot notice a second copy on "
        "another machine. Let only one copy use this folder: two at once could damage the "
        "chats."
    )
    return f"<p>{text}</p>"


def forgetful_space() -> str:
    """Return the notice for a Space without persistent storage."""
    text = _(
        "This Space has no persistent storage: chats and the ledger are lost when it "
        "restarts. Attach storage in the Space’s settings to keep them."
    )
    return f"<p>{text}</p>"


def _example_questions() -> list[str]:
    return [
        _("Explain how window functions work in SQL, with an example."),
        _("Write a Python function that checks whether a string is a palindrome."),
        _("What should I see in Lisbon in three days?"),
        _("Summarize the pros and cons of electric cars in a table."),
    ]
