"""The one way out for a worker that must not write or commit any more.

Raising would run Faust's orderly stop, which acknowledges and commits what was read; ending the
process leaves the committed offset where the last finished record put it.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from typing import NoReturn

from hub.logs import log_for
from hub.streams.exit_codes import FAULT

log = log_for(__name__)

FRAMES_TOLD = 4


def leave(reason: str, *, code: int = FAULT, error: BaseException | None = None) -> NoReturn:
    """Log why and end this process at once."""
    log.error("worker.leaves", reason=reason, exit_code=code, raised_at=_raised_at(error))
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _raised_at(error: BaseException | None) -> list[str]:
    """Return the innermost places of an error, the last one first."""
    if error is None or error.__traceback__ is None:
        return []
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_TOLD:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames)]
