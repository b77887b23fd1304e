"""A connector whose rows a test states."""
