"""A page under test cannot reach other hosts or hide its errors."""

from tests.browser.conftest import Pages
from tests.servers.scripted import ScriptedServer


def test_page_that_reaches_beyond_loopback_is_found_out(pages: Pages) -> None:
    page = pages.open()
    page.set_content('<img src="http://example.org/picture.png">')
    page.wait_for_load_state("networkidle")
    assert pages.unexpected() == [
        "request beyond loopback: http://example.org/picture.png",
        "console error: Failed to load resource: net::ERR_NAME_NOT_RESOLVED http://example.org/picture.png",
    ]
    pages.expected.append("example.org")


def test_errors_of_the_page_are_found_out(pages: Pages) -> None:
    page = pages.open()
    page.set_content("<script>console.error('lost')</script><script>missing()</script>")
    page.wait_for_load_state("networkidle")
    assert len(pages.unexpected()) == 2
    assert pages.unexpected()[0] == "console error: lost"
    assert "missing is not defined" in pages.unexpected()[1]
    pages.expected += ["lost", "missing is not defined"]


def test_page_on_loopback_is_fine(pages: Pages, scripted: ScriptedServer) -> None:
    page = pages.open(width=390, height=844, color_scheme="dark")
    page.goto(scripted.url.removesuffix("/v1") + "/welcome")
    assert page.title() == "Welcome"
    assert page.evaluate("[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]") == [390, True]
    assert pages.unexpected() == []
