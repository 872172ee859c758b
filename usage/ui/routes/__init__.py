"""The addresses that hand out tables, the ledger and statements."""

from usage.ui.routes.statement_page import statement_links_html
from usage.ui.routes.usage_routes import usage_routes

__all__ = [
    "statement_links_html",
    "usage_routes",
]
