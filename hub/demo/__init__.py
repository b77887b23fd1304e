"""The demo: a fictional municipality whose plan changes become conflicts on a real Kafka."""

from __future__ import annotations

from hub.demo.options import DemoOptions

__all__ = ["DemoOptions", "run_demo"]


def run_demo(options: DemoOptions) -> int:
    """Play the demo and return its exit code."""
    from hub.demo.run import run  # the Kafka client and the terminal view load only here

    return run(options)
