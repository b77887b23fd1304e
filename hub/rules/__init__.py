"""The rule catalogue: one module per rule, found by being there.

A rule is a module named after its id, such as `c01_space_time_overlap.py`, with a constant `RULE`.
It turns facts into drafts of findings and finds words for them. It imports the model and the
neighbouring modules of this package, nothing else: what it needs of geometry and of the rest of
the programme comes in as facts (`facts`). To add a rule, add its file.
"""

from hub.rules.catalogue import explain, installed

__all__ = ["explain", "installed"]
