"""An outcome -> the workbooks that go back (退回件): own answers, marked faults, a list in front."""

from smartcity_xl.form.returning.previous import EarlierAnswers, previous_answers, say_previous
from smartcity_xl.form.returning.write import Make, Return, stamp_return, write_returns

__all__ = [
    "EarlierAnswers", "Make", "Return", "previous_answers", "say_previous", "stamp_return", "write_returns",
]  # fmt: skip
