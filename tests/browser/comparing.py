"""Drives a comparison on the page, and reads its columns."""

from playwright.sync_api import Locator, expect

from tests.browser.driving import ChatPage


class Columns:
    """The replies side by side in a chat."""

    def __init__(self, chat: ChatPage) -> None:
        self._chat = chat
        self.area = chat.page.locator("#compare")
        self.all = self.area.locator(".compared").filter(visible=True)

    def choose_models(self, *names: str) -> None:
        """Choose what to compare the model with, in place of whatever is chosen."""
        control = self._chat.page.locator("#compare-with")
        for _ in range(control.locator(".token-remove:not(.remove-all)").count()):
            control.locator(".token-remove:not(.remove-all)").first.click()
        box = control.locator("input")
        for name in names:
            box.fill(name)
            box.press("Enter")
            expect(control).to_contain_text(name)
        self._chat.page.keyboard.press("Escape")

    def column(self, model: str) -> Locator:
        """Return the column of a model."""
        return self.all.filter(has=self._chat.page.get_by_role("heading", name=model, exact=True))

    def reply(self, model: str) -> Locator:
        """Return what a model has replied so far."""
        return self.column(model).get_by_test_id("markdown")

    def receipt(self, model: str) -> Locator:
        """Return what its reply cost."""
        return self.column(model).locator(".receipt")

    def go_on_with(self, model: str) -> None:
        """Press its button, and wait until it is marked."""
        self.column(model).get_by_role("button", name=f"Go on with {model}").click()
        self.expect_chosen(model)

    def expect_chosen(self, model: str) -> None:
        """Wait until this one, and no other, is marked as the one to go on with."""
        expect(self.column(model).locator(".chosen")).to_be_visible()
        expect(self.area.locator(".chosen").filter(visible=True)).to_have_count(1)

    def expect_all_ended(self, count: int) -> None:
        """Wait until so many replies are shown, each with its receipt, and the next message can be sent."""
        expect(self.all).to_have_count(count)
        for receipt in self.all.locator(".receipt").all():
            expect(receipt).to_contain_text(" · ")
        expect(self._chat.page.locator("#send")).to_be_visible()
