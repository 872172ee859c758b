"""The Chat tab: the conversation, the message box and what sending would cost."""

from dataclasses import dataclass

import gradio as gr

from chat.ui.messages import ComparePanel, create_compare_panel, page_state

MOST_TURNS = 2_000  # on the page, however often somebody asks for earlier ones
WINDOW = 20  # turns on the page at first: about 40 messages
# Formulas in single dollars are turned into \\(…\\) before, where they can be told from money.
LATEX_DELIMITERS: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "\\[", "right": "\\]", "display": True},
    {"left": "\\(", "right": "\\)", "display": False},
]
STARTERS = [
    "Explain how window functions work in SQL, with an example.",
    "Write a Python function that checks whether a string is a palindrome.",
    "What should I look at in three days in Lisbon?",
    "Summarise the pros and cons of electric cars in a table.",
]


@dataclass(frozen=True)
class ChatTab:
    """The controls of the tab. `conversation` and `window` (turns shown) travel with each event.

    `message_id` lets a message that comes twice be recognised; `sent` tells the page's script what was taken.
    `state` is what CSS shows Send or Stop by, and the button for earlier messages.
    """

    conversation: gr.Textbox
    window: gr.Number
    message_id: gr.Textbox
    sent: gr.Textbox
    refresh: gr.Button
    state: gr.HTML
    notice: gr.HTML
    earlier: gr.Button
    chatbot: gr.Chatbot
    compared: ComparePanel
    message: gr.Textbox
    send: gr.Button
    stop: gr.Button
    estimate: gr.HTML
    estimate_anew: gr.Button


def create_chat_tab(welcome: str, warning: str) -> ChatTab:
    """Lay out the tab. `welcome` is what an empty chat says, `warning` a notice that stays."""
    conversation = gr.Textbox(visible="hidden", elem_id="conversation-id", label="Conversation")
    shown = gr.Number(WINDOW, visible="hidden", precision=0, label="Turns shown")
    message_id = gr.Textbox(visible="hidden", elem_id="message-id", label="Id")
    sent = gr.Textbox(visible="hidden", label="Sent")
    refresh = gr.Button("Refresh", visible="hidden", elem_id="refresh")
    if warning:
        gr.HTML(warning, elem_id="warning")
    state = gr.HTML(page_state(is_running=False, has_earlier=False), elem_id="page-state")
    earlier = gr.Button("Show earlier messages", size="sm", elem_id="earlier")
    chatbot = gr.Chatbot(
        elem_id="chat",
        show_label=False,
        container=False,
        label="Conversation",
        height="100%",
        layout="bubble",
        autoscroll=False,  # the page's script does it, and lets go as soon as the reader scrolls up
        buttons=["copy"],
        editable="user",
        feedback_options=None,
        latex_delimiters=LATEX_DELIMITERS,
        allow_tags=False,
        placeholder=welcome,
        examples=[{"text": starter} for starter in STARTERS],
        scale=1,
    )
    compared = create_compare_panel(LATEX_DELIMITERS)
    notice = gr.HTML(elem_id="notice")
    with gr.Row(elem_id="composer"):
        message = gr.Textbox(
            elem_id="message",
            label="Message",
            show_label=False,
            container=False,
            placeholder="Message",
            lines=1,
            max_lines=8,
            autofocus=True,
            scale=1,
        )
        send = gr.Button("Send", elem_id="send", variant="primary", scale=0, min_width=76)
        stop = gr.Button("Stop", elem_id="stop", variant="stop", scale=0, min_width=76)
    estimate = gr.HTML(elem_id="estimate")
    estimate_anew = gr.Button("Estimate", visible="hidden", elem_id="estimate-anew")
    return ChatTab(
        conversation=conversation,
        window=shown,
        message_id=message_id,
        sent=sent,
        refresh=refresh,
        state=state,
        notice=notice,
        earlier=earlier,
        chatbot=chatbot,
        compared=compared,
        message=message,
        send=send,
        stop=stop,
        estimate=estimate,
        estimate_anew=estimate_anew,
    )
