"""How much a file may hold, and its reading may take: what is larger is no use to a model, or a trap."""

LARGEST_FILE = 50 * 2**20  # bytes
LARGEST_TEXT = 10_000_000  # characters: ten times what the largest model takes
MOST_PAGES = 2_000  # of a PDF, and sheets of a workbook
MOST_PAGES_DRAWN = 50  # at once
MOST_CELLS = 2_000_000  # of a workbook, empty ones too
MOST_PIXELS = 120_000_000  # what a phone's camera makes; a picture is unpacked into four bytes for each
LONGEST_EDGE = 6_000  # pixels that are kept: no model looks at more
MOST_ENTRIES = 10_000  # in a file that is a zip inside
MOST_UNPACKED = 500 * 2**20  # bytes of all of them

MOST_MEMORY = 2 * 2**30  # bytes that the process which reads may have
LONGEST_CPU_S = 60
LONGEST_S = 120.0
MOST_ANSWERED = 300 * 2**20  # bytes that come back from it
AT_ONCE = 2  # such processes
