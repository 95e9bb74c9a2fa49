"""Imported once by the forkserver, so that each child is born with everything loaded.

What a child has not loaded by then its sandbox keeps it from loading: PyAV imports its parts when
it first needs them, Python its codecs.

The import itself ties the forkserver's life to the daemon's, and keeps it alive when SIGTERM
is sent to the whole group: notices are still to be written then. There is no other moment at
which our code runs there.
"""

import encodings.ascii
import encodings.latin_1
import encodings.unicode_escape  # noqa: F401
import os
import signal
import time
from functools import partial
from importlib import import_module
from pkgutil import walk_packages

import av

import jobd.attempt.child
import jobd.handlers.crop_frames
import jobd.handlers.full_frames
import jobd.videodb.status  # noqa: F401
from jobd.attempt.parent import die_with_parent
from jobd.attempt.syscalls import missing

_NEVER_NEEDED = {"av.__main__", "av.datasets"}

die_with_parent()
# A child may sleep through its parent's death before it can ask to hear of it.
os.register_at_fork(after_in_child=partial(die_with_parent, os.getpid()))
signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.localtime()  # reads the time zone
missing()  # loads libseccomp
for module in walk_packages(av.__path__, "av."):
    if module.name not in _NEVER_NEEDED:
        import_module(module.name)
