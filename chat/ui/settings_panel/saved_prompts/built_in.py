"""The built-in prompts: everybody has them until they change or remove them."""

from chat.ui.settings_panel.saved_prompts.saved_prompt import SavedPrompt
from texts import _


def built_in() -> dict[str, SavedPrompt]:
    """Return the built-in prompts by what they are known by in every language."""
    return {
        "proofread": SavedPrompt(
            _("proofread"),
            _(
                "Correct the spelling, grammar and punctuation of the text I give you. Keep its language, "
                "its tone and its formatting, and leave what is correct as it is. Give the corrected text "
                "first, then a short list of what you changed and why."
            ),
        ),
        "translate": SavedPrompt(
            _("translate"),
            _(
                "Translate what I give you into {{language}}. Keep the meaning, the tone and the "
                "formatting; leave names and code as they are. Reply with the translation alone."
            ),
        ),
        "explain": SavedPrompt(
            _("explain"),
            _(
                "Explain what I ask about in plain words, for somebody who has never heard of it. "
                "Begin with one sentence that says what it is, then give an example from everyday life. "
                "Explain every technical term where you first use it."
            ),
        ),
        "summarize": SavedPrompt(
            _("summarize"),
            _(
                "Summarize what I give you in {{length}}. Keep names, numbers and dates. Say what matters "
                "most first, and add nothing that is not in it."
            ),
        ),
        "review": SavedPrompt(
            _("review"),
            _(
                "Review the code I give you. List the problems in this order: wrong results, unhandled "
                "cases, security, speed, readability. For each, quote the line, say what can go wrong, and "
                "show the smallest change that fixes it. If the code is fine, say so."
            ),
        ),
        "minutes": SavedPrompt(
            _("minutes"),
            _(
                "Turn the notes or the transcript I give you into the minutes of a meeting: who was there, "
                "what was discussed (a sentence for each topic), what was decided, and a table of what is "
                "to be done, by whom and by when. Mark what is unclear instead of guessing."
            ),
        ),
    }
