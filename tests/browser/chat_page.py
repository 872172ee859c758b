"""Drives the Chat tab as a person does, reads what it shows, and holds back what it asks of the server."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, Route, expect

from tests.helpers.data_files import Row, ledger
from tests.servers.app_process import LOOK_EVERY_S, AppProcess
from tests.servers.http_page import HttpPage
from tests.servers.scripted import PRICED_MODEL

FAR_MS = 300
PASSWORD = "correct horse battery"
PRICED_MODELS = (
    PRICED_MODEL,
    *("endless-20ms", "usage-none", "usage-details", "full-length"),
    *("cut-reset", "cut-close", "cut-clean", "error-event", "broken-json"),
)
PRICES = "\n".join(
    f'[models."{name}"]\ninput_usd_per_mtok = 0.10\noutput_usd_per_mtok = 0.50\n'
    "cached_input_usd_per_mtok = 0.01\ncontext_window = 4000\n"
    for name in PRICED_MODELS
)

# Gradio gives controls that were hidden their values once more, in the frame after it shows them.
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


class ChatPage:
    """The app in one page of a browser."""

    def __init__(self, page: Page, app: AppProcess, user: str = "local") -> None:
        self.page = page
        self.user = user
        self._app = app
        self.chat = page.locator("#chat")
        self.message = page.locator("#message textarea")
        self.edit_box = self.chat.locator("textarea")
        self.model = page.locator("#model-chip")
        self.notice = page.locator("#notice")
        self.estimate = page.locator("#estimate")
        self.spend = page.locator("#spend")
        self.conversations = page.locator("#conversations")
        self.questions = self.chat.locator(".typed")
        self.replies = self.chat.locator("[data-testid=bot] > .message-content:not(:has(.under))")
        self.receipts = self.chat.locator(".receipt > summary")

    def open(self, conversation_id: str = "") -> "ChatPage":
        """Go to a new chat or a conversation; returns once a message can be written."""
        self.page.goto(f"{self._app.url}/?c={conversation_id}" if conversation_id else self._app.url)
        self.wait_until_ready()
        return self

    def reload(self) -> None:
        self.page.reload()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait for the lists that the server fills after the page is there."""
        expect(self.message).to_be_enabled()
        expect(self.model.locator(".name")).to_be_visible()
        expect(self.spend).to_contain_text("This chat")

    def new_chat(self) -> None:
        """Begin a new chat; returns once all that follows from it is done."""
        self.page.locator("#new-chat").click()
        expect(self.questions).to_have_count(0)
        expect(self.message).to_be_focused()

    @property
    def conversation_id(self) -> str:
        """The conversation that the address names."""
        return parse_qs(urlsplit(self.page.url).query).get("c", [""])[0]

    @property
    def rows(self) -> list[Row]:
        """The rows of the ledger about that conversation."""
        return ledger(self._app.data_dir, self.conversation_id)

    def send(self, text: str) -> None:
        """Write a message and press Enter; on a touch screen, tap Send."""
        self.message.fill(text)
        if self.page.evaluate("matchMedia('(pointer: coarse)').matches"):
            self.page.locator("#send").tap()
        else:
            self.message.press("Enter")

    def ask(self, text: str) -> str:
        """Send a message and wait for the receipt of its reply; returns the receipt."""
        shown = self.receipts.count()
        self.send(text)
        return self.receipt(shown)

    def receipt(self, position: int = 0) -> str:
        """Wait until this many receipts and this one stand there; returns its text."""
        expect(self.receipts).to_have_count(position + 1)
        expect(self.page.locator("#send")).to_be_visible()
        return self.receipts.nth(position).inner_text().strip()

    def choose_model(self, name: str) -> None:
        """Type a model's name, whether or not it is on the list."""
        self.model.click()
        self.page.get_by_role("combobox", name="Model").fill(name)
        self.page.keyboard.press("Enter")
        expect(self.model.locator(".name")).to_have_text(name)

    def set_up(self, **values: str) -> None:
        """Fill in settings by their labels, with _ for a blank; the dialog is closed again afterwards."""
        for label, value in values.items():
            field = self.open_setting(label.replace("_", " "))
            field.fill(value)
            field.press("Tab")
        self.close_settings()

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a setting."""
        self.open_setting(label).click()
        self.page.get_by_role("option", name=option, exact=True).click()
        self.close_settings()

    def open_setting(self, label: str) -> Locator:
        """Open the settings at the section with this label's control; returns the control."""
        dialog, control = self.page.locator("#settings-dialog"), self.setting(label)
        if not dialog.is_visible():
            self.page.locator("#settings-open").click()
        if not control.is_visible():
            section = control.locator("xpath=ancestor::*[contains(@class, 'settings-section')]")
            dialog.locator(f"[aria-controls={section.get_attribute('id')}]").click()
        expect(control).to_be_visible()
        return control

    def close_settings(self) -> None:
        dialog = self.page.locator("#settings-dialog")
        if dialog.is_visible():
            dialog.get_by_role("button", name="Close settings").click()
        expect(dialog).to_be_hidden()

    def setting(self, label: str) -> Locator:
        """Return the control with this label; a prompt's form has some of the same."""
        return self.page.locator("#settings > :not(#settings-prompts)").get_by_label(label)

    def press_last(self, name: str) -> None:
        """Press the last message's button of this name."""
        button = self.chat.get_by_role("button", name=name, exact=True).last
        button.hover()
        button.click()

    def open_edit_box(self, position: int = 0) -> Locator:
        """Press a question's Edit; returns the box with its text."""
        self.questions.nth(position).hover()
        self.chat.get_by_role("button", name="Edit message", exact=True).nth(position).click()
        return self.edit_box

    def submit_edit(self) -> None:
        self.chat.get_by_role("button", name="Send", exact=True).click()

    def edit(self, position: int, text: str) -> None:
        """Put a text in place of a question, and send it."""
        self.open_edit_box(position).fill(text)
        self.submit_edit()

    def press_copy(self, name: str = "Copy message", position: int = 0) -> None:
        """Press a button that copies and wait for its mark, once that of another is gone."""
        mark = self.chat.get_by_role("button", name="Copied", exact=True)
        expect(mark).to_have_count(0)
        self.chat.get_by_role("button", name=name, exact=True).nth(position).click()
        expect(mark).to_be_visible()

    def copy_message(self) -> str:
        """Copy the first question; returns what was copied."""
        self.press_copy()
        return self.clipboard()

    def clipboard(self) -> str:
        return str(self.page.evaluate("navigator.clipboard.readText()"))

    def stop(self) -> None:
        self.page.locator("#stop").click()

    def details(self, position: int) -> Row:
        """Return what a receipt opens to."""
        self.receipts.nth(position).click()
        opened = self.chat.locator(".receipt").nth(position)
        expect(opened.locator("tr").first).to_be_visible()
        texts = [row.locator("th, td").all_inner_texts() for row in opened.locator("tr").all()]
        return dict(texts)

    def spent(self, what: str) -> str:
        """Return the exact figure in the sidebar: "This chat", "Today" or "This month"."""
        return self.amount(what).get_attribute("data-exact") or ""

    def amount(self, what: str) -> Locator:
        """Return where that figure stands."""
        return self.spend.locator("dt", has_text=what).locator("xpath=following-sibling::dd[1]")


