"""What comes by post: mails and archives, in any nesting, unpacked within stated limits (``limits``).

``unpack`` takes a parcel apart, ``unpack_all`` all that came; ``letter`` says what a mail is and who sent it,
``senders`` whether that is enough.
"""

from smartcity_xl.arrival.post.foreign import unlike_its_name
from smartcity_xl.arrival.post.kinds import FORMS
from smartcity_xl.arrival.post.senders import admits, check_sender, is_heard
from smartcity_xl.arrival.post.unpacked import Unpacked, receive, receive_again, unpack, unpack_all

__all__ = [
    "FORMS",
    "Unpacked",
    "admits",
    "check_sender",
    "is_heard",
    "receive",
    "receive_again",
    "unlike_its_name",
    "unpack",
    "unpack_all",
]
