"""What holds for all tests."""

from __future__ import annotations

import signal

# A script that starts the tests in the background has SIGINT ignored. Dagster then ignores SIGTERM as well,
# so its helpers would outlive every step, and nothing here could be interrupted.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
