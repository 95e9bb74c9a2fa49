"""Imported once by the forkserver, so that each child is born with everything loaded.

The import itself ties the forkserver's life to the daemon's, and keeps it alive when SIGTERM
is sent to the whole group: notices are still to be written then. There is no other moment at
which our code runs there.
"""

import signal

import jobd.attempt.child
import jobd.handlers.crop_frames
import jobd.handlers.full_frames
import jobd.videodb.status  # noqa: F401
from jobd.attempt.parent import die_with_parent

die_with_parent()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
