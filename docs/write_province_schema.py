"""Write ``docs/province.schema.json`` from the types of the record (``make docs``); a test fails when it is stale."""

from __future__ import annotations

from pathlib import Path

from smartcity_xl.results.province.files import write_province_schema

PAGE = Path(__file__).with_name("province.schema.json")

if __name__ == "__main__":
    PAGE.write_bytes(write_province_schema())
