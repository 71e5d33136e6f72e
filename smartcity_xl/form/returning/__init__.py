"""An outcome -> the workbooks that go back (退回件): own answers, marked faults, a list in front."""

from smartcity_xl.form.returning.previous import EarlierAnswers, previous_answers, say_previous
from smartcity_xl.form.returning.write import ReturnPlan, Unplanned, plan_returns

__all__ = [
    "EarlierAnswers", "ReturnPlan", "Unplanned", "plan_returns", "previous_answers", "say_previous",
]  # fmt: skip
