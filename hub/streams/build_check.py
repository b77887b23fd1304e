"""Refuses to start on a Faust that the strict layer was not verified with.

The layer overrides protected names of Faust 0.15.3, and its counting of finished records was
verified against the compiled stream: the pure Python one acknowledges at other moments.
"""

from __future__ import annotations

import importlib.util

from hub.errors import ConfigurationError

VERIFIED_FAUST = "0.15.3"
COMPILED_PARTS = ("faust._cython.streams", "faust.transport._cython.conductor")


def check_build(version: str, *, parts: tuple[str, ...] = COMPILED_PARTS) -> None:
    """Refuse another version or a build without its compiled parts.

    :raises ConfigurationError: with what came and what to install
    """
    if version != VERIFIED_FAUST:
        raise ConfigurationError(
            f"faust-streaming: came version {version}; expected exactly {VERIFIED_FAUST}, the"
            f" one the strict layer was verified with; install faust-streaming=={VERIFIED_FAUST}"
        )
    missing = [name for name in parts if not _is_compiled(name)]
    if missing:
        raise ConfigurationError(
            f"faust-streaming {version}: came a build without {', '.join(missing)}; expected the"
            " compiled parts; install its wheel for this platform instead of the source"
        )


def _is_compiled(name: str) -> bool:
    try:
        found = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        return False
    return found is not None and not str(found.origin).endswith(".py")
