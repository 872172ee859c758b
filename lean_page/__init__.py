"""The page as Gradio serves it, without what Tally does not need."""

from lean_page.events import LeanPage, LeanSession, serve_lean_pages
from lean_page.kept_page import MOST_KEPT, KeptPage

__all__ = [
    "MOST_KEPT",
    "KeptPage",
    "LeanPage",
    "LeanSession",
    "serve_lean_pages",
]
