"""What an empty chat says, and the notice of a Space that forgets."""

from html import escape


def welcome(endpoint: str | None) -> str:
    """What Tally is, and who answers here: the endpoint with this host, or None for the demo model."""
    if endpoint is None:
        state = (
            "The built-in <b>demo model</b> answers: it is free and needs no key. For a real model paste an "
            "API key under <b>Settings</b>, or start Tally with <code>OPENAI_API_KEY</code>, or with "
            "<code>OPENAI_BASE_URL</code> for Ollama and the like."
        )
    else:
        state = f"Connected to <b>{escape(endpoint)}</b>. Choose the model in the menu at the left."
    return (
        '<div class="welcome"><h1>What would you like to know?</h1>'
        f"<p>Chat with any model and see what every reply costs.</p><p>{state}</p></div>"
    )


def one_copy_only() -> str:
    """Say what storage without file locks means for whoever runs the app."""
    return (
        "<p>The storage of Tally's data folder has no file locks, which is common for Spaces and network "
        "folders. Tally works well there, but cannot notice a second copy on another machine. Let only one "
        "copy use this folder: two at once could damage the conversations.</p>"
    )


def forgetful_space() -> str:
    """Said as long as it is true."""
    return (
        "<p>This Space has no persistent storage: conversations and the ledger are lost when it restarts. "
        "Attach storage in the Space's settings to keep them.</p>"
    )
