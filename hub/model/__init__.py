"""What a plan is: the vocabulary of the hub, in the standard library only.

Nothing here reads a clock, the environment or a file, logs, or does input and output. Everywhere in
this package `None` means *unknown: the source did not say*; `NOBODY` and an empty tuple are values.
"""
