"""What reads the bytes of strangers does so in a child process, within bounds of memory, time and output.

A bound that is exceeded, and a reader that dies, cost the one file that was being read. ``docs/limits.md`` says what
holds on which system, ``docs/decisions/0015-child-processes.md`` why.
"""

from smartcity_xl.confined.readers import Confined, NotRead, one_child, own_bug

__all__ = ["Confined", "NotRead", "one_child", "own_bug"]
