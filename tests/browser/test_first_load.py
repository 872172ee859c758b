"""What a browser loads for the page, when, and what it leaves for later."""

import re

from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import Pages
from tests.servers.app_process import AppProcess
from tests.servers.http_page import HttpPage

# A browser in which nothing is ever idle, and one that cannot tell, as Safari.
NEVER_IDLE = "window.requestIdleCallback = () => {};"
NOT_KNOWN = "window.requestIdleCallback = undefined;"


def test_all_that_the_page_loads_is_named_at_its_beginning(pages: Pages, tally: AppProcess) -> None:
    page = pages.open()
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    answer = page.goto(tally.url)
    ChatPage(page, tally).open_setting("Temperature")
    assert answer is not None
    named = re.findall(r'<link rel="modulepreload" crossorigin href="\./assets/([^"]+)">', answer.text())
    assets = [address.partition("/assets/")[2] for address in loaded if "/assets/" in address]
    assert sorted(assets) == sorted(named)
    assert not [address for address in loaded if ".css" in address]


def test_the_settings_are_there_for_whoever_cannot_wait(pages: Pages, tally: AppProcess) -> None:
    page = pages.open()
    page.add_init_script(NEVER_IDLE)
    page.goto(tally.url)
    expect(page.locator("#message textarea")).to_be_enabled()
    expect(page.locator("#settings-dialog")).to_have_count(0)
    page.locator("#settings-open").click()
    expect(page.get_by_role("dialog", name="Settings")).to_be_visible()
    expect(page.locator("#settings-connection")).to_be_visible()


def test_the_settings_are_built_where_a_browser_does_not_tell_when_it_is_idle(
    pages: Pages, tally: AppProcess
) -> None:
    page = pages.open()
    page.add_init_script(NOT_KNOWN)
    page.goto(tally.url)
    expect(page.locator("#settings-appearance")).to_be_attached()


def test_what_an_event_says_of_its_progress_is_written_into_nothing(tally: AppProcess) -> None:
    with HttpPage(tally.url) as served:
        events = [each for each in served.events.values() if each["show_progress"] == "hidden"]
    assert len(events) > 20
    assert [each["api_name"] for each in events if each["show_progress_on"] != []] == []
