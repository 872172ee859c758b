"""The prompts of each person: those that they have saved, and the built-in ones."""

import logging
from dataclasses import dataclass

from chat.store import Keeper, SavedPromptsStore
from chat.ui.settings_panel.saved_prompts.built_in import built_in
from chat.ui.settings_panel.saved_prompts.saved_prompt import (
    SavedPrompt,
    SavedPromptError,
    kept_prompt,
)
from texts import _
from usage.ledger import NOBODY

MOST_PROMPTS = 200  # of one person
# Before what a built-in prompt is known by, once it is changed or removed; no name begins so.
_REPLACED_BUILT_IN = "-"

logger = logging.getLogger(__name__)
Prompts = dict[str, SavedPrompt]


@dataclass(frozen=True)
class PromptLibrary:
    """Finds, saves and removes prompts. All methods raise StoreError; nobody has none."""

    store: SavedPromptsStore

    def all(self, keeper: Keeper) -> Prompts:
        """Return a person's prompts by name, in the order of their names."""
        if keeper.user == NOBODY:
            return {}
        kept = self.store.all(*keeper)
        found = {
            each.name: each for known, each in built_in().items() if _REPLACED_BUILT_IN + known not in kept
        }
        for name, value in kept.items():
            if name.startswith(_REPLACED_BUILT_IN):
                continue
            try:
                found[name] = kept_prompt(name, value)
            except SavedPromptError:
                logger.warning("a saved prompt cannot be read and is left out")
        return dict(sorted(found.items(), key=lambda item: item[0].casefold()))

    def named(self, keeper: Keeper, name: str) -> SavedPrompt:
        """Return a person's prompt of this name. Raises SavedPromptError when there is none."""
        found = self.all(keeper).get(name)
        if found is None:
            raise SavedPromptError(_("This prompt no longer exists. Choose another."))
        return found

    def save(self, keeper: Keeper, prompt: SavedPrompt, instead_of: str) -> None:
        """Save a prompt, in place of the one of the other name if there is one.

        Raises SavedPromptError when they would be too many.
        """
        if keeper.user == NOBODY:
            return
        before = self.all(keeper)
        replaced = before.keys() & {instead_of, prompt.name}
        if len(before.keys() - replaced) >= MOST_PROMPTS:
            raise SavedPromptError(
                _("You already have {most} prompts. Delete one first.").format(most=MOST_PROMPTS)
            )
        changes: dict[str, str] = {}
        for name in replaced:
            changes |= _gone(name)
        self.store.set(keeper.user, {**changes, prompt.name: prompt.kept}, keeper.page)

    def remove(self, keeper: Keeper, name: str) -> None:
        """Remove a prompt; a built-in one does not come again."""
        if keeper.user != NOBODY and name in self.all(keeper):
            self.store.set(keeper.user, _gone(name), keeper.page)

    def made(self, keeper: Keeper, system_prompt: str) -> str:
        """Return the name of the prompt that a system prompt was made of, "" for none."""
        if not system_prompt:
            return ""
        return next((each.name for each in self.all(keeper).values() if each.has_made(system_prompt)), "")


def _gone(name: str) -> dict[str, str]:
    """Return what is kept once there is no prompt of this name."""
    known = (_REPLACED_BUILT_IN + known for known, each in built_in().items() if each.name == name)
    return {name: "", **dict.fromkeys(known, "yes")}
