"""People who sign in, and a Space that forgets: what each sees."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from access import Users
from tests.browser.conftest import Pages
from tests.browser.driving import PASSWORD, ChatPage, sign_in
from tests.conftest import StartApp
from tests.helpers.data_files import ledger
from tests.servers.app_process import AppProcess, wait_for
from tests.servers.scripted import ScriptedServer


def test_who_guesses_is_told_to_wait_and_signs_in_after_that(people: AppProcess, pages: Pages) -> None:
    pages.expected += [r"status of 400", r"status of 429"]
    Users(people.data_dir / "users.json").add("guessed", PASSWORD)
    page = pages.open()
    said = ""
    while not re.fullmatch(r"Too many attempts\. Try again in \d+ s\.", said):
        sign_in(page, people, "guessed", "a guess")
        expect(page.get_by_role("alert")).to_be_visible()
        said = page.get_by_role("alert").inner_text().strip()
    wait_for(lambda: _signs_in(page, people))
    ChatPage(page, people).wait_until_ready()


def _signs_in(page: Page, app: AppProcess) -> bool:
    sign_in(page, app, "guessed")
    expect(page.get_by_role("alert").or_(page.locator("#message"))).to_be_visible()
    return page.get_by_role("alert").count() == 0


def test_two_people_sign_in_and_each_sees_only_their_own(
    app_process: StartApp, scripted: ScriptedServer, tmp_path: Path, pages: Pages
) -> None:
    pages.expected += [r"status of 400", r"status of 401"]
    for name in ("ada", "bob"):
        Users(tmp_path / "users.json").add(name, PASSWORD)
    app = app_process(variables=scripted.variables, data_dir=tmp_path)

    adas = pages.open()
    sign_in(adas, app, "ada", "wrong")
    expect(adas.get_by_text("Incorrect Credentials")).to_be_visible()
    sign_in(adas, app, "ada")
    ada = ChatPage(adas, app)
    ada.wait_until_ready()
    ada.ask("Is Adelaide planning a surprise?")
    address = ada.conversation_id

    bobs = pages.open()
    sign_in(bobs, app, "bob")
    bob = ChatPage(bobs, app)
    bob.wait_until_ready()
    expect(bob.conversations).to_contain_text("Your conversations will be listed here.")
    bob.open(address)
    expect(bob.notice).to_contain_text("This conversation does not exist, or it is somebody else's.")
    expect(bobs.locator("body")).not_to_contain_text("Adelaide")
    assert bob.spent("Today") == "0"
    bob.ask("What rhymes with marmalade?")

    assert [row["user"] for row in ledger(tmp_path)] == ["ada", "bob"]
    bobs.get_by_role("tab", name="Usage").click()
    expect(bobs.locator("#usage-table tfoot tr").first.locator("td").first).to_have_text("1")
    adas.get_by_role("tab", name="Usage").click()
    expect(adas.locator("#usage-table tfoot tr").first.locator("td").first).to_have_text("2")
