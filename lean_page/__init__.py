"""The page as Gradio serves it, without what Tally does not need."""

from lean_page.events import LeanPage, serve_lean_pages
from lean_page.kept_page import KeptPage

__all__ = [
    "KeptPage",
    "LeanPage",
    "serve_lean_pages",
]
