"""A fictional municipality and its story."""
