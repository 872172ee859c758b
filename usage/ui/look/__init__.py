"""The Usage tab's own style sheet and script."""

from usage.ui.look.usage_look import STYLE, usage_head

__all__ = [
    "STYLE",
    "usage_head",
]
