"""What files hold: read in a process of its own, so that no file can harm the app."""

from chat.files.file_bounds import LARGEST_FILE
from chat.files.file_contents import FileContents, FileKind, Picture, Size, UnreadableFileError
from chat.files.file_reading import read_file, render_pages

__all__ = [
    "LARGEST_FILE",
    "FileContents",
    "FileKind",
    "Picture",
    "Size",
    "UnreadableFileError",
    "read_file",
    "render_pages",
]
