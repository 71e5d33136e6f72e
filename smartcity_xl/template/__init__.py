"""Catalog, assignment and department -> the workbook that the department's clerk fills."""

from smartcity_xl.template.write import Issue, file_name, write_template

__all__ = ["Issue", "file_name", "write_template"]
