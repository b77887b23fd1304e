"""A source that sends what should not be there."""
