"""The sign-in page, and another site in the same browser, third-party cookies allowed: it gets nothing."""

import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from access import Users
from scripts.find_browser import FLAGS
from tests.browser.chat_page import PASSWORD, ChatPage, sign_in
from tests.browser.conftest import Pages
from tests.browser.foreign_site import ForeignSite
from tests.servers.app_process import AppProcess, wait_for
from tests.servers.http_page import HttpPage
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


THIRD_PARTY_COOKIES = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}
LISTED = "tally.example"
READ = [
    *("/", "/config", "/gradio_api/info", "/download/usage.csv", "/statement", "/theme.css", "/logout"),
    *("/gradio_api/queue/data?session_hash=mine", "/gradio_api/heartbeat/mine", "/gradio_api/app_id"),
]
SENT = ["/gradio_api/queue/join", "/gradio_api/run/send", "/gradio_api/call/send", "/logout", "/login"]
READING = ["read", "readBlindly", "image", "script", "style", "events", "socket"]
SENDING = ["sendJson", "sendBlindly", "beacon"]
REBOUND = "evil.example"  # made to lead to this machine: the app is no part of that site
# The host that the app is asked under, and that of another site. What is on another port is another site.
SITES = [
    ("127.0.0.1", "127.0.0.1"),
    ("127.0.0.1", "evil.example"),
    ("localhost", "localhost"),
    ("tally.localhost", "evil.localhost"),
    (LISTED, LISTED),
    (LISTED, "evil.example"),
    (REBOUND, REBOUND),
]


@pytest.fixture(scope="module")
def profile(
    chromium: Browser, chromium_path: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """A browser profile whose owner allows third-party cookies."""
    folder = tmp_path_factory.mktemp("profile")
    (folder / "Default").mkdir()
    (folder / "Default" / "Preferences").write_text(json.dumps(THIRD_PARTY_COOKIES))
    context = chromium.browser_type.launch_persistent_context(
        folder, executable_path=chromium_path, args=list(FLAGS), locale="en-US"
    )
    yield context
    context.close()


@pytest.fixture
def page(profile: BrowserContext) -> Iterator[Page]:
    """A page in that profile, from which nobody is signed in anywhere."""
    profile.clear_cookies()
    opened = profile.new_page()
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=["open", "signed in"])
def app(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, endpoint: ScriptedServer
) -> Iterator[AppProcess]:
    """The app on every address of the machine, open to anybody or with one person who may sign in."""
    home = tmp_path_factory.mktemp("home")
    if request.param == "signed in":
        Users(home / "data" / "users.json").add("ada", PASSWORD)
    variables = {**endpoint.variables, "TALLY_ALLOWED_HOSTS": LISTED}
    running = AppProcess(home / "data", home, variables, "--host", "0.0.0.0")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def site() -> Iterator[ForeignSite]:
    with ForeignSite() as served:
        yield served


def under(app: AppProcess, host: str) -> str:
    """Return the app's address under another host."""
    return f"http://{host}:{urlsplit(app.url).port}"


def asks_for_password(app: AppProcess) -> bool:
    return (app.data_dir / "users.json").exists()


def enter(page: Page, app: AppProcess, url: str) -> ChatPage:
    """Open the page at this address as a person does, signed in where that is asked for."""
    page.goto(url)
    if asks_for_password(app):
        page.get_by_label("username").fill("ada")
        page.get_by_label("password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
    chat = ChatPage(page, app)
    chat.wait_until_ready()
    return chat


def message_body(app: AppProcess) -> str:
    """Return what sends a message, as the page would write it."""
    with HttpPage(app.url) as page:
        if asks_for_password(app):
            page.sign_in("ada", PASSWORD)
        data = page.inputs("send", {"message": "Sent by another site", "model-chosen": "gpt-6-luna"})
        event = page.events["send"]["id"]
    return json.dumps({"data": data, "fn_index": event, "session_hash": "mine", "event_data": None})


def attempt(page: Page, how: str, url: str, body: str = "") -> str:
    """Have the other site's page try it; gives what it could read, or "refused"."""
    return str(page.evaluate("([how, url, body]) => attempts[how](url, body)", [how, url, body]))


def answered_to_form(page: Page, url: str, body: str) -> int:
    """Have the other site's page send a form, which leaves the page; gives the status of the answer."""
    with page.expect_navigation() as navigation:
        page.evaluate("([url, body]) => attempts.form(url, body)", [url, body])
    page.go_back()
    return int(navigation.value.status) if navigation.value else 0


@pytest.mark.parametrize(("host", "foreign"), SITES)
def test_other_site_reads_sends_and_ends_nothing(
    app: AppProcess, site: ForeignSite, endpoint: ScriptedServer, page: Page, host: str, foreign: str
) -> None:
    url, body = under(app, host), message_body(app)
    if host != REBOUND:
        enter(page, app, url)
    chats = len(endpoint.chats)

    other = page.context.new_page()
    other.goto(f"http://{foreign}:{site.port}/")
    got = {
        **{(how, path): attempt(other, how, url + path) for how in READING for path in READ},
        **{(how, path): attempt(other, how, url + path, body) for how in SENDING for path in SENT},
    }
    assert {way: text for way, text in got.items() if text != "refused"} == {}
    assert {answered_to_form(other, url + path, body) for path in SENT} <= {403, 421}
    attempt(other, "frame", f"{url}/")
    assert not any(frame.url.startswith("http") for frame in other.frames[1:])  # an error of the browser's
    assert len(endpoint.chats) == chats

    other.close()

    if host != REBOUND:
        ChatPage(page, app).reload()  # still signed in
        expect(page.locator("#conversations")).to_contain_text("Your chats will be listed here.")


def test_third_party_cookies_are_allowed_in_these_tests(site: ForeignSite, page: Page) -> None:
    page.goto(f"http://third.localhost:{site.port}/cookie")
    page.goto(f"http://evil.localhost:{site.port}/")
    assert attempt(page, "read", f"http://third.localhost:{site.port}/cookie") == "from=anywhere"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2", "tally.localhost", LISTED])
def test_page_works_under_each_of_its_hosts_until_its_button_signs_out(
    app: AppProcess, page: Page, host: str
) -> None:
    chat = enter(page, app, under(app, host))
    chat.ask("Hello there")
    expect(chat.questions.last).to_have_text("Hello there")
    if not asks_for_password(app):
        expect(page.locator("#sign-out")).to_have_count(0)
        return
    expect(page.locator("#account")).to_contain_text("ada")
    assert {(each["sameSite"], each["httpOnly"]) for each in page.context.cookies()} == {("Lax", True)}
    page.locator("#sign-out").click()
    expect(page.get_by_label("password")).to_be_visible()
    assert not any(each["name"].startswith("access-token") for each in page.context.cookies())


def test_link_on_another_site_opens_the_page(app: AppProcess, site: ForeignSite, page: Page) -> None:
    enter(page, app, under(app, LISTED))
    page.goto(f"http://evil.example:{site.port}/")
    page.evaluate("(url) => location.assign(url)", under(app, LISTED))
    ChatPage(page, app).wait_until_ready()
