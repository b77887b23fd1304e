"""A running programme as its topics tell it, for commands: reading it, and telling it something.

It joins no group and computes nothing; what it reads it gives as model objects.
"""
