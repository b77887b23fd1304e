"""Programme files, the offline fold over them, and reports: what `hub check` does."""
