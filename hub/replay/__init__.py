"""History again: what was open on a day, why, and what other rules would have said."""
