"""Avro and JSON on one side, the model on the other."""
