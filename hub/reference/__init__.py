"""Reference data (goals, calendar, moratoria, areas, policy) from files: reading and checking.

It knows no broker: what is to be published, and against what it is compared, is given.
"""
