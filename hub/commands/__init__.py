"""Groups of commands: each module parses its arguments and calls bootstrap or check, no more."""
