"""Who is answered and who is reminded, in which order, and who is left alone and why. Nothing here sends."""

from smartcity_xl.mail.chasing.boxes import Boxes, Left, Why, address_box, unreachable_boxes, written_boxes
from smartcity_xl.mail.chasing.facts import Came, Facts, read_facts
from smartcity_xl.mail.chasing.receipts import Answered, answered_files, choose_receipts
from smartcity_xl.mail.chasing.reminders import Chased, choose_reminders, why_left

__all__ = [
    "Answered",
    "Boxes",
    "Came",
    "Chased",
    "Facts",
    "Left",
    "Why",
    "address_box",
    "answered_files",
    "choose_receipts",
    "choose_reminders",
    "read_facts",
    "unreachable_boxes",
    "why_left",
    "written_boxes",
]
