"""Asks axe-core what is wrong with a page for people who cannot see it, or cannot use a mouse."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def findings(page: Page) -> list[str]:
    """Return what axe-core finds of any severity, best practices included: each a rule and an element."""
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]
