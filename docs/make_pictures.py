"""Makes the pictures in this folder from the running app: `make pictures`."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bench.servers import endpoint, tally
from scripts.find_browser import FLAGS, HINT, find_browser

HERE = Path(__file__).parent
SIZES = {"wide": {"width": 1280, "height": 800}, "narrow": {"width": 390, "height": 844}}
