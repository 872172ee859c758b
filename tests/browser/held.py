"""Holds back what a page asks of the server, so that something else can come first."""

from playwright.sync_api import Page, Route

from tests.servers.app_process import LOOK_EVERY_S, AppProcess
from tests.servers.http_page import HttpPage


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
        """Let it reach the server."""
        self.requests[0].continue_()

    def lose_answer(self) -> None:
        """Let it reach the server, while the page hears nothing of what came of it."""
        self.requests[0].fetch()

    def _take(self, route: Route) -> None:
        is_mine = self._marker in (route.request.post_data or "")
        if is_mine:
            self.requests.append(route)
        if not is_mine or len(self.requests) > 1:
            route.continue_()
