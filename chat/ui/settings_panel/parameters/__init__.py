"""How a reply is asked for: what each parameter takes, and the choice between speed and price."""

from chat.ui.settings_panel.parameters.parameter_fields import (
    EFFORTS,
    VERBOSITIES,
    NumberField,
    number_box,
    number_fields,
    word_box,
)
from chat.ui.settings_panel.parameters.service_tiers import Choices, all_tiers, tier_choices, tiers_of

__all__ = [
    "EFFORTS",
    "VERBOSITIES",
    "Choices",
    "NumberField",
    "all_tiers",
    "number_box",
    "number_fields",
    "tier_choices",
    "tiers_of",
    "word_box",
]
