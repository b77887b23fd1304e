"""Producers, the restore reader and topic administration on confluent-kafka."""
