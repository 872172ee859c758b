"""Asks axe-core what is wrong with a page for people who cannot see it, or cannot use a mouse."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def findings(page: Page) -> list[str]:
    """Return what axe-core finds, of any severity, best practices included: `rule: element, …` for each rule."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {', '.join(_place(node) for node in each['nodes'])}" for each in found]


def _place(node: dict[str, object]) -> str:
    return str(node["target"])
