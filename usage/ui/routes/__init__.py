"""The addresses that hand out tables, the ledger and statements."""

from usage.ui.routes.downloads import download_routes
from usage.ui.routes.statement_page import statement_links_html, statement_route

__all__ = [
    "download_routes",
    "statement_links_html",
    "statement_route",
]
