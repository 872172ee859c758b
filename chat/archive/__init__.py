"""Conversations out and in again: as Markdown, JSON, a page, a zip; Tally's own, and those of other apps."""

from chat.archive.conversation_html import POLICY, conversation_html
from chat.archive.conversation_json import conversation_json
from chat.archive.conversation_markdown import conversation_markdown, said_when
from chat.archive.importing import Import, ImportResult, Progress, failure_lines, result_lines
from chat.archive.sources import Found, NotImportableError, found_in, found_in_folder
from chat.archive.zip_export import file_name, zip_of

__all__ = [
    "POLICY",
    "Found",
    "Import",
    "ImportResult",
    "NotImportableError",
    "Progress",
    "conversation_html",
    "conversation_json",
    "conversation_markdown",
    "failure_lines",
    "file_name",
    "found_in",
    "found_in_folder",
    "result_lines",
    "said_when",
    "zip_of",
]
