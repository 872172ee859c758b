"""What was used and what it cost: questions to the calls of the ledger, and their answers as sheets."""

from usage.reports.alternatives import PricedModels
from usage.reports.call_table import CallTable, Filter, Places, day_of
from usage.reports.catalogue import SHEETS
from usage.reports.chart import cost_chart
from usage.reports.chat_names import ChatNames
from usage.reports.dearest import dearest_calls
from usage.reports.month_chart import month_chart
from usage.reports.our_days import OurDay, our_days, own_key_calls
from usage.reports.report_text import csv_text, json_text, table_text
from usage.reports.report_view import GROUPING_NAMES, downloads_html, report_html
from usage.reports.reports import UsageReports
from usage.reports.sheet_text import NOT_KNOWN, sheet_csv, sheet_json, sheet_table
from usage.reports.sheet_view import sheet_html
from usage.reports.sheets import TOTAL, Cell, Column, Sheet
from usage.reports.subscription import DEFAULT_USD, cumulative_month, months_against
from usage.reports.table_sums import by_day, by_text, merged, spending, total
from usage.reports.totals import GROUPINGS, Spend, Totals
from usage.reports.unpriced import unpriced_calls
from usage.reports.usual_replies import UsualReplies
from usage.reports.what_if import what_if
from usage.reports.words import calls_text

__all__ = [
    "DEFAULT_USD",
    "GROUPINGS",
    "GROUPING_NAMES",
    "NOT_KNOWN",
    "SHEETS",
    "TOTAL",
    "CallTable",
    "Cell",
    "ChatNames",
    "Column",
    "Filter",
    "OurDay",
    "Places",
    "PricedModels",
    "Sheet",
    "Spend",
    "Totals",
    "UsageReports",
    "UsualReplies",
    "by_day",
    "by_text",
    "calls_text",
    "cost_chart",
    "csv_text",
    "cumulative_month",
    "day_of",
    "dearest_calls",
    "downloads_html",
    "json_text",
    "merged",
    "month_chart",
    "months_against",
    "our_days",
    "own_key_calls",
    "report_html",
    "sheet_csv",
    "sheet_html",
    "sheet_json",
    "sheet_table",
    "spending",
    "table_text",
    "total",
    "unpriced_calls",
    "what_if",
]
