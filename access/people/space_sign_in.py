"""Who signed in with Hugging Face, on a Space that asks for it."""

from collections.abc import Mapping
from typing import Any


def space_user(session: Mapping[str, Any]) -> str | None:
    """The Hugging Face name in a session that Gradio's sign-in filled; None for nobody."""
    name = session.get("oauth_info", {}).get("userinfo", {}).get("preferred_username")
    return str(name) if name else None
