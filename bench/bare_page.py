"""The pages that Tally is measured against: Gradio with one text box, or with its own chat and nothing in it.

Arguments: `box` or `chat`, and the port.
"""

import sys

import gradio as gr


def main() -> None:
    """Serve the page until the process is ended."""
    kind, port = sys.argv[1:]
    with gr.Blocks(analytics_enabled=False) as page:
        if kind == "chat":
            gr.ChatInterface(lambda said, _before: said, textbox=gr.Textbox(elem_id="message"))
        else:
            gr.Textbox(label="Message", elem_id="message")
    page.launch(server_port=int(port), ssr_mode=False, quiet=True)


if __name__ == "__main__":
    main()
