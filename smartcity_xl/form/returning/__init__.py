"""An outcome -> the workbooks that go back (退回件): own answers, marked faults, a list in front."""

from smartcity_xl.form.returning.previous import Previous, read_previous, say_previous
from smartcity_xl.form.returning.write import Return, write_returns

__all__ = ["Previous", "Return", "read_previous", "say_previous", "write_returns"]
