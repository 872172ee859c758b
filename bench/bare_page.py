"""The page that Tally is measured against: Gradio with one text box, at the port given as argument."""

import sys

import gradio as gr


def main() -> None:
    """Serve the page until the process is ended."""
    with gr.Blocks(analytics_enabled=False) as page:
        gr.Textbox(label="Message", elem_id="message")
    page.launch(server_port=int(sys.argv[1]), ssr_mode=False, quiet=True)


if __name__ == "__main__":
    main()
