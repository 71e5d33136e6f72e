"""Write ``docs/results.schema.json`` from the types of the record (``make docs``); a test fails when it is stale."""

from __future__ import annotations

from pathlib import Path

from smartcity_xl.results.files import write_schema

PAGE = Path(__file__).with_name("results.schema.json")

if __name__ == "__main__":
    PAGE.write_bytes(write_schema())
