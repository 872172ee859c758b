"""What is squared up later: corrections of prices, payments and balances, the bill."""

from usage.accounts.bill import bill_sheet
from usage.accounts.billed import Bill, BillError
from usage.accounts.corrections import apply, correctable, corrections_sheet
from usage.accounts.cost_file import read_cost_file
from usage.accounts.openai_costs import fetch_costs
from usage.accounts.payments import settle_entry

__all__ = [
    "Bill",
    "BillError",
    "apply",
    "bill_sheet",
    "correctable",
    "corrections_sheet",
    "fetch_costs",
    "read_cost_file",
    "settle_entry",
]
