"""A person's data out and in again: the section of the settings, and the addresses behind it."""

from chat.ui.settings_panel.your_data.data_routes import archive_routes
from chat.ui.settings_panel.your_data.data_section import data_section_html

__all__ = ["archive_routes", "data_section_html"]
