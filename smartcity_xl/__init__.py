"""Score a smart city from the workbooks that its departments fill."""

import os

__version__ = "0.1.0"

# openpyxl takes lxml where it happens to be installed, and then writes and reads a little differently.
os.environ.setdefault("OPENPYXL_LXML", "False")
