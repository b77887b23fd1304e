"""Avro schemas, topic catalogue and examples: the single source of truth of every contract."""
