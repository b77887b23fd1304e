"""An event-driven integration hub for programming data: plan changes in, findings out."""

__version__ = "0.1.0"
