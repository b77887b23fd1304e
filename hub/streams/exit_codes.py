"""Exit codes of `hub worker`, in one place for people, service managers and tests.

A worker that cannot be sure of its next write leaves at once, without Faust's orderly stop: that
stop would still commit offsets. Whoever runs the worker starts it again after `FAULT`; nothing is
lost, what was not committed is read again.
"""

from __future__ import annotations

STOPPED = 0
"""Asked to stop by SIGTERM or SIGINT: everything read was written and committed."""

POISONED = 65
"""The breaker opened: most input is rejected. Restarting does not help; a person looks.

What is really rubbish is let through to the dead letters with `hub worker --park-all`.
"""

FAULT = 70
"""A fault of ours or of the brokers: nothing unfinished was committed. Start again."""
