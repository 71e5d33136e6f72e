"""A round to practise on: an invented county, its story, and what departments send in it."""

from smartcity_xl.office.rehearsal.sending import write_arrival
from smartcity_xl.office.rehearsal.story import SYSTEM, Incoming, Story, read_story, rehearsal_system, system_text

__all__ = ["SYSTEM", "Incoming", "Story", "read_story", "rehearsal_system", "system_text", "write_arrival"]