def sign_in(page: Page, app: AppProcess, name: str, password: str = PASSWORD) -> None:
    """Fill in the sign-in page and send it."""
    page.goto(app.url)
    page.get_by_label("username").fill(name)
    page.get_by_label("password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def move_away(page: Page, delay_ms: int) -> None:
    """Let each answer of the server take so long to come."""
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    speed = {"offline": False, "latency": delay_ms, "downloadThroughput": -1, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", speed)


class Columns:
    """The replies side by side in a chat."""

    def __init__(self, chat: ChatPage) -> None:
        self._chat = chat
        self.area = chat.page.locator("#compare")
        self.all = self.area.locator(".compared").filter(visible=True)

    def choose_models(self, *names: str) -> None:
        """Choose what to compare the model with, in place of whatever is chosen."""
        page = self._chat.page
        self._chat.model.click()
        if page.locator("#model-compare").get_attribute("aria-pressed") != "true":
            page.locator("#model-compare").click()
        chosen = page.locator("#model-list").get_by_role("option", selected=True)
        for _ in range(chosen.count()):
            chosen.first.click()
        for name in names:
            page.get_by_role("combobox", name="Model").fill(name)
            page.keyboard.press("Enter")
            expect(self._chat.model).to_contain_text(name)
        page.keyboard.press("Escape")

    def column(self, model: str) -> Locator:
        return self.all.filter(has=self._chat.page.get_by_role("heading", name=model, exact=True))

    def reply(self, model: str) -> Locator:
        """Return what a model has replied so far."""
        return self.column(model).get_by_test_id("markdown")

    def receipt(self, model: str) -> Locator:
        """Return what its reply cost."""
        return self.column(model).locator("p.receipt, .receipt > summary")

    def go_on_with(self, model: str) -> None:
        """Press its button, and wait until it is marked."""
        self.column(model).get_by_role("button", name=f"Continue with {model}").click()
        self.expect_chosen(model)

    def expect_chosen(self, model: str) -> None:
        """Wait until this one, and no other, is marked as the one to go on with."""
        expect(self.column(model).locator(".chosen")).to_be_visible()
        expect(self.area.locator(".chosen").filter(visible=True)).to_have_count(1)

    def expect_all_ended(self, count: int) -> None:
        """Wait until this many replies are shown, each with its receipt, and the next message can be sent."""
        expect(self.all).to_have_count(count)
        for receipt in self.all.locator("p.receipt, .receipt > summary").all():
            expect(receipt).to_contain_text(" · ")
        expect(self._chat.page.locator("#send")).to_be_visible()


class HeldEvent:
    """The requests of an event of the page; the first is held back until it is let go."""

    def __init__(self, page: Page, app: AppProcess, event: str) -> None:
        with HttpPage(app.url) as served:
            number = served.events[event]["id"]
        self.requests: list[Route] = []
        self._page = page
        self._marker = f'"fn_index":{number},'
        page.route("**/gradio_api/queue/join*", self._take)

    def wait_for_first(self) -> None:
        """Wait until it is held."""
        while not self.requests:
            self._page.wait_for_timeout(LOOK_EVERY_S * 1000)

    def let_go(self) -> None:
        self.requests[0].continue_()

    def lose_answer(self) -> None:
        """Let it reach the server, while the page hears nothing of what came of it."""
        self.requests[0].fetch()

    def break_off(self) -> None:
        """Let it reach the server, and the connection break before the answer comes."""
        self.lose_answer()
        self.requests[0].abort()

    def _take(self, route: Route) -> None:
        is_mine = self._marker in (route.request.post_data or "")
        if is_mine:
            self.requests.append(route)
        if not is_mine or len(self.requests) > 1:
            route.continue_()
