"""HTTP: health, metrics and the read-only schema registry."""
