"""What was used and what it cost: questions to the calls of the ledger, and their answers as sheets."""

from usage.reports.calls import Calls, Filter
from usage.reports.charts import cost_chart, month_chart
from usage.reports.priced_models import PricedModels
from usage.reports.questions.balances import balances, has_several_people, open_amounts, statement
from usage.reports.questions.dearest import dearest_conversations
from usage.reports.questions.estimates import UsualReplies
from usage.reports.questions.our_days import OurDay, has_openai_calls, our_days, own_key_calls
from usage.reports.questions.subscription import DEFAULT_USD, cumulative_month, months_against
from usage.reports.questions.surcharges import charges, surcharge
from usage.reports.questions.unpriced import StandIn, stand_ins_without_price, unpriced_calls
from usage.reports.questions.usage_by import (
    GROUPINGS,
    Spend,
    Totals,
    conversation_costs,
    grouping_choices,
    is_by_date,
    model_costs,
    models_used,
    people,
    spend,
    title_costs,
    total,
    usage_by,
)
from usage.reports.questions.what_if import what_if
from usage.reports.register import SHEETS, Asked, Option, Registered
from usage.reports.sheet_text import aligned_table, cell_text, sheet_csv, sheet_json, sheet_table, usage_json
from usage.reports.sheet_view import ChatNames, sheet_html, usage_downloads_html, usage_html
from usage.reports.sheets import TOTAL, Cell, Column, Sheet, calls_text

__all__ = [
    "DEFAULT_USD",
    "GROUPINGS",
    "SHEETS",
    "TOTAL",
    "Asked",
    "Calls",
    "Cell",
    "ChatNames",
    "Column",
    "Filter",
    "Option",
    "OurDay",
    "PricedModels",
    "Registered",
    "Sheet",
    "Spend",
    "StandIn",
    "Totals",
    "UsualReplies",
    "aligned_table",
    "balances",
    "calls_text",
    "cell_text",
    "charges",
    "conversation_costs",
    "cost_chart",
    "cumulative_month",
    "dearest_conversations",
    "grouping_choices",
    "has_openai_calls",
    "has_several_people",
    "is_by_date",
    "model_costs",
    "models_used",
    "month_chart",
    "months_against",
    "open_amounts",
    "our_days",
    "own_key_calls",
    "people",
    "sheet_csv",
    "sheet_html",
    "sheet_json",
    "sheet_table",
    "spend",
    "stand_ins_without_price",
    "statement",
    "surcharge",
    "title_costs",
    "total",
    "unpriced_calls",
    "usage_by",
    "usage_downloads_html",
    "usage_html",
    "usage_json",
    "what_if",
]
